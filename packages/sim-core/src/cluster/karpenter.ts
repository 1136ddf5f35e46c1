import type { KarpenterConfig } from "./config.ts";
import { allowedDisruptions } from "./disruption-budgets.ts";
import { drainNode, homelessPods, isAwaited, spareNodes } from "./drain.ts";
import { isForDrifted, replaceDrifted } from "./drift.ts";
import { podsOn } from "./eviction.ts";
import { isEmpty, isUpcoming } from "./node.ts";
import { requestNode, roomToGrow } from "./node-requests.ts";
import {
  type ClusterContext,
  type ConsolidationState,
  gpusOnNode,
  type NodeState,
  nodeAt,
  nodePriceUsd,
  type PodState,
  poolAt,
  poolConfigAt,
} from "./state.ts";

/** A consolidation is looked at again after this time and dropped if it no longer holds. @see karpenter consolidationTTL, 15 s */
const VALIDATION_SECONDS = 15;
/** @see karpenter MaxParallelConsolidations of the multi-node method: candidates looked at */
const MOST_CANDIDATES = 100;

/** One look of Karpenter's disruption controller at a pool: expiry, emptiness, drift, consolidation. @see karpenter-sigs disruption, poll every 10 s */
export function disruptPool(ctx: ClusterContext, pool: number, config: KarpenterConfig): void {
  expireNodes(ctx, pool, config);
  const isConsolidating = Number.isFinite(config.consolidateAfterSeconds);
  if (isConsolidating) removeEmptyNodes(ctx, pool, config);
  replaceDrifted(ctx, pool, config);
  if (isConsolidating && config.consolidationPolicy === "WhenEmptyOrUnderutilized") consolidate(ctx, pool, config);
}

/** Expiry is forceful: it asks no budget. */
function expireNodes(ctx: ClusterContext, pool: number, { expireAfterSeconds }: KarpenterConfig): void {
  for (const node of allocatable(ctx, pool)) {
    if (ctx.nowSeconds - node.billedFromSeconds >= expireAfterSeconds) drainNode(ctx, node);
  }
}

function removeEmptyNodes(ctx: ClusterContext, pool: number, config: KarpenterConfig): void {
  let allowed = Math.min(allowedDisruptions(ctx, pool, config, "Empty"), spareNodes(ctx, pool));
  for (const node of allocatable(ctx, pool)) {
    if (allowed <= 0) return;
    if (!isEmpty(node) || node.isCordoned || !isQuiet(ctx, node, config) || isReplacement(ctx, node) || isAwaited(ctx, node)) continue;
    drainNode(ctx, node);
    allowed--;
  }
}

/** Decides on a change, or carries the one that was decided a step further. */
function consolidate(ctx: ClusterContext, pool: number, config: KarpenterConfig): void {
  const state = poolAt(ctx, pool);
  const plan = state.consolidation;
  if (plan === null) {
    state.consolidation = planConsolidation(ctx, pool, config);
    return;
  }
  if (plan.replacement >= 0) {
    awaitReplacement(ctx, pool, plan);
    return;
  }
  if (ctx.nowSeconds - plan.atSeconds < VALIDATION_SECONDS) return;
  state.consolidation = null;
  const nodes = plan.nodes.map((index) => nodeAt(ctx, index));
  const now = nodes.every((node) => node.stage === "Allocatable" && isQuiet(ctx, node, config)) ? destinationOf(ctx, nodes) : undefined;
  if (now === undefined || now !== plan.pool) return;
  if (now < 0) for (const node of nodes) drainNode(ctx, node);
  else {
    const replacement = requestNode(ctx, now);
    if (replacement === undefined) return;
    for (const node of nodes) node.isCordoned = true;
    state.consolidation = { ...plan, replacement: replacement.index };
  }
}

