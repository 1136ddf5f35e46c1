import type { Candidates } from "./candidates.ts";

/**
 * The candidate with room that scores highest; on ties one of them, drawn with a single number; −1 when none has room.
 * @param score pure; asked twice
 */
export function pickHighest(
  candidates: Candidates,
  maxInFlight: number,
  score: (replica: number) => number,
  uniform: () => number,
): number {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  let ties = 0;
  for (let i = 0; i < candidates.count; i++) {
    const replica = candidates.at(i);
    if (candidates.inFlightOf(replica) >= maxInFlight) continue;
    const value = score(replica);
    if (value > highest) {
      highest = value;
      best = replica;
      ties = 1;
    } else if (value === highest) ties++;
  }
  if (ties < 2) return best;
  let skip = Math.floor(uniform() * ties);
  for (let i = candidates.firstFrom(best); i < candidates.count; i++) {
    const replica = candidates.at(i);
    if (candidates.inFlightOf(replica) < maxInFlight && score(replica) === highest && skip-- === 0) return replica;
  }
  return best;
}
