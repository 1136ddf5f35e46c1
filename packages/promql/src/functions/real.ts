/**
 * Exponential, logarithm and power with the same bits in every JavaScript engine: engines are free to round `Math.exp`
 * and its like as they please. Within two units in the last place.
 */

/** ln 2 in two parts, the first with trailing zeros so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LARGEST_EXPONENT = 709.782712893384;
const SMALLEST_EXPONENT = -745.1332191019412;
/** Powers up to this are products, so that whole results come out whole. */
const LARGEST_MULTIPLIED_POWER = 64;

/** A number as the sum of two floats, the second much smaller. */
interface Double {
  readonly high: number;
  readonly low: number;
}

/** A finite positive number as `mantissa × 2^exponent`, mantissa in [√½, √2). */
function split(x: number): { mantissa: number; exponent: number } {
  const subnormal = x < 2.2250738585072014e-308;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, subnormal ? x * 18_014_398_509_481_984 : x);
  let exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
  view.setUint16(0, (view.getUint16(0) & 0x000f) | 0x3ff0);
  let mantissa = view.getFloat64(0);
  if (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  return { mantissa, exponent: subnormal ? exponent - 54 : exponent };
}

/** The product's rounding error: `left × right − product` exactly, by Dekker's method. */
function productError(left: number, right: number, product: number): number {
  const splitter = 134_217_729;
  const leftHigh = left * splitter - (left * splitter - left);
  const rightHigh = right * splitter - (right * splitter - right);
  const leftLow = left - leftHigh;
  const rightLow = right - rightHigh;
  return leftLow * rightLow - (product - leftHigh * rightHigh - leftLow * rightHigh - leftHigh * rightLow);
}

/** ln of a mantissa in [√½, √2), as 2·artanh((m − 1)/(m + 1)). */
function lnMantissa(mantissa: number): Double {
  const numerator = mantissa - 1;
  const denominator = mantissa + 1;
  const quotient = numerator / denominator;
  const product = quotient * denominator;
  const remainder = numerator - product - productError(quotient, denominator, product) - quotient * (mantissa - (denominator - 1));
  const square = quotient * quotient;
  let series = 0;
  for (let odd = 25; odd >= 3; odd -= 2) series = square * (1 / odd + series);
  const tail = 2 * (quotient * series + remainder / denominator);
  return { high: 2 * quotient, low: tail };
}

function lnDouble(x: number): Double {
  const { mantissa, exponent } = split(x);
  const { high, low } = lnMantissa(mantissa);
  const whole = exponent * LN2_HIGH;
  const sum = whole + high;
  const lost = Math.abs(whole) > Math.abs(high) ? whole - sum + high : high - sum + whole;
  return { high: sum, low: lost + low + exponent * LN2_LOW };
}

/** Natural logarithm; NaN below zero, −∞ at zero. */
export function ln(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  const { high, low } = lnDouble(x);
  return high + low;
}

/** Logarithm to base 2, exact for powers of two. */
export function log2(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return ln(x);
  const { mantissa, exponent } = split(x);
  const { high, low } = lnMantissa(mantissa);
  return exponent + (high + low) / Math.LN2;
}

/** Logarithm to base 10, exact for powers of ten up to 10²². */
export function log10(x: number): number {
  const guess = ln(x) / Math.LN10;
  const whole = Math.round(guess);
  return whole >= 0 && whole <= 22 && Math.abs(guess - whole) < 1e-12 && multiply(10, whole) === x ? whole : guess;
}

/** ln(1 + x), accurate near zero. */
export function ln1p(x: number): number {
  if (!(Math.abs(x) < 0.4)) return ln(1 + x);
  const quotient = x / (2 + x);
  const square = quotient * quotient;
  let series = 0;
  for (let odd = 25; odd >= 3; odd -= 2) series = square * (1 / odd + series);
  return 2 * quotient * (1 + series);
}

/** e to the power of x. */
export function exp(x: number): number {
  return expDouble({ high: x, low: 0 });
}

function expDouble({ high, low }: Double): number {
  if (Number.isNaN(high)) return high;
  if (high > LARGEST_EXPONENT + 1e-9) return Number.POSITIVE_INFINITY;
  if (high < SMALLEST_EXPONENT) return 0;
  const exponent = Math.round(high / Math.LN2);
  const rest = high - exponent * LN2_HIGH - exponent * LN2_LOW + low;
  let series = 1;
  for (let term = 15; term >= 1; term--) series = 1 + (rest / term) * series;
  return scale(series, exponent);
}

/** `x × 2^exponent`, in steps that neither overflow nor round on the way. */
function scale(x: number, exponent: number): number {
  if (exponent > 1023) return x * powerOfTwo(1023) * powerOfTwo(exponent - 1023);
  if (exponent < -1022) return x * powerOfTwo(exponent + 60) * powerOfTwo(-60);
  return x * powerOfTwo(exponent);
}

function powerOfTwo(exponent: number): number {
  return multiply(exponent < 0 ? 0.5 : 2, Math.abs(exponent));
}

/** A whole power by repeated squaring. */
function multiply(base: number, power: number): number {
  let result = 1;
  let square = base;
  for (let left = power; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** x to the power of y, with the special values of Go's `math.Pow` (1 to any power, NaN too, is 1). */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return powAtLimits(x, y);
  const whole = Number.isInteger(y);
  if (x < 0 && !whole) return Number.NaN;
  if (whole && Math.abs(y) <= LARGEST_MULTIPLIED_POWER) return y < 0 ? 1 / multiply(x, -y) : multiply(x, y);
  const { high, low } = lnDouble(Math.abs(x));
  const product = high * y;
  const magnitude = expDouble({ high: product, low: Number.isFinite(product) ? productError(high, y, product) + low * y : 0 });
  return x < 0 && y % 2 !== 0 ? -magnitude : magnitude;
}

function powAtLimits(x: number, y: number): number {
  if (!Number.isFinite(y)) {
    const size = Math.abs(x);
    if (size === 1) return 1;
    return size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const magnitude = (x === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
  const odd = Number.isInteger(y) && Math.abs(y % 2) === 1;
  return odd && (x < 0 || Object.is(x, -0)) ? -magnitude : magnitude;
}
