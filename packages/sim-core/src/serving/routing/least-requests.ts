import { Tournament } from "../../kernel/tournament.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * The candidate with the fewest attempts in flight; the lowest index on ties.
 * @see Envoy least request with FULL_SCAN and equal weights; nginx least_conn
 */
export function createLeastRequestsRouter(): Router {
  const candidates = new Tournament();
  return {
    ...STATELESS,
    add: (replica, inFlight) => candidates.set(replica, inFlight, 0),
    remove: (replica) => candidates.set(replica, Number.POSITIVE_INFINITY, 0),
    update: (replica, inFlight) => {
      if (candidates.keyOf(replica) !== Number.POSITIVE_INFINITY) candidates.set(replica, inFlight, 0);
    },
    pick: (_slot, maxInFlight) => (candidates.key < maxInFlight ? candidates.winner : -1),
  };
}
