import { unreachable } from "../errors.ts";
import type { DistributionConfig } from "./distribution-config.ts";
import { normalQuantile } from "./normal.ts";
import { exp, ln } from "./real.ts";
import type { Stream } from "./streams.ts";

/** Draws from one distribution. Units are those of the configuration. */
export interface Sampler {
  /** One variate; takes exactly one number of the stream, whatever the distribution, so that changing one distribution moves no other. */
  sample(stream: Stream): number;
  /** Inverse of the distribution function; never decreasing. @param probability in [0, 1) */
  quantile(probability: number): number;
  readonly mean: number;
}

/** A sampler by inversion. The configuration must be valid: scenarios are checked when they are loaded. */
export function createSampler(config: DistributionConfig): Sampler {
  switch (config.kind) {
    case "constant":
      return byInversion(() => config.value, config.value);
    case "uniform":
      return byInversion((u) => config.min + u * (config.max - config.min), (config.min + config.max) / 2);
    case "exponential":
      return byInversion((u) => -config.mean * ln(1 - u), config.mean);
    case "logNormal":
      return byInversion(
        (u) => config.median * exp(config.sigma * normalQuantile(u)),
        config.median * exp((config.sigma * config.sigma) / 2),
      );
    case "quantiles":
      return quantileTable(config.points);
    default:
      return unreachable(config);
  }
}

/** A variate of the exponential distribution with mean 1. */
export function sampleExponential(stream: Stream): number {
  return -ln(1 - stream.uniform());
}

function byInversion(quantile: (probability: number) => number, mean: number): Sampler {
  return { sample: (stream) => quantile(stream.uniform()), quantile, mean };
}

/** Piecewise linear through the points; where two points share a probability the value jumps. */
function quantileTable(points: readonly (readonly [probability: number, value: number])[]): Sampler {
  const probabilities = Float64Array.from(points, (point) => point[0]);
  const values = Float64Array.from(points, (point) => point[1]);
  let mean = 0;
  for (let i = 1; i < points.length; i++) {
    const width = (probabilities[i] as number) - (probabilities[i - 1] as number);
    mean += (width * ((values[i] as number) + (values[i - 1] as number))) / 2;
  }
  const guide = guideTo(probabilities);
  return byInversion((u) => interpolate(probabilities, values, guide, u), mean);
}

/** Where the search for a probability begins: cells of equal width, each with a knot at or before its lower end. */
const GUIDE_CELLS = 256;

function guideTo(knots: Float64Array): Uint16Array {
  return Uint16Array.from({ length: GUIDE_CELLS }, (_, cell) => lastKnotTo(knots, 0, cell / GUIDE_CELLS));
}

/** The last knot at or before x of those from one on; never the very last one, so that another follows. */
function lastKnotTo(knots: Float64Array, from: number, x: number): number {
  const last = knots.length - 2;
  let low = from;
  while (low < last && (knots[low + 1] as number) <= x) low++;
  return low;
}

/** The value at x of the polyline. @param x in [0, 1) */
function interpolate(knots: Float64Array, values: Float64Array, guide: Uint16Array, x: number): number {
  const low = lastKnotTo(knots, guide[(x * GUIDE_CELLS) | 0] as number, x);
  const left = values[low] as number;
  const right = values[low + 1] as number;
  const width = (knots[low + 1] as number) - (knots[low] as number);
  if (!(width > 0)) return left;
  const share = (x - (knots[low] as number)) / width;
  // never beyond the right end by rounding, so that the answer never decreases in x
  return Math.min(left + share * (right - left), right);
}
