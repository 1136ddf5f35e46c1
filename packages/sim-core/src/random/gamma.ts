import { normalQuantile } from "./normal.ts";
import { exp, ln } from "./real.ts";

/** Lanczos approximation with g = 7 and nine terms; relative error below 1e-14. @see Godfrey, "A note on the computation of the convergent Lanczos complex gamma approximation", 2001 */
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
const HALF_LN_2PI = 0.9189385332046728;
const MAX_TERMS = 2000;
const MAX_STEPS = 200;
const TOLERANCE = 1e-15;
/** Newton's method doubles the digits: after a step this small the next would change nothing. */
const LAST_STEP = 1e-8;
/** A quantile below this is answered 0: it is no length of time. */
const SMALLEST_QUANTILE = 1e-300;

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  // one step up keeps the series where it is accurate: Γ(x) = Γ(x + 1) / x
  if (x < 0.5) return lnGamma(x + 1) - ln(x);
  const z = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < 9; i++) sum += (LANCZOS[i] as number) / (z + i);
  const t = z + 7.5;
  return HALF_LN_2PI + (z + 0.5) * ln(t) - t + ln(sum);
}

/** x^a e^−x / Γ(a + 1) */
function leadingTerm(shape: number, x: number, lnGammaNext: number): number {
  return exp(shape * ln(x) - x - lnGammaNext);
}

/** Σ x^n / ((a+1)…(a+n)); good for x < a + 1. */
function lowerSeries(shape: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < MAX_TERMS && term > sum * TOLERANCE; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

/** Continued fraction of Γ(a, x) / (x^a e^−x) by Lentz's method; good for x ≥ a + 1. */
function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < MAX_TERMS; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const delta = c * d;
    h *= delta;
    if (Math.abs(delta - 1) < TOLERANCE) break;
  }
  return h;
}

/**
 * The Gamma distribution with mean 1 scale 1 and the given shape, for inversion.
 * @see Press et al., "Numerical Recipes", 3rd edition, §6.2: series below a + 1, continued fraction above
 */
export class GammaDistribution {
  readonly shape: number;
  readonly #lnGammaNext: number;

  /** @param shape > 0; the mean is the shape */
  constructor(shape: number) {
    this.shape = shape;
    this.#lnGammaNext = lnGamma(shape + 1);
  }

  /** P(X ≤ x) */
  cumulative(x: number): number {
    if (!(x > 0)) return 0;
    const lead = leadingTerm(this.shape, x, this.#lnGammaNext);
    return x < this.shape + 1 ? lead * lowerSeries(this.shape, x) : 1 - lead * this.shape * upperFraction(this.shape, x);
  }

  /**
   * The x with P(X ≤ x) = probability, by Newton's method on ln x, kept inside a bracket.
   * @param probability in [0, 1)
   */
  quantile(probability: number): number {
    if (!(probability > 0)) return 0;
    const shape = this.shape;
    // in ln x the distribution is log-concave and Newton's method converges from anywhere near
    let y = this.#firstGuess(probability);
    if (y < ln(SMALLEST_QUANTILE)) return 0;
    let low = Number.NEGATIVE_INFINITY;
    let high = Number.POSITIVE_INFINITY;
    for (let step = 0; step < MAX_STEPS; step++) {
      const x = exp(y);
      const lead = leadingTerm(shape, x, this.#lnGammaNext);
      const isLower = x < shape + 1;
      const part = isLower ? lead * lowerSeries(shape, x) : lead * shape * upperFraction(shape, x);
      // above the middle the two upper tails are compared, which keeps their digits
      const error = isLower ? part - probability : 1 - probability - part;
      if (error > 0) high = y;
      else low = y;
      const newtonStep = error / (lead * shape);
      if (Math.abs(newtonStep) <= LAST_STEP) return exp(y - newtonStep);
      let next = y - newtonStep;
      if (!(next > low && next < high)) next = middle(low, high, y);
      y = next;
    }
    return exp(y);
  }

  /** ln of a first guess: the leading term of the series at the left, Wilson and Hilferty's cube at the right. */
  #firstGuess(probability: number): number {
    const left = (ln(probability) + this.#lnGammaNext) / this.shape;
    const ninth = 1 / (9 * this.shape);
    const root = 1 - ninth + normalQuantile(probability) * Math.sqrt(ninth);
    if (root <= 0.3 || this.shape < 0.3) return Math.min(left, ln(this.shape + 1));
    return ln(this.shape * root * root * root);
  }
}

/** Between the ends of the bracket, or a unit beyond the one that is known. */
function middle(low: number, high: number, from: number): number {
  if (low === Number.NEGATIVE_INFINITY) return from - 1;
  if (high === Number.POSITIVE_INFINITY) return from + 1;
  return (low + high) / 2;
}
