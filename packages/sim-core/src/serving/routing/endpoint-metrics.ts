/** What each endpoint's metrics said when they were last read, by replica. A replica never read shows zeros. */
export class EndpointMetrics {
  waiting: Float64Array = new Float64Array(16);
  running: Float64Array = new Float64Array(16);
  /** 0…1. */
  kvCacheUtilization: Float64Array = new Float64Array(16);
  /** When they were read; −Infinity: not since it became an endpoint. */
  readSeconds: Float64Array = new Float64Array(16).fill(Number.NEGATIVE_INFINITY);

  set(replica: number, waiting: number, running: number, kvCacheUtilization: number, readSeconds: number): void {
    this.waiting[replica] = waiting;
    this.running[replica] = running;
    this.kvCacheUtilization[replica] = kvCacheUtilization;
    this.readSeconds[replica] = readSeconds;
  }

  /** A new endpoint: nothing is known of it yet. */
  clear(replica: number): void {
    while (replica >= this.readSeconds.length) this.grow();
    this.set(replica, 0, 0, 0, Number.NEGATIVE_INFINITY);
  }

  save(): readonly (readonly number[])[] {
    return [[...this.waiting], [...this.running], [...this.kvCacheUtilization], [...this.readSeconds]];
  }

  restore([waiting = [], running = [], utilization = [], readSeconds = []]: readonly (readonly number[])[]): void {
    while (readSeconds.length > this.readSeconds.length) this.grow();
    this.waiting.set(waiting);
    this.running.set(running);
    this.kvCacheUtilization.set(utilization);
    this.readSeconds.set(readSeconds);
  }

  private grow(): void {
    const length = 2 * this.readSeconds.length;
    for (const name of ["waiting", "running", "kvCacheUtilization", "readSeconds"] as const) {
      const longer = new Float64Array(length);
      longer.set(this[name]);
      this[name] = longer;
    }
  }
}
