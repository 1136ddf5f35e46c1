import { Candidates } from "./candidates.ts";
import { type Router, STATELESS } from "./router.ts";

/**
 * Any candidate with room, all equally likely.
 * @param uniform in [0, 1), one number a choice
 * @see kube-proxy in iptables and nftables mode, where it is one choice per connection
 */
export function createRandomRouter(uniform: () => number): Router {
  const candidates = new Candidates();
  return {
    ...STATELESS,
    add: (replica, inFlight) => candidates.add(replica, inFlight),
    remove: (replica) => candidates.remove(replica),
    update: (replica, inFlight) => candidates.update(replica, inFlight),
    pick: (_slot, maxInFlight) => {
      const { count } = candidates;
      if (count === 0) return -1;
      const drawn = candidates.at(Math.floor(uniform() * count));
      return candidates.inFlightOf(drawn) < maxInFlight ? drawn : anyWithRoom(candidates, maxInFlight, uniform);
    },
  };
}

function anyWithRoom(candidates: Candidates, maxInFlight: number, uniform: () => number): number {
  let open = 0;
  for (let i = 0; i < candidates.count; i++) if (candidates.inFlightOf(candidates.at(i)) < maxInFlight) open++;
  if (open === 0) return -1;
  let skip = Math.floor(uniform() * open);
  for (let i = 0; i < candidates.count; i++) {
    const replica = candidates.at(i);
    if (candidates.inFlightOf(replica) < maxInFlight && skip-- === 0) return replica;
  }
  return -1;
}