/** The old nodes are drained once the new one can take their pods; if it never comes, they stay. */
function awaitReplacement(ctx: ClusterContext, pool: number, { nodes, replacement }: ConsolidationState): void {
  const { stage } = nodeAt(ctx, replacement);
  if (isUpcoming(stage)) return;
  poolAt(ctx, pool).consolidation = null;
  for (const index of nodes) {
    const node = nodeAt(ctx, index);
    node.isCordoned = false;
    if (stage === "Allocatable") drainNode(ctx, node);
  }
}

/** The longest run of candidates that can go together, found by halving as Karpenter does; then single ones. */
function planConsolidation(ctx: ClusterContext, pool: number, config: KarpenterConfig): ConsolidationState | null {
  const allowed = Math.min(allowedDisruptions(ctx, pool, config, "Underutilized"), spareNodes(ctx, pool), MOST_CANDIDATES);
  const candidates = allocatable(ctx, pool)
    .filter((node) => !isEmpty(node) && !node.isCordoned && isQuiet(ctx, node, config) && !isReplacement(ctx, node))
    .sort((a, b) => podsOn(ctx, a).length - podsOn(ctx, b).length || a.index - b.index);
  let most = 0;
  for (let low = 2, high = Math.min(allowed, candidates.length); low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    if (destinationOf(ctx, candidates.slice(0, middle)) === undefined) high = middle - 1;
    else {
      most = middle;
      low = middle + 1;
    }
  }
  if (most > 0) return planOf(ctx, candidates.slice(0, most));
  const single = allowed < 1 ? undefined : candidates.find((node) => destinationOf(ctx, [node]) !== undefined);
  return single === undefined ? null : planOf(ctx, [single]);
}

function planOf(ctx: ClusterContext, nodes: readonly NodeState[]): ConsolidationState {
  const pool = destinationOf(ctx, nodes) ?? -1;
  return { atSeconds: ctx.nowSeconds, nodes: nodes.map(({ index }) => index), pool, replacement: -1 };
}

/** Where the pods of some nodes would go: −1, to free GPUs of others; a pool, partly to one new node there that costs less; undefined: nowhere. */
function destinationOf(ctx: ClusterContext, nodes: readonly NodeState[]): number | undefined {
  const homeless = homelessPods(ctx, nodes);
  if (homeless === undefined) return undefined;
  if (homeless.length === 0) return -1;
  const paidNow = nodes.reduce((sum, { pool }) => sum + nodePriceUsd(ctx, pool), 0);
  const gpus = homeless.reduce((sum, pod) => sum + gpusOnNode(ctx, pod.deployment), 0);
  // Instead of a new node of a kind that goes, one of them may stay. @see karpenter filterOutSameInstanceType
  const kinds = new Set(nodes.map(({ pool }) => pool));
  return ctx.config.nodePools
    .map((_, pool) => pool)
    .filter((pool) => !kinds.has(pool) && nodePriceUsd(ctx, pool) < paidNow && poolConfigAt(ctx, pool).gpusPerNode >= gpus)
    .filter((pool) => homeless.every((pod) => mayRunOn(ctx, pod, pool)) && roomToGrow(ctx, pool) > 0)
    .sort((a, b) => nodePriceUsd(ctx, a) - nodePriceUsd(ctx, b) || a - b)[0];
}

const mayRunOn = (ctx: ClusterContext, { deployment }: PodState, pool: number): boolean => (ctx.poolsOf[deployment] ?? []).includes(pool);

/** No pod came or went for so long. */
function isQuiet(ctx: ClusterContext, { podChangedSeconds }: NodeState, { consolidateAfterSeconds }: KarpenterConfig): boolean {
  return ctx.nowSeconds - podChangedSeconds >= consolidateAfterSeconds;
}

/** A new node waits for the pods of those it replaces. */
function isReplacement(ctx: ClusterContext, node: NodeState): boolean {
  return isForDrifted(ctx, node) || ctx.state.pools.some(({ consolidation }) => consolidation?.replacement === node.index);
}

function allocatable(ctx: ClusterContext, pool: number): readonly NodeState[] {
  return poolAt(ctx, pool)
    .nodes.map((index) => nodeAt(ctx, index))
    .filter(({ stage }) => stage === "Allocatable");
}
