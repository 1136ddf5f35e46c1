import { drainNode } from "./drain.ts";
import { scheduledNodes } from "./kept-nodes.ts";
import { isBelievedIn } from "./node.ts";
import { requestNode, roomToGrow } from "./node-requests.ts";
import { type ClusterContext, nodeAt, poolAt, poolConfigAt } from "./state.ts";

/** Asks for the nodes that the schedule wants now and has not got, and drains those whose time is over, the newest first. */
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
  for (const index of state.scheduledNodes.slice(wanted).reverse()) {
    const node = nodeAt(ctx, index);
    if (node.stage === "Allocatable") drainNode(ctx, node);
  }
  ctx.changedPools.add(pool);
}
