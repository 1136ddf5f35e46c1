/** The replicas that may be chosen, by index ascending, with the attempts each holds. */
export class Candidates {
  /** How many there are. */
  count = 0;
  /** Attempts they hold together. */
  inFlight = 0;
  private sorted = new Int32Array(16);
  /** By replica; −1: no candidate. */
  private held = new Int32Array(16).fill(-1);

  /** The candidate at a position, in order of index. */
  at(position: number): number {
    return this.sorted[position] as number;
  }

  has(replica: number): boolean {
    return replica < this.held.length && (this.held[replica] as number) >= 0;
  }

  /** Attempts a candidate holds. */
  inFlightOf(replica: number): number {
    return this.held[replica] as number;
  }

  add(replica: number, inFlight: number): void {
    if (this.has(replica)) {
      this.update(replica, inFlight);
      return;
    }
    if (this.count === this.sorted.length) this.sorted = grown(this.sorted, this.count + 1, 0);
    if (replica >= this.held.length) this.held = grown(this.held, replica + 1, -1);
    const position = this.firstFrom(replica);
    this.sorted.copyWithin(position + 1, position, this.count);
    this.sorted[position] = replica;
    this.count++;
    this.held[replica] = inFlight;
    this.inFlight += inFlight;
  }

  remove(replica: number): void {
    if (!this.has(replica)) return;
    const position = this.firstFrom(replica);
    this.sorted.copyWithin(position, position + 1, this.count);
    this.count--;
    this.inFlight -= this.held[replica] as number;
    this.held[replica] = -1;
  }

  update(replica: number, inFlight: number): void {
    if (!this.has(replica)) return;
    this.inFlight += inFlight - (this.held[replica] as number);
    this.held[replica] = inFlight;
  }

  /** Position of the first candidate whose index is at least `replica`; `count` when there is none. */
  firstFrom(replica: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] as number) < replica) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The candidate with the fewest attempts if those are fewer than `maxInFlight`; the lowest index on ties; else −1. */
  leastLoaded(maxInFlight: number): number {
    let best = -1;
    let least = maxInFlight;
    for (let i = 0; i < this.count; i++) {
      const replica = this.sorted[i] as number;
      if ((this.held[replica] as number) >= least) continue;
      least = this.held[replica] as number;
      best = replica;
    }
    return best;
  }
}

function grown(array: Int32Array<ArrayBuffer>, length: number, fill: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(length, 2 * array.length)).fill(fill);
  longer.set(array);
  return longer;
}
