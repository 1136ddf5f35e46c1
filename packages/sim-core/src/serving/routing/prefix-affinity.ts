import type { RequestTable } from "../request-table.ts";
import { Candidates } from "./candidates.ts";
import { HashRing } from "./hash-ring.ts";
import { createLeastRequestsRouter } from "./least-requests.ts";
import { prefixKeyOf } from "./prefix.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * Prompts that begin alike go to one replica, by consistent hashing with bounded loads: a replica that holds more than
 * `loadFactor` times its fair share is passed over for the next on the ring. Prompts without a known prefix go where
 * the fewest attempts are.
 * @param loadFactor > 1
 * @see Mirrokni, Thorup, Zadimoghaddam, "Consistent hashing with bounded loads", 2018
 */
export function createPrefixAffinityRouter(table: RequestTable, loadFactor: number): Router {
  const candidates = new Candidates();
  const ring = new HashRing();
  const unknown = createLeastRequestsRouter();
  return {
    ...STATELESS,
    add: (replica, inFlight) => {
      candidates.add(replica, inFlight);
      ring.add(replica);
      unknown.add(replica, inFlight);
    },
    remove: (replica) => {
      candidates.remove(replica);
      ring.remove(replica);
      unknown.remove(replica);
    },
    update: (replica, inFlight) => {
      candidates.update(replica, inFlight);
      unknown.update(replica, inFlight);
    },
    pick: (slot, maxInFlight) => {
      const key = prefixKeyOf(table, slot);
      if (key < 0) return unknown.pick(slot, maxInFlight);
      const limit = Math.min(maxInFlight, Math.ceil((loadFactor * (candidates.inFlight + 1)) / candidates.count));
      return ring.find(key, (replica) => candidates.inFlightOf(replica) < limit);
    },
  };
}
