import { createNode, isUpcoming, tellNodeStage } from "./node.ts";
import { limitsOf, nodesWithin } from "./quota.ts";
import { type ClusterContext, gpusOnNode, type NodeState, nodeAt, type PodState, poolAt, poolConfigAt } from "./state.ts";

/** @see cluster-autoscaler --max-node-provision-time, default 15 min */
export const MAX_PROVISION_SECONDS = 900;
/** @see cluster-autoscaler --initial-node-group-backoff-duration 5 min, --max-node-group-backoff-duration 30 min, --node-group-backoff-reset-timeout 3 h */
export const BACK_OFF = { initialSeconds: 300, maxSeconds: 1800, resetSeconds: 10_800 } as const;

/** Karpenter leaves an offering that could not be had alone for three minutes, however often. @see karpenter-provider-aws UnavailableOfferingsTTL */
export const KARPENTER_BACK_OFF = { initialSeconds: 180, maxSeconds: 180, resetSeconds: 0 } as const;

/** Nodes that may be added for a pod: none while the pool is backed off. Those on their way out still count: their machines are still held. */
export function growth(ctx: ClusterContext, pool: number, pod: PodState): number {
  return poolConfigAt(ctx, pool).gpusPerNode < gpusOnNode(ctx, pod.deployment) ? 0 : roomToGrow(ctx, pool);
}

/** Nodes that the pool's limit, the quotas it shares and its back-off leave; whether the cloud has them shows when they are asked for. */
export function roomToGrow(ctx: ClusterContext, pool: number): number {
  const config = poolConfigAt(ctx, pool);
  if (ctx.nowSeconds < poolAt(ctx, pool).backOffUntilSeconds) return 0;
  let room = config.maxNodes - heldNodes(ctx, pool);
  for (const quota of ctx.config.quotas ?? []) {
    if (!quota.nodePools.includes(config.name)) continue;
    for (const limit of limitsOf(quota)) {
      let held = 0;
      ctx.config.nodePools.forEach((other, index) => {
        if (quota.nodePools.includes(other.name)) held += heldNodes(ctx, index) * limit.ofNode(other);
      });
      room = Math.min(room, nodesWithin(limit, config, held));
    }
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
  const { name, requestFailureProbability = 0 } = poolConfigAt(ctx, pool);
  if (isOutOfStock(ctx, pool)) return true;
  if (requestFailureProbability === 0) return false;
  return ctx.port.uniform(`node-request/${name}/${poolAt(ctx, pool).createdNodes}`) < requestFailureProbability;
}

/** The cloud has no such machine: a window of the pool's own, a fault, or the outage of its zone. It makes no difference which. */
function isOutOfStock(ctx: ClusterContext, pool: number): boolean {
  if (poolAt(ctx, pool).stockOuts > 0) return true;
  const { stockOuts = [] } = poolConfigAt(ctx, pool);
  return stockOuts.some(({ fromSeconds, toSeconds }) => fromSeconds <= ctx.nowSeconds && ctx.nowSeconds < toSeconds);
}

/** Nothing was billed: the request has a name and a record, no machine. */
function refuseNode(ctx: ClusterContext, pool: number): void {
  const { name } = poolConfigAt(ctx, pool);
  const node = `${name}-${poolAt(ctx, pool).createdNodes++}`;
  for (const stage of ["Requested", "Gone"] as const)
    ctx.listener.fact({ kind: "node-stage", timeSeconds: ctx.nowSeconds, node, pool: name, stage });
  backOff(ctx, pool);
}

/** A request failed: the pool is left alone for a time that doubles with each failure, until a scale-up has succeeded or failures have long been absent. */
export function backOff(ctx: ClusterContext, pool: number): void {
  const state = poolAt(ctx, pool);
  const { backOff: own, karpenter } = poolConfigAt(ctx, pool);
  const { initialSeconds, maxSeconds, resetSeconds } = own ?? (karpenter === undefined ? BACK_OFF : KARPENTER_BACK_OFF);
  const isOld = state.backOffSeconds === 0 || ctx.nowSeconds - state.backOffUntilSeconds >= resetSeconds;
  state.backOffSeconds = isOld ? initialSeconds : Math.min(maxSeconds, 2 * state.backOffSeconds);
  state.backOffUntilSeconds = ctx.nowSeconds + state.backOffSeconds;
}

/** The last node on its way has come: the next failure begins with the first pause again. @see cluster-autoscaler updateScaleRequests, RemoveBackoff */
export function forgetBackOff(ctx: ClusterContext, pool: number): void {
  const state = poolAt(ctx, pool);
  if (state.nodes.some((index) => isUpcoming(nodeAt(ctx, index).stage))) return;
  state.backOffSeconds = 0;
  state.backOffUntilSeconds = 0;
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
