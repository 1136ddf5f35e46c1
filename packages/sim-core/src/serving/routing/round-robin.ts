import { Candidates } from "./candidates.ts";
import type { Router } from "./router.ts";

/** Each candidate in turn, by index; a full one is passed over. @see vLLM production-stack router: round robin over sorted addresses */
export function createRoundRobinRouter(): Router {
  const candidates = new Candidates();
  let last = -1;
  return {
    add: (replica, inFlight) => candidates.add(replica, inFlight),
    remove: (replica) => candidates.remove(replica),
    update: (replica, inFlight) => candidates.update(replica, inFlight),
    pick: (_slot, maxInFlight) => {
      const { count } = candidates;
      const from = candidates.firstFrom(last + 1);
      for (let i = 0; i < count; i++) {
        const replica = candidates.at((from + i) % count);
        if (candidates.inFlightOf(replica) >= maxInFlight) continue;
        last = replica;
        return replica;
      }
      return -1;
    },
    save: () => [[last]],
    restore: ([state]) => {
      last = state?.[0] as number;
    },
  };
}
