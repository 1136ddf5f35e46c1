/** How many attempts a deployment holds, and the time they have spent there together: what averages of concurrency are made of. */
export class LoadMeter {
  private count = 0;
  private requestSeconds = 0;
  private sinceSeconds = 0;

  began(nowSeconds: number): void {
    this.advance(nowSeconds);
    this.count++;
  }

  /** The attempt is over, as far as the client knows. */
  ended(nowSeconds: number): void {
    this.advance(nowSeconds);
    this.count--;
  }

  /** Σ over all attempts so far of the seconds each has been here. */
  requestSecondsAt(nowSeconds: number): number {
    return this.requestSeconds + this.count * (nowSeconds - this.sinceSeconds);
  }

  /** Replicas tell of ends out of order within an instant's work; the sum is right whatever the order. */
  private advance(nowSeconds: number): void {
    this.requestSeconds += this.count * (nowSeconds - this.sinceSeconds);
    this.sinceSeconds = nowSeconds;
  }

  save(): readonly number[] {
    return [this.count, this.requestSeconds, this.sinceSeconds];
  }

  restore([count = 0, requestSeconds = 0, sinceSeconds = 0]: readonly number[]): void {
    this.count = count;
    this.requestSeconds = requestSeconds;
    this.sinceSeconds = sinceSeconds;
  }
}
