import { gpusOfNode } from "./gpu-slots.ts";
import { createNode, tellNodeStage } from "./node.ts";
import { type ClusterContext, gpusOnNode, type NodeState, nodeAt, type PodState, poolAt, poolConfigAt } from "./state.ts";

/** @see cluster-autoscaler --max-node-provision-time, default 15 min */
export const MAX_PROVISION_SECONDS = 900;
/** @see cluster-autoscaler --initial-node-group-backoff-duration 5 min, --max-node-group-backoff-duration 30 min, --node-group-backoff-reset-timeout 3 h */
export const BACK_OFF = { initialSeconds: 300, maxSeconds: 1800, resetSeconds: 10_800 } as const;

/** Nodes that may be added for a pod: none while the pool is backed off. Those on their way out still count: their machines are still held. */
export function growth(ctx: ClusterContext, pool: number, pod: PodState): number {
  return poolConfigAt(ctx, pool).gpusPerNode < gpusOnNode(ctx, pod.deployment) ? 0 : roomToGrow(ctx, pool);
}

/** Nodes that the pool's limit, the quotas it shares, its back-off and faults under way leave. */
export function roomToGrow(ctx: ClusterContext, pool: number): number {
  const config = poolConfigAt(ctx, pool);
  const { name, maxNodes } = config;
  const { backOffUntilSeconds, stockOuts } = poolAt(ctx, pool);
  if (stockOuts > 0 || ctx.nowSeconds < backOffUntilSeconds) return 0;
  let room = maxNodes - heldNodes(ctx, pool);
  for (const { nodePools, gpus } of ctx.config.quotas ?? []) {
    if (!nodePools.includes(name)) continue;
    let held = 0;
    ctx.config.nodePools.forEach((other, index) => {
      if (nodePools.includes(other.name)) held += heldNodes(ctx, index) * gpusOfNode(other);
    });
    room = Math.min(room, Math.floor((gpus - held) / gpusOfNode(config)));
  }
  return Math.max(0, room);
}

function heldNodes(ctx: ClusterContext, pool: number): number {
  let held = 0;
  for (const index of poolAt(ctx, pool).nodes) if (nodeAt(ctx, index).stage !== "Gone") held++;
  return held;
}

/** Asks for a node; undefined when the cloud has none, which backs the pool off. */
export function requestNode(ctx: ClusterContext, pool: number): NodeState | undefined {
  if (isRefused(ctx, pool)) {
    refuseNode(ctx, pool);
    return undefined;
  }
  const node = createNode(ctx, pool, "Provisioning");
  poolAt(ctx, pool).lastAddedSeconds = ctx.nowSeconds;
  tellNodeStage(ctx, node, "Requested");
  tellNodeStage(ctx, node, "Provisioning");
  const seconds = drawNode(ctx, node, "provision");
  const { maxProvisionSeconds = MAX_PROVISION_SECONDS } = poolConfigAt(ctx, pool);
  node.isLate = seconds > maxProvisionSeconds;
  scheduleNode(ctx, node, Math.min(seconds, maxProvisionSeconds));
  return node;
}

/** The chance is drawn only where there is one, from the stream of the n-th node asked for. */
function isRefused(ctx: ClusterContext, pool: number): boolean {
  const { name, stockOuts = [], requestFailureProbability = 0 } = poolConfigAt(ctx, pool);
  if (stockOuts.some(({ fromSeconds, toSeconds }) => fromSeconds <= ctx.nowSeconds && ctx.nowSeconds < toSeconds)) return true;
  if (requestFailureProbability === 0) return false;
  return ctx.port.uniform(`node-request/${name}/${poolAt(ctx, pool).createdNodes}`) < requestFailureProbability;
}

/** Nothing was billed: the request has a name and a record, no machine. */
function refuseNode(ctx: ClusterContext, pool: number): void {
  const { name } = poolConfigAt(ctx, pool);
  const node = `${name}-${poolAt(ctx, pool).createdNodes++}`;
  for (const stage of ["Requested", "Gone"] as const)
    ctx.listener.fact({ kind: "node-stage", timeSeconds: ctx.nowSeconds, node, pool: name, stage });
  backOff(ctx, pool);
}

/** A request failed: the pool is left alone for a time that doubles with each failure, until failures have long been absent. */
export function backOff(ctx: ClusterContext, pool: number): void {
  const state = poolAt(ctx, pool);
  const { initialSeconds, maxSeconds, resetSeconds } = poolConfigAt(ctx, pool).backOff ?? BACK_OFF;
  const isOld = state.backOffSeconds === 0 || ctx.nowSeconds - state.backOffUntilSeconds >= resetSeconds;
  state.backOffSeconds = isOld ? initialSeconds : Math.min(maxSeconds, 2 * state.backOffSeconds);
  state.backOffUntilSeconds = ctx.nowSeconds + state.backOffSeconds;
}

const STREAMS = { provision: "node-provision", allocatable: "node-allocatable" } as const;

export function drawNode(ctx: ClusterContext, node: NodeState, part: keyof typeof STREAMS): number {
  const sampler = ctx.durations.nodes[node.pool]?.[part];
  const name = `${STREAMS[part]}/${poolConfigAt(ctx, node.pool).name}/${node.ordinal}`;
  return sampler === undefined ? 0 : sampler.quantile(ctx.port.uniform(name));
}

export function scheduleNode(ctx: ClusterContext, node: NodeState, seconds: number): void {
  node.timer = ctx.port.schedule(ctx.nowSeconds + seconds, "node-advance", node.index);
}
