import type { DecisionRecord, RunResult } from "@replicast/sim-core";
import { formatCount, NO_VALUE } from "./format.ts";

/** Reasons named per cell; the rest is counted together. */
const TOP = 3;
/** Reasons with which a controller does not do what its metrics ask for. */
const HOLDING =
  /^(ScaleUpStabilized|ScaleDownStabilized|ScaleUpLimit|ScaleDownLimit|TooManyReplicas|ScalerCooldown|Paused.*|Failed.*|.*Error)$/;
/** The same of Knative, Ray Serve, WVA, AIBrix and Dynamo. */
const HOLDING_ELSEWHERE =
  /^(ScaleDownDelay|PanicHoldsPods|ScaleToZero.+|(Max|Min)(Scale|Replicas|Scale(Up|Down)Rate)|(Up|Down)scaleDelay|Scale(Up|Down)Cooldown|InTransition|TargetsOutOfReach|GpuBudget|LowerLimit|Replicas(Starting|Leaving))$/;

/** Why a policy asked for more, for fewer, and why it held: each reason with how often it was given. */
export interface ReasonSummary {
  readonly policy: string;
  readonly more: string;
  readonly fewer: string;
  readonly held: string;
}

/** The most frequent reasons of each run's decisions. */
export function summariseReasons(runs: readonly RunResult[]): readonly ReasonSummary[] {
  return runs.map(({ policy, decisions }) => ({
    policy,
    more: topReasons(decisions.filter((each) => each.desiredReplicas > each.specReplicas)),
    fewer: topReasons(decisions.filter((each) => each.desiredReplicas < each.specReplicas)),
    held: topReasons(decisions.filter((each) => each.desiredReplicas === each.specReplicas && isHolding(each.reason))),
  }));
}

function isHolding(reason: string): boolean {
  return HOLDING.test(reason) || HOLDING_ELSEWHERE.test(reason);
}

/** "ScaleUpLimit ×6, DesiredWithinRange ×2": the most frequent first, equals by name. */
function topReasons(decisions: readonly DecisionRecord[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of decisions) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  const named = sorted.slice(0, TOP).map(([reason, count]) => `${reason} ×${count}`);
  const rest = sorted.slice(TOP).reduce((sum, [, count]) => sum + count, 0);
  if (named.length === 0) return NO_VALUE;
  return [...named, ...(rest === 0 ? [] : [formatCount(rest, "other")])].join(", ");
}
