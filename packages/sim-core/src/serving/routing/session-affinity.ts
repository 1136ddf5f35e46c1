import type { RequestTable } from "../request-table.ts";
import { Candidates } from "./candidates.ts";
import { HashRing } from "./hash-ring.ts";
import { createLeastRequestsRouter } from "./least-requests.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * A session stays with its replica: consistent hashing over session ids. When its replica is full the next one on the
 * ring takes the attempt. Requests without a session go where the fewest attempts are.
 * @see vLLM production-stack router, session routing, which sends requests without a session to the least busy engine
 */
export function createSessionAffinityRouter(table: RequestTable): Router {
  const candidates = new Candidates();
  const ring = new HashRing();
  const sessionless = createLeastRequestsRouter();
  return {
    ...STATELESS,
    add: (replica, inFlight) => {
      candidates.add(replica, inFlight);
      ring.add(replica);
      sessionless.add(replica, inFlight);
    },
    remove: (replica) => {
      candidates.remove(replica);
      ring.remove(replica);
      sessionless.remove(replica);
    },
    update: (replica, inFlight) => {
      candidates.update(replica, inFlight);
      sessionless.update(replica, inFlight);
    },
    pick: (slot, maxInFlight) => {
      const session = table.sessionId[slot] as number;
      if (session < 0) return sessionless.pick(slot, maxInFlight);
      return ring.find(session, (replica) => candidates.inFlightOf(replica) < maxInFlight);
    },
  };
}
