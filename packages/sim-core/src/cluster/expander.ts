import { unreachable } from "../errors.ts";
import type { Expander } from "./config.ts";
import { gpusOfNode } from "./gpu-slots.ts";
import { type ClusterContext, deploymentConfigAt, poolConfigAt } from "./state.ts";

/** What a pool could do for the waiting pods of one deployment. */
export interface ExpansionOption {
  readonly pool: number;
  /** Nodes it would add, > 0. */
  readonly nodes: number;
  /** Pods they would hold, > 0. */
  readonly pods: number;
  /** GPUs of these pods. */
  readonly gpus: number;
}

/**
 * The option that the expanders choose: each keeps the best of what the one before it left; chance decides among the last.
 * @see kubernetes/autoscaler expander: random, most-pods, least-waste, least-nodes, price, priority, and lists of them
 */
export function chooseOption(
  ctx: ClusterContext,
  deployment: number,
  expanders: readonly Expander[],
  options: readonly ExpansionOption[],
): ExpansionOption | undefined {
  let left = options;
  for (const expander of expanders) {
    if (left.length < 2 || expander === "random") break;
    const costs = left.map((option) => costOf(ctx, expander, option));
    const least = Math.min(...costs);
    left = left.filter((_, i) => (costs[i] as number) <= least);
  }
  if (left.length < 2) return left[0];
  const draw = ctx.port.uniform(`expander/${deploymentConfigAt(ctx, deployment).name}`);
  return left[Math.floor(draw * left.length)];
}

/** What an expander wants least of. */
function costOf(ctx: ClusterContext, expander: Exclude<Expander, "random">, { pool, nodes, pods, gpus }: ExpansionOption): number {
  const config = poolConfigAt(ctx, pool);
  const { gpusPerNode, pricePerGpuHourUsd, priority = 0 } = config;
  switch (expander) {
    case "least-waste":
      return 1 - gpus / (nodes * gpusPerNode);
    case "most-pods":
      return -pods;
    case "least-nodes":
      return nodes;
    case "price":
      return (nodes * gpusOfNode(config) * pricePerGpuHourUsd) / pods;
    case "priority":
      return -priority;
    default:
      return unreachable(expander);
  }
}
