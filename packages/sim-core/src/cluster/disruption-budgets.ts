import type { KarpenterConfig } from "./config.ts";
import { type ClusterContext, nodeAt, poolAt, poolConfigAt } from "./state.ts";

/** Why Karpenter takes a node away by its own will. */
export type DisruptionReason = "Empty" | "Underutilized" | "Drifted";

/** Keeps 0.1 × 30 from being a little more than 3. */
const ROUNDING = 1e-9;

/**
 * Nodes that may be taken away now: the strictest of the budgets in force for the reason, less those that are on their way out or about to
 * be. Several pools may be offerings of one NodePool; its budgets are for all of them together.
 * @see karpenter.sh/v1 NodePool spec.disruption.budgets: a percentage is of all nodes and rounds up; an inactive budget limits nothing
 */
export function allowedDisruptions(ctx: ClusterContext, pool: number, { budgets }: KarpenterConfig, reason: DisruptionReason): number {
  const nodes = nodePoolOf(ctx, pool).flatMap((each) => poolAt(ctx, each).nodes.map((index) => nodeAt(ctx, index)));
  const leaving = nodes.filter(({ stage, isCordoned }) => stage === "Draining" || (stage === "Allocatable" && isCordoned)).length;
  const all = nodes.filter(({ stage }) => stage === "Allocatable" || stage === "Draining").length;
  let allowed = all;
  for (const budget of budgets) {
    if (budget.reasons !== undefined && !budget.reasons.includes(reason)) continue;
    if (budget.windows !== undefined && !budget.windows.some(([from, to]) => from <= ctx.nowSeconds && ctx.nowSeconds < to)) continue;
    allowed = Math.min(allowed, budget.share === undefined ? (budget.nodes ?? 0) : Math.ceil(all * budget.share - ROUNDING));
  }
  return Math.max(0, allowed - leaving);
}

/** The pools that are offerings of the same NodePool, the pool itself among them. */
export function nodePoolOf(ctx: ClusterContext, pool: number): readonly number[] {
  const name = poolConfigAt(ctx, pool).karpenter?.nodePool;
  if (name === undefined) return [pool];
  return [...ctx.config.nodePools.keys()].filter((each) => poolConfigAt(ctx, each).karpenter?.nodePool === name);
}

/** Pools of a name: that of the pool, or of the NodePool that it is an offering of. */
export function poolsNamed(ctx: ClusterContext, name: string): readonly number[] {
  const isNamed = (pool: number): boolean => poolConfigAt(ctx, pool).name === name || poolConfigAt(ctx, pool).karpenter?.nodePool === name;
  return [...ctx.config.nodePools.keys()].filter(isNamed);
}
