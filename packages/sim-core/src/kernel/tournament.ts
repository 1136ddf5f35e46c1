/**
 * The smallest of many keys, each owned by an index: a tournament tree on (key, rank, index). Changing one key costs
 * log₂(n) comparisons; reading the winner costs none. Absent indices hold Infinity.
 */
export class Tournament {
  private capacity = 1;
  private keys = new Float64Array(1).fill(Number.POSITIVE_INFINITY);
  private ranks = new Uint8Array(1);
  /** Winners: node i has children 2i and 2i + 1; leaves start at `capacity`. */
  private winners = new Int32Array(2);

  /** Index of the smallest key; meaningful while `key` is finite. */
  get winner(): number {
    return this.winners[1] as number;
  }

  get key(): number {
    return this.keys[this.winners[1] as number] as number;
  }

  get rank(): number {
    return this.ranks[this.winners[1] as number] as number;
  }

  keyOf(index: number): number {
    return index < this.capacity ? (this.keys[index] as number) : Number.POSITIVE_INFINITY;
  }

  rankOf(index: number): number {
    return index < this.capacity ? (this.ranks[index] as number) : 0;
  }

  set(index: number, key: number, rank: number): void {
    while (index >= this.capacity) this.grow();
    const { keys, ranks, winners } = this;
    keys[index] = key;
    ranks[index] = rank;
    for (let node = (this.capacity + index) >> 1; node >= 1; node >>= 1) {
      const left = winners[2 * node] as number;
      const right = winners[2 * node + 1] as number;
      const difference = (keys[left] as number) - (keys[right] as number);
      // NaN (Infinity − Infinity) and 0 fall through to the rank, then to the left, which has the lower index
      const winner = difference < 0 ? left : difference > 0 ? right : (ranks[left] as number) <= (ranks[right] as number) ? left : right;
      // another one won here before and wins still: nothing changes above
      if (winner !== index && winner === winners[node]) return;
      winners[node] = winner;
    }
  }

  /** Whether every other index has a larger key. */
  isAlone(index: number): boolean {
    const { keys, winners } = this;
    const key = keys[index] as number;
    for (let node = this.capacity + index; node > 1; node >>= 1) if ((keys[winners[node ^ 1] as number] as number) <= key) return false;
    return true;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const keys = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY);
    keys.set(this.keys);
    const ranks = new Uint8Array(capacity);
    ranks.set(this.ranks);
    this.capacity = capacity;
    this.keys = keys;
    this.ranks = ranks;
    this.winners = new Int32Array(2 * capacity);
    for (let i = 0; i < capacity; i++) this.winners[capacity + i] = i;
    for (let i = 0; i < capacity; i += 2) this.set(i, keys[i] as number, ranks[i] as number);
    if (capacity === 1) this.winners[1] = 0;
  }
}
