/** Share of the last second in which steps ran, from the moments at which a replica became busy or idle. */
export class BusyMeter {
  private isBusy = false;
  /** Moments of change in the last second, oldest first; `isBusy` is the state after the last. */
  private changes: number[] = [];

  changed(timeSeconds: number, isBusy: boolean): void {
    if (isBusy === this.isBusy) return;
    this.isBusy = isBusy;
    this.changes.push(timeSeconds);
    if (this.changes.length > 64) this.forget(timeSeconds - 1);
  }

  /** 0…1 */
  share(nowSeconds: number): number {
    const fromSeconds = nowSeconds - 1;
    this.forget(fromSeconds);
    let busy = 0;
    let end = nowSeconds;
    let state = this.isBusy;
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const start = this.changes[i] as number;
      if (state) busy += end - start;
      end = start;
      state = !state;
    }
    return state ? busy + (end - fromSeconds) : busy;
  }

  save(): readonly [boolean, readonly number[]] {
    return [this.isBusy, [...this.changes]];
  }

  restore([isBusy, changes]: readonly [boolean, readonly number[]]): void {
    this.isBusy = isBusy;
    this.changes = [...changes];
  }

  private forget(beforeSeconds: number): void {
    const kept = this.changes.findIndex((change) => change > beforeSeconds);
    if (kept !== 0) this.changes = kept < 0 ? [] : this.changes.slice(kept);
  }
}
