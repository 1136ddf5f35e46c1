import type { ScorerWeights } from "../config.ts";
import type { RequestTable } from "../request-table.ts";
import { Candidates } from "./candidates.ts";
import type { EndpointMetrics } from "./endpoint-metrics.ts";
import { pickHighest } from "./pick-highest.ts";
import { prefixBlocksOf, prefixKeyOf, promptBlocksOf } from "./prefix.ts";
import { PrefixIndex } from "./prefix-index.ts";
import type { Router } from "./router.ts";

/**
 * The inference gateway's endpoint picker: each candidate's weighted sum of
 * - queue = (longest − its own) ÷ (longest − shortest), 1 when all are equal,
 * - KV cache = 1 − its utilisation,
 * - prefix = blocks of the prompt it was sent before ÷ blocks of the prompt;
 * the highest wins, one at random on ties. Queue and KV cache are as of the last reading; prefixes are the gateway's own record.
 * @param uniform in [0, 1), one number where there is a tie
 * @see llm-d router: queue-scorer, kv-cache-utilization-scorer, prefix-cache-scorer, max-score-picker
 */
export function createWeightedScorersRouter(
  table: RequestTable,
  metrics: EndpointMetrics,
  weights: ScorerWeights,
  uniform: () => number,
): Router {
  const candidates = new Candidates();
  const index = new PrefixIndex();
  /** Share of the present prompt that each replica was sent; all 0 between two choices. */
  let matched = new Float64Array(16);
  let longest = 0;
  let spread = 0;
  const score = (replica: number): number => {
    const queue = spread === 0 ? 1 : (longest - (metrics.waiting[replica] as number)) / spread;
    const kvCache = 1 - (metrics.kvCacheUtilization[replica] as number);
    return weights.queue * queue + weights.kvCache * kvCache + weights.prefix * (matched[replica] as number);
  };
  const measureQueues = (maxInFlight: number): void => {
    longest = Number.NEGATIVE_INFINITY;
    let shortest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      const replica = candidates.at(i);
      if (candidates.inFlightOf(replica) >= maxInFlight) continue;
      const waiting = metrics.waiting[replica] as number;
      longest = Math.max(longest, waiting);
      shortest = Math.min(shortest, waiting);
    }
    spread = longest - shortest;
  };
  return {
    add: (replica, inFlight) => {
      candidates.add(replica, inFlight);
      if (replica < matched.length) return;
      matched = new Float64Array(2 * replica);
    },
    remove: (replica) => {
      candidates.remove(replica);
      index.forget(replica);
    },
    update: (replica, inFlight) => candidates.update(replica, inFlight),
    pick: (slot, maxInFlight) => {
      const key = prefixKeyOf(table, slot);
      const blocks = key < 0 ? 0 : prefixBlocksOf(table, slot);
      const holders = key < 0 ? [] : index.holdersOf(key);
      for (const replica of holders) matched[replica] = Math.min(blocks, index.blocks(replica, key)) / promptBlocksOf(table, slot);
      measureQueues(maxInFlight);
      const chosen = pickHighest(candidates, maxInFlight, score, uniform);
      for (const replica of holders) matched[replica] = 0;
      if (chosen >= 0 && key >= 0) index.record(chosen, key, blocks);
      return chosen;
    },
    save: () => index.save(),
    restore: (state) => index.restore(state),
  };
}
