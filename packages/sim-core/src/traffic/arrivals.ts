import { SimError, unreachable } from "../errors.ts";
import { createSampler, type Sampler, sampleExponential } from "../random/distributions.ts";
import { GammaDistribution } from "../random/gamma.ts";
import type { Stream } from "../random/streams.ts";
import type { ArrivalsConfig } from "./config.ts";

/**
 * Gaps between arrivals in operational time, in which the mean rate is 1 (for bursts: in seconds). All it remembers is
 * one number, so that it can be saved.
 */
export interface GapProcess {
  nextGap(stream: Stream): number;
  /** Requests left in the burst, or whether the process has begun. */
  state: number;
}

/** The gaps of an arrival process, before its rate is applied. */
export function createGapProcess(config: ArrivalsConfig): GapProcess {
  switch (config.kind) {
    case "poisson":
    case "modulatedPoisson":
      return { state: 0, nextGap: sampleExponential };
    case "constant":
      return new EvenGaps();
    case "gamma":
      return new GammaGaps(config.cv);
    case "onOff":
      return new BurstGaps(config.ratePerSecond, createSampler(config.burstSize), createSampler(config.offSeconds));
    default:
      return unreachable(config);
  }
}

/** As load tools send that keep to a rate. The first gap is half as long, so that a time T sees λT requests, rounded. */
class EvenGaps implements GapProcess {
  /** 0 before the first arrival. */
  state = 0;

  nextGap(): number {
    if (this.state !== 0) return 1;
    this.state = 1;
    return 0.5;
  }
}

/** A renewal process in equilibrium: the expected number of arrivals in an interval is its length, from the start. */
class GammaGaps implements GapProcess {
  /** 0 before the first arrival. */
  state = 0;
  readonly #shape: number;
  readonly #gaps: GammaDistribution;
  readonly #coveringGap: GammaDistribution;

  constructor(cv: number) {
    if (!(cv > 0)) throw new SimError("gamma_cv", 0, { cv });
    this.#shape = 1 / (cv * cv);
    this.#gaps = new GammaDistribution(this.#shape);
    this.#coveringGap = new GammaDistribution(this.#shape + 1);
  }

  /** The gap that covers time 0 is size-biased, which for Gamma means a shape larger by 1; time 0 falls anywhere in it. @see Cox, "Renewal Theory", 1962, §5 */
  nextGap(stream: Stream): number {
    if (this.state !== 0) return this.#gaps.quantile(stream.uniform()) / this.#shape;
    this.state = 1;
    const gap = this.#coveringGap.quantile(stream.uniform()) / this.#shape;
    return gap * stream.uniform();
  }
}

/** Bursts: the first request of one comes an off time after the last of the previous one; the run begins within an off time. */
class BurstGaps implements GapProcess {
  /** Requests left in the burst; −1 before the first burst. */
  state = -1;
  readonly #meanGapSeconds: number;
  readonly #size: Sampler;
  readonly #offSeconds: Sampler;

  constructor(ratePerSecond: number, size: Sampler, offSeconds: Sampler) {
    this.#meanGapSeconds = 1 / ratePerSecond;
    this.#size = size;
    this.#offSeconds = offSeconds;
  }

  nextGap(stream: Stream): number {
    if (this.state > 0) {
      this.state--;
      return sampleExponential(stream) * this.#meanGapSeconds;
    }
    const isFirst = this.state < 0;
    this.state = wholeCount(this.#size.sample(stream)) - 1;
    const offSeconds = this.#offSeconds.sample(stream);
    return isFirst ? offSeconds * stream.uniform() : offSeconds;
  }
}

/** A drawn size as a whole number, at least 1. */
export function wholeCount(value: number): number {
  const rounded = Math.round(value);
  return Math.max(rounded, 1);
}

/** Mean of `wholeCount` of a variate; rounding moves a mean, most of all one near 1. */
export function meanWholeCount(sampler: Sampler): number {
  // the difference is bounded by 1, so the tails need no care; 4,096 midpoints leave an error below 0.001
  const steps = 4096;
  let difference = 0;
  for (let i = 0; i < steps; i++) {
    const value = sampler.quantile((i + 0.5) / steps);
    difference += wholeCount(value) - value;
  }
  return sampler.mean + difference / steps;
}

/** Mean rate of a process whose operational time runs at rate 1: 1 by definition, but for bursts, which count in seconds. */
export function meanOperationalRate(config: ArrivalsConfig): number {
  if (config.kind !== "onOff") return 1;
  const size = meanWholeCount(createSampler(config.burstSize));
  return size / (createSampler(config.offSeconds).mean + (size - 1) / config.ratePerSecond);
}
