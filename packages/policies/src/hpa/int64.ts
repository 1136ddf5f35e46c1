/** Go's fixed-width integers, as the controller's arithmetic uses them. */

export const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
export const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const INT64_MIN = -INT64_MAX - 1n;

/** Wraps at 64 bits, as a Go product or sum does. */
export function wrapInt64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Conversion of a float to int32, saturating. Not a number becomes 0. */
export function saturateInt32(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(INT32_MAX, Math.max(INT32_MIN, Math.trunc(value)));
}

/** Conversion of a float to int64: truncated toward zero, saturating. Not a number becomes 0. */
export function truncateInt64(value: number): bigint {
  const truncated = Math.trunc(value);
  if (Number.isSafeInteger(truncated)) return BigInt(truncated);
  if (Number.isNaN(value)) return 0n;
  if (value === Number.POSITIVE_INFINITY) return INT64_MAX;
  if (value === Number.NEGATIVE_INFINITY) return INT64_MIN;
  const whole = BigInt(truncated);
  return whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN : whole;
}
