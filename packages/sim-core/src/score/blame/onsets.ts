/**
 * Since when the load has asked for a number of replicas. It has asked for n from the first second in which n were required, without a
 * gap longer than the window of the load, and in which so many had been needed for what had come by then: required(t) looks half a window
 * ahead, which nobody but a forecast can.
 */
export class Onsets {
  private readonly gapSeconds: number;
  private readonly required: Float64Array;
  private readonly arrived: Float64Array;
  private readonly lastSeconds: number[] = [];
  private readonly comeSeconds: number[] = [];

  /** @param required by second @param arrived what the load of the last moments alone requires, by second @param gapSeconds longest gap */
  constructor(required: Float64Array, arrived: Float64Array, gapSeconds: number) {
    this.required = required;
    this.arrived = arrived;
    this.gapSeconds = gapSeconds;
  }

  /** To be called for every second in turn. */
  advanceTo(second: number): void {
    const required = this.required[second] as number;
    const before = second === 0 ? 0 : (this.required[second - 1] as number);
    for (let n = before + 1; n <= required; n++) this.begin(n, second);
    for (let n = required + 1; n <= before; n++) this.lastSeconds[n] = second;
    const come = Math.min(required, this.arrived[second] as number);
    for (let n = come; n > 0 && Number.isNaN(this.comeSeconds[n] as number); n--) this.comeSeconds[n] = second;
  }

  /** When the load that asks for `replicas` had come; NaN: it has not yet. */
  of(replicas: number): number {
    return this.comeSeconds[replicas] ?? Number.NaN;
  }

  private begin(replicas: number, second: number): void {
    if (second - (this.lastSeconds[replicas] ?? Number.NEGATIVE_INFINITY) <= this.gapSeconds) return;
    this.comeSeconds[replicas] = Number.NaN;
  }
}

/** Since when so many replicas were not required any more: the second after the last in which they were; −Infinity: they never were. */
export class Endings {
  private readonly required: Float64Array;
  private readonly lastSeconds: number[] = [];

  constructor(required: Float64Array) {
    this.required = required;
  }

  advanceTo(second: number): void {
    const required = this.required[second] as number;
    const before = second === 0 ? 0 : (this.required[second - 1] as number);
    for (let n = required + 1; n <= before; n++) this.lastSeconds[n] = second;
  }

  of(replicas: number): number {
    return this.lastSeconds[replicas] ?? Number.NEGATIVE_INFINITY;
  }
}
