import { drainNode } from "./drain.ts";
import { scheduledNodes, scheduledNodesInService } from "./kept-nodes.ts";
import { isBelievedIn } from "./node.ts";
import { requestNode, roomToGrow } from "./node-requests.ts";
import { type ClusterContext, nodeAt, poolAt, poolConfigAt } from "./state.ts";

/**
 * Asks for the nodes that the schedule wants now and has not got, and drains those whose time and grace are over, the newest first. Of
 * several schedules of a pool the longest drain time-out counts.
 * @see finos/5-spot handle_shutting_down_phase: grace first, then the drain up to its time-out, then the machine goes
 */
export function keepSchedule(ctx: ClusterContext, pool: number): void {
  const config = poolConfigAt(ctx, pool);
  if (config.scheduled === undefined) return;
  const state = poolAt(ctx, pool);
  const wanted = scheduledNodes(config, ctx.nowSeconds);
  state.scheduledNodes = state.scheduledNodes.filter((index) => isBelievedIn(nodeAt(ctx, index)));
  for (let missing = wanted - state.scheduledNodes.length; missing > 0 && roomToGrow(ctx, pool) > 0; missing--) {
    const node = requestNode(ctx, pool);
    if (node === undefined) break;
    state.scheduledNodes.push(node.index);
  }
  const kept = Math.max(wanted, scheduledNodesInService(config, ctx.nowSeconds));
  for (const index of state.scheduledNodes.slice(kept).reverse()) {
    const node = nodeAt(ctx, index);
    if (node.stage !== "Allocatable") continue;
    drainNode(ctx, node);
    const timeoutSeconds = Math.max(...config.scheduled.map(({ drainTimeoutSeconds }) => drainTimeoutSeconds ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(timeoutSeconds)) ctx.port.schedule(ctx.nowSeconds + timeoutSeconds, "node-lost", node.index);
  }
  ctx.changedPools.add(pool);
}
