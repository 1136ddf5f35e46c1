import { ln } from "./real.ts";

/** Coefficients of the three rational approximations, lowest power first. */
const CENTRE_UP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
  2509.0809287301227,
] as const;
const CENTRE_DOWN = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852546,
] as const;
const NEAR_UP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
] as const;
const NEAR_DOWN = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
  1.0507500716444169e-9,
] as const;
const FAR_UP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
  2.7115555687434876e-5, 2.0103343992922881e-7,
] as const;
const FAR_DOWN = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
  2.0442631033899397e-15,
] as const;

/** Smallest probability that is answered: below it, 0 included, the answer is that of this one. */
const SMALLEST_PROBABILITY = 1 / 0x40000000000000;

function ratio(up: readonly number[], down: readonly number[], x: number): number {
  let numerator = 0;
  let denominator = 0;
  for (let i = 7; i >= 0; i--) {
    numerator = numerator * x + (up[i] as number);
    denominator = denominator * x + (down[i] as number);
  }
  return numerator / denominator;
}

/**
 * Quantile of the standard normal distribution, to about 16 digits.
 * @param probability in [0, 1); 0 is answered as 2^-54 (−8.3), since a uniform of 53 bits stands for a cell, not a point
 * @see Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16
 */
export function normalQuantile(probability: number): number {
  const p = Math.max(probability, SMALLEST_PROBABILITY);
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) return q * ratio(CENTRE_UP, CENTRE_DOWN, 0.180625 - q * q);
  const r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  const tail = r <= 5 ? ratio(NEAR_UP, NEAR_DOWN, r - 1.6) : ratio(FAR_UP, FAR_DOWN, r - 5);
  return q < 0 ? -tail : tail;
}
