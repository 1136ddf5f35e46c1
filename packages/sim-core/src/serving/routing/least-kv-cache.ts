import { Candidates } from "./candidates.ts";
import type { EndpointMetrics } from "./endpoint-metrics.ts";
import { pickHighest } from "./pick-highest.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * The candidate whose KV cache was least used when its metrics were last read; one of them at random on ties, as the
 * inference gateway's max-score picker does. Whatever was sent since the last reading does not show.
 * @param uniform in [0, 1), one number where there is a tie
 */
export function createLeastKvCacheRouter(metrics: EndpointMetrics, uniform: () => number): Router {
  const candidates = new Candidates();
  const freeShare = (replica: number): number => 1 - (metrics.kvCacheUtilization[replica] as number);
  return {
    ...STATELESS,
    add: (replica, inFlight) => candidates.add(replica, inFlight),
    remove: (replica) => candidates.remove(replica),
    update: (replica, inFlight) => candidates.update(replica, inFlight),
    pick: (_slot, maxInFlight) => pickHighest(candidates, maxInFlight, freeShare, uniform),
  };
}
