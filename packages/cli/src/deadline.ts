import { LimitError, type Observer } from "replicast";

/** Facts between two looks at the clock; looking at each would cost more than the fact. */
const FACTS_PER_LOOK = 256;

/**
 * An observer that ends a run when its time is up. Results cannot depend on it: a run is ended or not touched.
 *
 * @param limitSeconds wall-clock seconds from now
 * @throws LimitError `time_limit` from within the run
 */
export function createDeadline(limitSeconds: number, clockSeconds: () => number): Observer {
  const end = clockSeconds() + limitSeconds;
  let facts = 0;
  return ({ timeSeconds }) => {
    facts++;
    if (facts % FACTS_PER_LOOK === 0 && clockSeconds() > end) throw new LimitError("time_limit", timeSeconds, limitSeconds);
  };
}
