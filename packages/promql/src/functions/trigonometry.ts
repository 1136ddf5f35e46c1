import { exp, ln, ln1p } from "./real.ts";

/** Trigonometric and hyperbolic functions with the same bits in every JavaScript engine. */

const HALF_PI = Math.PI / 2;
/** π/2 in three parts, of which the first two have few enough bits that their products with a turn count are exact. */
const HALF_PI_PARTS = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
/** Beyond this many quarter turns those products would round. */
const MOST_TURNS = 1_048_576;
/** Digits, in bits, that suffice to reduce the largest float64. */
const REDUCTION_BITS = 1200n;

/** atan(i/8) for i = 0 … 8. */
const ATAN_EIGHTHS: readonly number[] = [
  0, 0.12435499454676144, 0.24497866312686414, 0.3587706702705722, 0.4636476090008061, 0.5585993153435624, 0.6435011087932844,
  0.7188299996216245, 0.7853981633974483,
];

/** An angle as whole quarter turns and a rest of at most an eighth of a turn. */
interface Reduced {
  readonly turns: number;
  readonly rest: number;
}

function reduce(x: number): Reduced {
  const turns = Math.round(x / HALF_PI);
  if (Math.abs(turns) > MOST_TURNS) return reduceLarge(x);
  const [first, second, third] = HALF_PI_PARTS;
  return { turns: ((turns % 4) + 4) % 4, rest: x - turns * first - turns * second - turns * third };
}

/** Exact reduction with whole numbers: a large angle needs many more digits of π than a float has. */
function reduceLarge(x: number): Reduced {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const mantissa = (bits & 0xfffffffffffffn) | 0x10000000000000n;
  const angle = mantissa << (((bits >> 52n) & 0x7ffn) - 1075n + REDUCTION_BITS);
  const quarter = piBits(REDUCTION_BITS) >> 1n;
  const turns = (angle + (quarter >> 1n)) / quarter;
  const rest = Number((angle - turns * quarter) >> (REDUCTION_BITS - 100n)) / Number(1n << 100n);
  const quadrant = Number(turns % 4n);
  return x < 0 ? { turns: (4 - quadrant) % 4, rest: -rest } : { turns: quadrant, rest };
}

/** π × 2^bits, by Machin's formula. */
function piBits(bits: bigint): bigint {
  const guard = 32n;
  const one = 1n << (bits + guard);
  return (4n * (4n * inverseTangent(5n, one) - inverseTangent(239n, one))) >> guard;
}

function inverseTangent(of: bigint, one: bigint): bigint {
  let power = one / of;
  let sum = power;
  for (let odd = 3n, sign = -1n; power !== 0n; odd += 2n, sign = -sign) {
    power /= of * of;
    sum += (sign * power) / odd;
  }
  return sum;
}

function sinSeries(x: number): number {
  const square = x * x;
  let series = 1;
  for (let term = 20; term >= 2; term -= 2) series = 1 - (square / (term * (term + 1))) * series;
  return x * series;
}

function cosSeries(x: number): number {
  const square = x * x;
  let series = 1;
  for (let term = 19; term >= 1; term -= 2) series = 1 - (square / (term * (term + 1))) * series;
  return series;
}

function sinOf({ turns, rest }: Reduced): number {
  if (turns === 0) return sinSeries(rest);
  if (turns === 1) return cosSeries(rest);
  return turns === 2 ? -sinSeries(rest) : -cosSeries(rest);
}

/** Sine of an angle in radians. */
export function sin(x: number): number {
  if (x === 0) return x;
  return Number.isFinite(x) ? sinOf(reduce(x)) : Number.NaN;
}

/** Cosine of an angle in radians. */
export function cos(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const { turns, rest } = reduce(x);
  return sinOf({ turns: (turns + 1) % 4, rest });
}

/** Tangent of an angle in radians. */
export function tan(x: number): number {
  return sin(x) / cos(x);
}

/** Arc tangent, in radians. */
export function atan(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x) || x === 0) return x;
  const angle = size > 1 ? HALF_PI - atanUnit(1 / size) : atanUnit(size);
  return x < 0 ? -angle : angle;
}

/** For 0 ≤ x ≤ 1: the nearest eighth's angle plus that of the small rest. */
function atanUnit(x: number): number {
  const eighths = Math.round(x * 8);
  const rest = (x - eighths / 8) / (1 + (x * eighths) / 8);
  const square = rest * rest;
  let series = 0;
  for (let odd = 17; odd >= 3; odd -= 2) series = -square * (1 / odd + series);
  return (ATAN_EIGHTHS[eighths] ?? 0) + rest * (1 + series);
}

/** Angle of the point (x, y), in radians; quadrants and signed zeros as IEEE 754 has them. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const negativeX = x < 0 || Object.is(x, -0);
  const sign = y < 0 || Object.is(y, -0) ? -1 : 1;
  const [sizeX, sizeY] = [Math.abs(x), Math.abs(y)];
  let angle: number;
  if (sizeY === 0) angle = 0;
  else if (sizeX === 0) angle = HALF_PI;
  else if (sizeX === Number.POSITIVE_INFINITY && sizeY === Number.POSITIVE_INFINITY) angle = HALF_PI / 2;
  else angle = atan(sizeY / sizeX);
  return sign * (negativeX ? Math.PI - angle : angle);
}

/** Arc sine, in radians; NaN outside [−1, 1]. */
export function asin(x: number): number {
  return x === 0 ? x : atan2(x, Math.sqrt((1 - x) * (1 + x)));
}

/** Arc cosine, in radians; NaN outside [−1, 1]. */
export function acos(x: number): number {
  return atan2(Math.sqrt((1 - x) * (1 + x)), x);
}

/** Hyperbolic sine. */
export function sinh(x: number): number {
  const size = Math.abs(x);
  if (size < 1) {
    const square = x * x;
    let series = 1;
    for (let term = 20; term >= 2; term -= 2) series = 1 + (square / (term * (term + 1))) * series;
    return x * series;
  }
  // e^x alone would overflow where its half does not.
  const half = exp(size / 2);
  const value = (half / 2) * half - 0.5 / half / half;
  return x < 0 ? -value : value;
}

/** Hyperbolic cosine. */
export function cosh(x: number): number {
  const half = exp(Math.abs(x) / 2);
  return (half / 2) * half + 0.5 / half / half;
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 1) return sinh(x) / cosh(x);
  const value = 1 - 2 / (exp(2 * size) + 1);
  return x < 0 ? -value : value;
}

/** Inverse hyperbolic sine. */
export function asinh(x: number): number {
  const size = Math.abs(x);
  if (x === 0 || !Number.isFinite(x)) return x;
  const value = size > 1e8 ? ln(size) + Math.LN2 : ln1p(size + (size * size) / (1 + Math.sqrt(1 + size * size)));
  return x < 0 ? -value : value;
}

/** Inverse hyperbolic cosine; NaN below 1. */
export function acosh(x: number): number {
  if (x > 1e8) return ln(x) + Math.LN2;
  const excess = x - 1;
  return ln1p(excess + Math.sqrt(2 * excess + excess * excess));
}

/** Inverse hyperbolic tangent; NaN outside [−1, 1]. */
export function atanh(x: number): number {
  return x === 0 ? x : 0.5 * ln1p((2 * x) / (1 - x));
}
