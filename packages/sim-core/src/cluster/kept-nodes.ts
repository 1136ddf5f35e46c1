import type { NodePoolConfig } from "./config.ts";
import { type ClusterContext, poolConfigAt } from "./state.ts";

/** Nodes that a pool's schedules want at a time. */
export function scheduledNodes({ scheduled = [] }: NodePoolConfig, seconds: number): number {
  let wanted = 0;
  for (const { nodes, windows } of scheduled) if (windows.some(([from, to]) => from <= seconds && seconds < to)) wanted += nodes;
  return wanted;
}

/** Nodes that a pool's schedules leave in service at a time: those they want, and those whose window ended within their grace. */
export function scheduledNodesInService({ scheduled = [] }: NodePoolConfig, seconds: number): number {
  let kept = 0;
  for (const { nodes, windows, graceSeconds = 0 } of scheduled)
    if (windows.some(([from, to]) => from <= seconds && seconds < to + graceSeconds)) kept += nodes;
  return kept;
}

/** Nodes of a pool that stay however idle: its minimum and those on schedule. */
export function nodesKept(ctx: ClusterContext, pool: number): number {
  const config = poolConfigAt(ctx, pool);
  return config.minNodes + scheduledNodesInService(config, ctx.nowSeconds);
}
