/** Ranges of numbers of any length in one array, recycled by size: no allocation once the array is long enough. */
export class RangePool {
  /** What the ranges hold: range r of length n is `values[r] … values[r + n − 1]`. */
  values: Float64Array = new Float64Array(256);
  private size = 0;
  /** First free range of each power of two; the number at its start is the next one. −1: none. */
  private readonly free: Float64Array = new Float64Array(32).fill(-1);

  /** A range of `length` ≥ 1 numbers, whose values are left over from earlier use. */
  take(length: number): number {
    const order = orderOf(length);
    const recycled = this.free[order] as number;
    if (recycled >= 0) {
      this.free[order] = this.values[recycled] as number;
      return recycled;
    }
    const start = this.size;
    this.size += 1 << order;
    if (this.size > this.values.length) this.grow(this.size);
    return start;
  }

  /** Gives back a range that was taken with this length. */
  give(start: number, length: number): void {
    const order = orderOf(length);
    this.values[start] = this.free[order] as number;
    this.free[order] = start;
  }

  save(): readonly Float64Array[] {
    return [this.values.slice(0, this.size), this.free.slice()];
  }

  restore(state: readonly Float64Array[]): void {
    const [values, free] = state as readonly [Float64Array, Float64Array];
    this.size = values.length;
    if (this.values.length < this.size) this.values = new Float64Array(this.size * 2);
    this.values.set(values);
    this.free.set(free);
  }

  private grow(needed: number): void {
    const values = new Float64Array(Math.max(needed, this.values.length * 2));
    values.set(this.values);
    this.values = values;
  }
}

/** Exponent of the smallest power of two that is not below a length ≥ 1. */
function orderOf(length: number): number {
  return 32 - Math.clz32(length - 1);
}
