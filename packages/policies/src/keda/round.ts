const MANTISSA_BITS = 52n;
const EXPONENT_BIAS = 1075n;

/**
 * A float as KEDA prints it with `%.3f`, in thousandths: the exact binary value, exact ties to even (0.0625 gives 62, where JavaScript's
 * `toFixed` gives 63).
 *
 * @param value - finite
 */
export function roundToMilli(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0] as bigint;
  const negative = bits >> 63n === 1n;
  const field = (bits >> MANTISSA_BITS) & 0x7ffn;
  const fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  const mantissa = field === 0n ? fraction : fraction | (1n << MANTISSA_BITS);
  const exponent = (field === 0n ? 1n : field) - EXPONENT_BIAS;
  const magnitude = exponent >= 0n ? (mantissa << exponent) * 1000n : halfEven(mantissa * 1000n, -exponent);
  return negative ? -magnitude : magnitude;
}

function halfEven(numerator: bigint, shift: bigint): bigint {
  const quotient = numerator >> shift;
  const rest = numerator - (quotient << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}
