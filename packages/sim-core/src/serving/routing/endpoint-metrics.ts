/** What each endpoint's metrics said when they were last read, by replica. A replica never read shows zeros. */
export class EndpointMetrics {
  waiting: Float64Array = new Float64Array(16);
  running: Float64Array = new Float64Array(16);
  /** 0…1. */
  kvCacheUtilization: Float64Array = new Float64Array(16);
  /** 1: read at least once since it became an endpoint. */
  known: Uint8Array = new Uint8Array(16);

  set(replica: number, waiting: number, running: number, kvCacheUtilization: number): void {
    this.waiting[replica] = waiting;
    this.running[replica] = running;
    this.kvCacheUtilization[replica] = kvCacheUtilization;
    this.known[replica] = 1;
  }

  /** A new endpoint: nothing is known of it yet. */
  clear(replica: number): void {
    while (replica >= this.known.length) this.grow();
    this.set(replica, 0, 0, 0);
    this.known[replica] = 0;
  }

  save(): readonly (readonly number[])[] {
    return [[...this.waiting], [...this.running], [...this.kvCacheUtilization], [...this.known]];
  }

  restore([waiting = [], running = [], utilization = [], known = []]: readonly (readonly number[])[]): void {
    while (known.length > this.known.length) this.grow();
    this.waiting.set(waiting);
    this.running.set(running);
    this.kvCacheUtilization.set(utilization);
    this.known.set(known);
  }

  private grow(): void {
    const length = 2 * this.known.length;
    for (const name of ["waiting", "running", "kvCacheUtilization"] as const) {
      const longer = new Float64Array(length);
      longer.set(this[name]);
      this[name] = longer;
    }
    const known = new Uint8Array(length);
    known.set(this.known);
    this.known = known;
  }
}
