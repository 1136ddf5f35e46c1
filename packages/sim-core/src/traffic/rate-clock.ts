import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";
import { normalQuantile } from "../random/normal.ts";
import { exp } from "../random/real.ts";
import type { Stream } from "../random/streams.ts";
import type { RatePieces } from "./rate.ts";

/** How a rate moves beside its schedule: its logarithm is an AR(1) process around a mean factor of 1. */
export interface Modulation {
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  readonly tauSeconds: number;
  readonly stream: Stream;
}

/** The factor is constant for this share of the time constant: fine enough that its autocorrelation shows no steps. */
const CELL_SHARE = 1 / 20;

/**
 * Turns operational time, in which arrivals come at rate 1, into the time of the run, in which they come at the rate:
 * a gap g in the first ends in the second where the integral of the rate has grown by g.
 * @see Çinlar, "Introduction to Stochastic Processes", 1975, §4.7: a Poisson process with a rate by change of time
 */
export class RateClock {
  readonly #pieces: RatePieces;
  readonly #modulation: Modulation | undefined;
  readonly #cellSeconds: number;
  /** AR(1): x ← phi · x + step · z */
  readonly #phi: number;
  readonly #step: number;
  #seconds = 0;
  #piece = 0;
  #cell = 0;
  #log = 0;
  #factor = 1;

  constructor(pieces: RatePieces, modulation?: Modulation) {
    this.#pieces = pieces;
    this.#modulation = modulation;
    this.#cellSeconds = modulation === undefined ? Number.POSITIVE_INFINITY : modulation.tauSeconds * CELL_SHARE;
    this.#phi = exp(-CELL_SHARE);
    this.#step = (modulation?.sigma ?? 0) * Math.sqrt(1 - this.#phi * this.#phi);
    // the first value has the stationary distribution, so that the run does not begin at the mean
    if (modulation !== undefined) this.#setLog(modulation.sigma * normalQuantile(modulation.stream.uniform()));
  }

  /** Seconds since the start of the run. */
  get seconds(): number {
    return this.#seconds;
  }

  /**
   * Goes on by a gap of operational time; the time of the run is Infinity once its end is reached.
   * @param gap ≥ 0
   */
  advance(gap: number): number {
    const { startSeconds, fromPerSecond, slope } = this.#pieces;
    let left = gap;
    while (this.#piece < slope.length) {
      const pieceEnd = startSeconds[this.#piece + 1] as number;
      const cellEnd = (this.#cell + 1) * this.#cellSeconds;
      const end = Math.min(pieceEnd, cellEnd);
      const growth = (slope[this.#piece] as number) * this.#factor;
      const rate = (fromPerSecond[this.#piece] as number) * this.#factor + growth * (this.#seconds - (startSeconds[this.#piece] as number));
      const span = end - this.#seconds;
      const area = span * (rate + (growth * span) / 2);
      if (left < area) {
        this.#seconds = Math.min(this.#seconds + invertArea(rate, growth, left), end);
        return this.#seconds;
      }
      left -= Math.max(area, 0);
      this.#seconds = end;
      if (cellEnd === end) this.#nextCell();
      if (pieceEnd === end) this.#piece++;
    }
    this.#seconds = Number.POSITIVE_INFINITY;
    return this.#seconds;
  }

  save(): Json {
    // JSON has no Infinity
    return { seconds: Number.isFinite(this.#seconds) ? this.#seconds : null, piece: this.#piece, cell: this.#cell, log: this.#log };
  }

  /** @throws SimError `traffic_state` when the state is none of `save` */
  restore(state: Json): void {
    const { seconds, piece, cell, log } = (state ?? {}) as { readonly [key: string]: Json };
    if (!(typeof piece === "number" && typeof cell === "number" && typeof log === "number"))
      throw new SimError("traffic_state", Number.NaN);
    this.#seconds = typeof seconds === "number" ? seconds : Number.POSITIVE_INFINITY;
    this.#piece = piece;
    this.#cell = cell;
    if (this.#modulation !== undefined) this.#setLog(log);
  }

  #nextCell(): void {
    this.#cell++;
    if (this.#modulation !== undefined)
      this.#setLog(this.#phi * this.#log + this.#step * normalQuantile(this.#modulation.stream.uniform()));
  }

  /** Half the variance is taken off, because e to a normal variate has a mean above 1. */
  #setLog(log: number): void {
    const sigma = this.#modulation?.sigma ?? 0;
    this.#log = log;
    this.#factor = exp(log - (sigma * sigma) / 2);
  }
}

/**
 * The d with rate · d + growth · d²/2 = area; in this form it loses no digits whatever the sign of growth. An area
 * whose product with the growth is too small for a number takes no time.
 */
function invertArea(rate: number, growth: number, area: number): number {
  if (growth === 0) return area / rate;
  const divisor = rate + Math.sqrt(Math.max(0, rate * rate + 2 * growth * area));
  return divisor > 0 ? (2 * area) / divisor : 0;
}
