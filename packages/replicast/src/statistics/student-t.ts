import { exp, ln, lnGamma } from "@replicast/sim-core";

/** Steps after which the continued fraction has converged for every degree of freedom we meet (it takes about √ν of them). */
const MAX_STEPS = 5000;
const TOLERANCE = 1e-15;
/** Stands for a zero denominator in Lentz's method. */
const TINY = 1e-300;
const MAX_BISECTIONS = 200;

/**
 * Regularised incomplete beta function I_x(a, b), for a, b > 0 and x in [0, 1].
 * @see Press et al., "Numerical Recipes", 3rd edition, section 6.4 (the continued fraction by Lentz's method)
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * ln(x) + b * ln(1 - x));
  // the fraction converges fast on one side of the mean; the other is its mirror image
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < TOLERANCE) break;
  }
  return value;
}

const apart = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/**
 * Probability that Student's t lies at least as far from 0 as `t`, on either side.
 * @param t may be infinite
 * @param degrees of freedom, above 0
 * @see Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.1
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * The half-width, in standard errors, of a two-sided interval: the t with `studentTwoSided(t, degrees) = 1 − confidence`.
 * @param confidence in (0, 1)
 * @param degrees of freedom, above 0
 */
export function studentHalfWidth(confidence: number, degrees: number): number {
  const outside = 1 - confidence;
  let low = 0;
  let high = 1;
  while (studentTwoSided(high, degrees) > outside) high *= 2;
  for (let i = 0; i < MAX_BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTwoSided(middle, degrees) > outside) low = middle;
    else high = middle;
  }
  return high;
}
