/** Windows in which arrivals are counted, seconds. */
export const DISPERSION_WINDOWS = [1, 10, 60, 300] as const;

/** Variance over mean of the counts of one window length; 1 for a Poisson process. */
export interface Dispersion {
  readonly windowSeconds: number;
  /** Whole windows from the first request to the last. */
  readonly windows: number;
  /** Null with fewer than 10 windows: it would say nothing. */
  readonly index: number | null;
}

const WINDOWS_MIN = 10;

/** Gaps and counts of a stream of arrivals, in one pass. */
export class Burstiness {
  readonly #windows = DISPERSION_WINDOWS.map((seconds) => new WindowCounts(seconds));
  #first = Number.NaN;
  #last = Number.NaN;
  #gaps = 0;
  #mean = 0;
  /** Sum of squared differences from the mean. @see Welford, 1962 */
  #squares = 0;

  /** @param seconds never decreasing */
  add(seconds: number): void {
    if (Number.isNaN(this.#first)) this.#first = seconds;
    else {
      const gap = seconds - this.#last;
      this.#gaps++;
      const difference = gap - this.#mean;
      this.#mean += difference / this.#gaps;
      this.#squares += difference * (gap - this.#mean);
    }
    this.#last = seconds;
    for (const window of this.#windows) window.add(seconds - this.#first);
  }

  /** Standard deviation of the gaps over their mean; null with fewer than two gaps, or when all come at once. */
  get gapCv(): number | null {
    return this.#gaps < 2 || this.#mean === 0 ? null : Math.sqrt(this.#squares / (this.#gaps - 1)) / this.#mean;
  }

  get dispersion(): readonly Dispersion[] {
    return this.#windows.map((window) => window.result());
  }
}

class WindowCounts {
  readonly #seconds: number;
  #window = 0;
  #count = 0;
  #sum = 0;
  #squares = 0;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  add(sinceFirst: number): void {
    const window = Math.floor(sinceFirst / this.#seconds);
    if (window > this.#window) {
      this.#sum += this.#count;
      this.#squares += this.#count * this.#count;
      this.#window = window; // those between are empty, and add nothing
      this.#count = 0;
    }
    this.#count++;
  }

  /** The window under way is not whole. */
  result(): Dispersion {
    const windows = this.#window;
    const mean = this.#sum / windows;
    const variance = (this.#squares - windows * mean * mean) / (windows - 1);
    return { windowSeconds: this.#seconds, windows, index: windows < WINDOWS_MIN || mean === 0 ? null : variance / mean };
  }
}
