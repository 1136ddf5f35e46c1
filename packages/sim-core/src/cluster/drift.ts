import type { KarpenterConfig } from "./config.ts";
import { allowedDisruptions, poolsNamed } from "./disruption-budgets.ts";
import { drainNode, homelessPods } from "./drain.ts";
import { isEmpty, isUpcoming } from "./node.ts";
import { requestNode, roomToGrow } from "./node-requests.ts";
import { type ClusterContext, gpusOnNode, type NodeState, nodeAt, nodePriceUsd, type PodState, poolAt, poolConfigAt } from "./state.ts";

/** The template of a NodePool changes: the nodes it has so far have drifted. @see karpenter.sh/nodepool-hash */
export function changeNodePool(ctx: ClusterContext, name: string): void {
  for (const pool of poolsNamed(ctx, name)) poolAt(ctx, pool).template++;
}

/**
 * Replaces drifted nodes: one more at each look, empty ones first, each drained once a new node can take the pods that fit nowhere else.
 * A node stays when its pods cannot be moved, or when no node can be had for them.
 * @see karpenter-sigs disruption/drift.go, ComputeCommands
 */
export function replaceDrifted(ctx: ClusterContext, pool: number, config: KarpenterConfig): void {
  settleReplaced(ctx, pool);
  if (allowedDisruptions(ctx, pool, config, "Drifted") < 1) return;
  const { template, nodes } = poolAt(ctx, pool);
  const drifted = nodes.map((index) => nodeAt(ctx, index)).filter((node) => node.stage === "Allocatable" && node.template < template);
  const free = drifted.filter(({ isCordoned }) => !isCordoned);
  for (const node of [...free.filter(isEmpty), ...free.filter((each) => !isEmpty(each))]) if (beginReplacing(ctx, node)) return;
}

/** Drains nodes whose replacement has come; those whose replacement never will stay in service. */
function settleReplaced(ctx: ClusterContext, pool: number): void {
  const state = poolAt(ctx, pool);
  state.replacing = state.replacing.filter(({ node: index, replacement }) => {
    const node = nodeAt(ctx, index);
    const { stage } = nodeAt(ctx, replacement);
    if (isUpcoming(stage)) return node.stage === "Allocatable";
    node.isCordoned = false;
    if (stage === "Allocatable") drainNode(ctx, node);
    return false;
  });
}

/** False when the node cannot be replaced now. */
function beginReplacing(ctx: ClusterContext, node: NodeState): boolean {
  const homeless = homelessPods(ctx, [node]);
  if (homeless === undefined) return false;
  if (homeless.length === 0) {
    drainNode(ctx, node);
    return true;
  }
  const pool = cheapestFor(ctx, homeless);
  const replacement = pool === undefined ? undefined : requestNode(ctx, pool);
  if (replacement === undefined) return false;
  node.isCordoned = true;
  poolAt(ctx, node.pool).replacing.push({ node: node.index, replacement: replacement.index });
  return true;
}

/** The cheapest of Karpenter's pools one new node of which would hold all of some pods. */
function cheapestFor(ctx: ClusterContext, pods: readonly PodState[]): number | undefined {
  const gpus = pods.reduce((sum, { deployment }) => sum + gpusOnNode(ctx, deployment), 0);
  return [...ctx.config.nodePools.keys()]
    .filter((pool) => poolConfigAt(ctx, pool).karpenter !== undefined && poolConfigAt(ctx, pool).gpusPerNode >= gpus)
    .filter((pool) => pods.every(({ deployment }) => (ctx.poolsOf[deployment] ?? []).includes(pool)) && roomToGrow(ctx, pool) > 0)
    .sort((a, b) => nodePriceUsd(ctx, a) - nodePriceUsd(ctx, b) || a - b)[0];
}

/** True for a new node that waits for the pods of a drifted one. */
export function isForDrifted(ctx: ClusterContext, { index }: NodeState): boolean {
  return ctx.state.pools.some(({ replacing }) => replacing.some(({ replacement }) => replacement === index));
}
