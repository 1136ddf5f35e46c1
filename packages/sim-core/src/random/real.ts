/**
 * Elementary functions built only from operations that IEEE 754 rounds in one way (+ − × ÷ √), so that every engine
 * returns the same bits; `Math.log`, `Math.exp`, `Math.pow` and `**` differ by a bit between engines.
 * Each result lies within one unit in the last place of the true value. The polynomials are plain Taylor series,
 * long enough that what they leave out is below the rounding error.
 * @see Tang, "Table-driven implementation of the exponential function", 1989, for the reductions by ln 2;
 *   Dekker, "A floating-point technique for extending the available precision", 1971, for the pairs in `pow`
 */

/** ln 2 in two parts: the first has 41 binary places, so that its product with an exponent is exact. */
const LN2_HIGH = 0x162e42fefa3 / 0x20000000000;
const LN2_LOW = 2.8235290563031577e-13;
const INVERSE_LN2 = Math.LOG2E;
const SQRT2 = Math.SQRT2;
/** 2^27 + 1 splits a double into two halves of 26 bits. */
const SPLITTER = 134_217_729;
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019412;

/** Coefficients 2/3, 2/5, … of ln((1+s)/(1−s)) − 2s in powers of s²; s² ≤ 0.0295, so the next term is below 2^-60 of the sum. */
const ATANH = Array.from({ length: 11 }, (_, index) => 2 / (2 * index + 3));
const ATANH_REST = ATANH.slice(1);
/** 1/2!, 1/3!, … 1/15! of e^r − 1 − r; |r| ≤ 0.35, so the next term is below 2^-60. */
const FACTORIALS = inverseFactorials(15);

/** Scratch for taking doubles apart; written before it is read in every call. The high word stands second: every engine we run on is little-endian. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const MANTISSA_MASK = 0xfffff;
const EXPONENT_OF_ONE = 1023 << 20;

function inverseFactorials(last: number): readonly number[] {
  const values: number[] = [];
  let factorial = 1;
  for (let n = 2; n <= last; n++) {
    factorial *= n;
    values.push(1 / factorial);
  }
  return values;
}

/** Exponent k of x = m · 2^k with m in [√½, √2); x positive, finite and normal. */
function exponentOf(x: number): number {
  double[0] = x;
  const exponent = ((words[1] as number) >>> 20) - 1023;
  return x > SQRT2 * powerOfTwo(exponent) ? exponent + 1 : exponent;
}

/** 2^k for −1022 ≤ k ≤ 1023, exactly. */
function powerOfTwo(k: number): number {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return double[0] as number;
}

/** x · 2^k for any k; in two steps where 2^k is no normal number. */
function scale(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1022) return x * powerOfTwo(k + 200) * powerOfTwo(-200);
  return x * powerOfTwo(k);
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number);
  return sum;
}

/** k·ln 2 + ln(1 + f) + correction, for 1 + f in [√½, √2). */
function logOf(k: number, f: number, correction: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const halfSquare = 0.5 * f * f;
  const tail = s * (halfSquare + z * horner(ATANH, z)) + (k * LN2_LOW + correction);
  return k * LN2_HIGH - (halfSquare - tail - f);
}

/** Natural logarithm: −Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 2.2250738585072014e-308) {
    const scaled = x * 18_014_398_509_481_984;
    const k = exponentOf(scaled);
    return logOf(k - 54, scaled * powerOfTwo(-k) - 1, 0);
  }
  double[0] = x;
  const high = words[1] as number;
  words[1] = (high & MANTISSA_MASK) | EXPONENT_OF_ONE;
  const mantissa = double[0] as number;
  const k = (high >>> 20) - 1023;
  return mantissa > SQRT2 ? logOf(k + 1, mantissa * 0.5 - 1, 0) : logOf(k, mantissa - 1, 0);
}

/** ln(1 + x), exact to the last place near 0 too; −Infinity at −1, NaN below. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x > -0.29 && x < 0.41) return x === 0 ? x : logOf(0, x, 0);
  const sum = 1 + x;
  if (sum === Number.POSITIVE_INFINITY) return sum;
  const lost = sum > 2 ? 1 - (sum - x) : x - (sum - 1);
  const k = exponentOf(sum);
  return logOf(k, scale(sum, -k) - 1, lost / sum);
}

/** e^r − 1 − r for |r| ≤ 0.35. */
function expTail(r: number): number {
  return r * r * horner(FACTORIALS, r);
}

/** e^(high + low), |low| far below |high|. */
function expOfPair(high: number, low: number): number {
  if (high > EXP_OVERFLOW + 1) return Number.POSITIVE_INFINITY;
  if (high < EXP_UNDERFLOW - 1) return 0;
  const k = Math.round(high * INVERSE_LN2);
  const head = high - k * LN2_HIGH;
  const rest = low - k * LN2_LOW;
  // 1 + head is kept as a sum and what its rounding lost, so that only the last addition rounds
  const sum = 1 + head;
  const lost = head - (sum - 1);
  return scale(sum + (lost + rest + expTail(head + rest)), k);
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < EXP_UNDERFLOW) return 0;
  return expOfPair(x, 0);
}

