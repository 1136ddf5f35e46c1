/** What a trial at some rate found. */
export interface TrialOutcome {
  readonly carried: boolean;
  /** Load that the trial offered, in the unit of the answer. */
  readonly load: number;
}

/** The bracket of the bisection is closed to this ratio. */
export const PRECISION_RATIO = 1.015;
/** A search gives up this far above its guess: what carries that carries anything. */
const GIVE_UP_ABOVE = 1000;
/** And this far below: there replicas are idle nearly always, and what they miss then they miss at any load. */
const GIVE_UP_BELOW = 64;

/**
 * Largest load that is carried: steps away from the guess, ever wider, until one end is carried and the other
 * is not, then bisects in logarithms to 1.5 %.
 *
 * @param trial judges a rate; every trial should use the same random numbers, so that rates compare
 * @param guess first rate tried, > 0
 * @param growth ratio of the first step, > 1
 * @returns outcome of the largest rate seen carried; undefined when nothing is carried
 */
export function largestCarried<Outcome extends TrialOutcome>(
  trial: (rate: number) => Outcome,
  guess: number,
  growth: number,
): Outcome | undefined {
  let rate = guess;
  let ratio = growth;
  let outcome = trial(rate);
  const up = outcome.carried;
  let carried: Outcome | undefined;
  let low = rate;
  let high = rate;
  for (;;) {
    if (outcome.carried) {
      carried = outcome;
      low = rate;
    } else high = rate;
    if (outcome.carried !== up) break;
    if (rate > guess * GIVE_UP_ABOVE || rate < guess / GIVE_UP_BELOW) return carried;
    rate = up ? rate * ratio : rate / ratio;
    ratio *= ratio;
    outcome = trial(rate);
  }
  while (high / low > PRECISION_RATIO) {
    const middle = Math.sqrt(low * high);
    outcome = trial(middle);
    if (outcome.carried) {
      carried = outcome;
      low = middle;
    } else high = middle;
  }
  return carried;
}
