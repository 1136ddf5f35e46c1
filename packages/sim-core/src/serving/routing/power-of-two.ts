import { Candidates } from "./candidates.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * The better of two candidates drawn without replacement: the one with fewer attempts in flight, the first drawn on
 * ties. When both are full, the least loaded of all.
 * @param uniform in [0, 1), two numbers a choice
 * @see Mitzenmacher, "The power of two choices in randomized load balancing", 2001; Envoy least request, choice_count 2
 */
export function createPowerOfTwoRouter(uniform: () => number): Router {
  const candidates = new Candidates();
  return {
    ...STATELESS,
    add: (replica, inFlight) => candidates.add(replica, inFlight),
    remove: (replica) => candidates.remove(replica),
    update: (replica, inFlight) => candidates.update(replica, inFlight),
    pick: (_slot, maxInFlight) => {
      const { count } = candidates;
      if (count < 2) return candidates.leastLoaded(maxInFlight);
      const first = Math.floor(uniform() * count);
      const other = Math.floor(uniform() * (count - 1));
      const one = candidates.at(first);
      const two = candidates.at(other < first ? other : other + 1);
      const better = candidates.inFlightOf(two) < candidates.inFlightOf(one) ? two : one;
      return candidates.inFlightOf(better) < maxInFlight ? better : candidates.leastLoaded(maxInFlight);
    },
  };
}