/** e^x − 1, exact to the last place near 0 too. */
export function expm1(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < -40) return -1;
  const k = Math.round(x * INVERSE_LN2);
  if (k === 0) return x + expTail(x);
  if (k > 60) return exp(x);
  const head = x - k * LN2_HIGH;
  const rest = -k * LN2_LOW;
  const small = rest + expTail(head + rest);
  const power = powerOfTwo(k);
  // (2^k − 1) + 2^k·head is kept as a sum and what its rounding lost; 2^k·small is the smallest part and comes last
  const one = power - 1;
  const oneLost = power - one - 1;
  const large = power * head;
  const sum = one + large;
  const shadow = sum - one;
  const lost = one - (sum - shadow) + (large - shadow);
  return sum + (lost + oneLost + power * small);
}

/** What the rounding of a·b lost: a·b = product + productLost exactly. */
function productLost(a: number, b: number, product: number): number {
  const aWide = SPLITTER * a;
  const aHigh = aWide - (aWide - a);
  const aLow = a - aHigh;
  const bWide = SPLITTER * b;
  const bHigh = bWide - (bWide - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** e^(y·ln x) for x > 0 finite and not 1, y finite: ln x is carried as a pair of doubles to about 2^-65. */
function powPositive(x: number, y: number): number {
  const subnormal = x < 2.2250738585072014e-308;
  const normal = subnormal ? x * 18_014_398_509_481_984 : x;
  const exponent = exponentOf(normal);
  const mantissa = scale(normal, -exponent);
  const k = subnormal ? exponent - 54 : exponent;
  // s = (m − 1) / (m + 1) as a pair
  const f = mantissa - 1;
  const sum = mantissa + 1;
  const sumLost = mantissa > 1 ? 1 - (sum - mantissa) : mantissa - (sum - 1);
  const s = f / sum;
  const back = s * sum;
  const sLow = (f - back - productLost(s, sum, back) - s * sumLost) / sum;
  // ln m = 2s · (1 + z/3 + z²/5 + …), z = s²; the bracket less 1 as a pair
  const z = s * s;
  const zLow = productLost(s, s, z) + 2 * s * sLow;
  const third = z / 3;
  const thirdBack = third * 3;
  const thirdLow = (z - thirdBack - productLost(third, 3, thirdBack) + zLow) / 3;
  const higher = 0.5 * z * z * horner(ATANH_REST, z);
  const bracket = third + higher;
  const bracketLow = third - bracket + higher + thirdLow;
  const product = 2 * s * bracket;
  const productLow = productLost(2 * s, bracket, product) + 2 * (s * bracketLow + sLow * bracket);
  return expOfScaledLog(k, y, [2 * s, product, 2 * sLow + productLow]);
}

/** e^(y · (k·ln 2 + first + second + third)), parts given in order of size. */
function expOfScaledLog(k: number, y: number, parts: readonly [number, number, number]): number {
  const [first, second, third] = parts;
  const whole = k * LN2_HIGH;
  const a = whole + first;
  const aShadow = a - whole;
  const aLost = whole - (a - aShadow) + (first - aShadow);
  const b = a + second;
  const bShadow = b - a;
  const bLost = a - (b - bShadow) + (second - bShadow);
  const low = aLost + bLost + third + k * LN2_LOW;
  const log = b + low;
  const logLow = b - log + low;
  if (Math.abs(log * y) > 1e4) return log > 0 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  const high = y * log;
  return expOfPair(high, productLost(y, log, high) + y * logLow);
}

/** x^y with the special cases of `Math.pow`; NaN for a negative x with a fractional y. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (y === 1) return x;
  if (Number.isNaN(x) || Number.isNaN(y) || (!Number.isFinite(y) && Math.abs(x) === 1)) return Number.NaN;
  if (x === 1) return 1;
  const size = Math.abs(x);
  if (size === 0 || size === Number.POSITIVE_INFINITY || !Number.isFinite(y)) return powAtTheEnds(x, y);
  if (x > 0) return powPositive(x, y);
  if (!Number.isInteger(y)) return Number.NaN;
  const magnitude = size === 1 ? 1 : powPositive(size, y);
  return isOdd(y) ? -magnitude : magnitude;
}

function isOdd(y: number): boolean {
  return Math.abs(y) % 2 === 1;
}

/** x^y where x is 0 or infinite, or y is. */
function powAtTheEnds(x: number, y: number): number {
  const size = Math.abs(x);
  const magnitude = size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  const negative = (x < 0 || Object.is(x, -0)) && isOdd(y);
  return negative ? -magnitude : magnitude;
}

/** ⁴√x for x ≥ 0, by two square roots, which IEEE 754 rounds exactly. */
export function fourthRoot(x: number): number {
  return Math.sqrt(Math.sqrt(x));
}
