/**
 * The smallest of many keys, each owned by an index: a tournament tree on (key, rank, index). Changing one key costs
 * log₂(n) comparisons; reading the winner costs none. Absent indices hold Infinity.
 *
 * Each node knows its winner and the winner's key: a game looks at the node beside it, and nowhere else unless the keys are equal.
 */
export class Tournament {
  private capacity = 1;
  /** Node i has children 2i and 2i + 1; the leaves start at `capacity`, in order of index. */
  private keys = new Float64Array(2).fill(Number.POSITIVE_INFINITY);
  private winners = new Int32Array(2);
  private ranks = new Uint8Array(1);

  /** Index of the smallest key; meaningful while `key` is finite. */
  get winner(): number {
    return this.winners[1] as number;
  }

  get key(): number {
    return this.keys[1] as number;
  }

  get rank(): number {
    return this.ranks[this.winners[1] as number] as number;
  }

  keyOf(index: number): number {
    return index < this.capacity ? (this.keys[this.capacity + index] as number) : Number.POSITIVE_INFINITY;
  }

  rankOf(index: number): number {
    return index < this.capacity ? (this.ranks[index] as number) : 0;
  }

  set(index: number, key: number, rank: number): void {
    while (index >= this.capacity) this.grow();
    const { keys, winners } = this;
    let node = this.capacity + index;
    let winner = index;
    this.ranks[index] = rank;
    keys[node] = key;
    while (node > 1) {
      const other = node ^ 1;
      const otherKey = keys[other] as number;
      const winnerKey = keys[node] as number;
      const isLost = otherKey < winnerKey || (otherKey === winnerKey && this.isTieLost(winner, winners[other] as number));
      if (isLost) winner = winners[other] as number;
      node >>= 1;
      // another one won here before and wins still: nothing changes above
      if (winner !== index && winner === winners[node]) return;
      winners[node] = winner;
      keys[node] = isLost ? otherKey : winnerKey;
    }
  }

  /** Of two equal keys the lower rank wins, then the lower index. */
  private isTieLost(index: number, other: number): boolean {
    const difference = (this.ranks[index] as number) - (this.ranks[other] as number);
    return difference === 0 ? other < index : difference > 0;
  }

  /** Whether every other index has a larger key. */
  isAlone(index: number): boolean {
    const { keys } = this;
    const leaf = this.capacity + index;
    const key = keys[leaf] as number;
    for (let node = leaf; node > 1; node >>= 1) if ((keys[node ^ 1] as number) <= key) return false;
    return true;
  }

  private grow(): void {
    const { capacity, keys, ranks } = this;
    this.capacity = capacity * 2;
    this.keys = new Float64Array(4 * capacity).fill(Number.POSITIVE_INFINITY);
    this.ranks = new Uint8Array(2 * capacity);
    this.winners = new Int32Array(4 * capacity);
    for (let index = 0; index < 2 * capacity; index++) this.winners[2 * capacity + index] = index;
    for (let index = 0; index < capacity; index++) this.set(index, keys[capacity + index] as number, ranks[index] as number);
  }
}
