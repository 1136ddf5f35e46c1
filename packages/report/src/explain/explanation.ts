import type { DecisionRecord, DeploymentResult, PodStage, RunResult, StepSeries } from "@replicast/sim-core";
import { formatClock } from "../clock.ts";
import { type DecisionFold, foldDecisions } from "../decisions.ts";
import { type DecisionText, explainDecision, type SourceOf, sourcesOf } from "./decision.ts";
import type { Moment } from "./moment.ts";

/** A decision, or a run of the same one, with its explanation. */
export interface ExplainedDecision extends DecisionText {
  /** Of the first one, seconds since the start. */
  readonly timeSeconds: number;
  readonly clock: string;
  /** Of the last one. */
  readonly untilSeconds: number;
  readonly untilClock: string;
  readonly repeats: number;
  readonly timer: string;
  readonly specReplicas: number;
  readonly desiredReplicas: number;
  readonly readyReplicas: number;
  readonly reason: string;
}

/** A pod on its way in or out at a moment. */
export interface PodAtMoment {
  readonly name: string;
  readonly stage: PodStage;
  readonly stageSinceSeconds: number;
  readonly createdSeconds: number;
}

/** Replicas of a deployment at a moment. */
export interface DeploymentAtMoment {
  readonly desired: number;
  readonly existing: number;
  readonly ready: number;
  /** What the load needed just then; the policy could not know it. */
  readonly required: number;
  readonly pods: readonly PodAtMoment[];
  /** What each timer said in the moment or, failing that, last before it. */
  readonly decisions: readonly ExplainedDecision[];
}

/** Why one deployment had the replicas it had. */
export interface Explanation {
  readonly policy: string;
  readonly deployment: string;
  /** Kind of the controller; null: nothing scales it. */
  readonly kind: string | null;
  readonly replicasAtStart: number;
  /** PromQL behind the names that the explanations use. */
  readonly queries: readonly { readonly metric: string; readonly query: string }[];
  /** Every change of what is asked for, and every time a controller was blind, in order. */
  readonly story: readonly ExplainedDecision[];
  /** Only when a moment was asked for. */
  readonly moment?: Moment & { readonly clock: string } & DeploymentAtMoment;
}

/** Explains a run, deployment by deployment: its whole story, and one moment of it when asked. */
export function explainRun(
  run: RunResult,
  options: { readonly moment?: Moment; readonly deployment?: string } = {},
): readonly Explanation[] {
  const { deployment: wanted, moment } = options;
  const sourceOf = sourcesOf(run);
  return run.deployments
    .filter(({ name }) => wanted === undefined || name === wanted)
    .map((deployment) => {
      const decisions = run.decisions.filter((decision) => decision.deployment === deployment.name);
      const folds = foldDecisions(decisions);
      const controller = run.controllers.find((each) => each.deployment === deployment.name);
      return {
        policy: run.policy,
        deployment: deployment.name,
        kind: controller?.kind ?? null,
        replicasAtStart: decisions[0]?.specReplicas ?? at(deployment.desired, 0),
        queries: (controller?.metrics ?? []).flatMap((request) =>
          request.kind === "promql" ? [{ metric: request.name, query: request.query.replace(/\s+/g, " ").trim() }] : [],
        ),
        story: folds.filter((fold) => fold.change !== 0 || isBlind(fold)).map((fold) => explained(fold, run, sourceOf)),
        ...(moment === undefined ? {} : { moment: atMoment(run, deployment, decisions, moment) }),
      };
    });
}

/** A controller that says it failed: it holds whatever happens. */
export function isBlind({ reason }: Pick<DecisionFold, "reason">): boolean {
  return /^Failed|Error$/.test(reason);
}

function explained(fold: DecisionFold, { scenario }: Pick<RunResult, "scenario">, sourceOf: SourceOf): ExplainedDecision {
  const { timeSeconds, untilSeconds, repeats, timer, specReplicas, desiredReplicas, readyReplicas, reason } = fold;
  return {
    timeSeconds,
    clock: formatClock(timeSeconds, scenario),
    untilSeconds,
    untilClock: formatClock(untilSeconds, scenario),
    repeats,
    timer,
    specReplicas,
    desiredReplicas,
    readyReplicas,
    reason,
    ...explainDecision(fold, sourceOf),
  };
}

function atMoment(
  run: RunResult,
  { name, desired, existing, ready, required }: DeploymentResult,
  decisions: readonly DecisionRecord[],
  moment: Moment,
): NonNullable<Explanation["moment"]> {
  const { fromSeconds } = moment;
  const sourceOf = sourcesOf(run);
  return {
    ...moment,
    clock: formatClock(fromSeconds, run.scenario),
    desired: at(desired, fromSeconds),
    existing: at(existing, fromSeconds),
    ready: at(ready, fromSeconds),
    required: at(required, fromSeconds),
    pods: run.pods.filter((pod) => pod.deployment === name).flatMap((pod) => podAt(pod, fromSeconds)),
    decisions: decisionsAt(decisions, moment).map((fold) => explained(fold, run, sourceOf)),
  };
}

/** For each timer what it said within the moment, repeats in one; when it did not fire then, its last word before. */
function decisionsAt(decisions: readonly DecisionRecord[], { fromSeconds, untilSeconds }: Moment): readonly DecisionFold[] {
  const timers = [...new Set(decisions.map(({ timer }) => timer))];
  const found = timers.flatMap((timer) => {
    const own = decisions.filter((decision) => decision.timer === timer);
    const within = own.filter(({ timeSeconds }) => timeSeconds >= fromSeconds && timeSeconds < untilSeconds);
    const before = own.findLast(({ timeSeconds }) => timeSeconds <= fromSeconds);
    return foldDecisions(within.length > 0 ? within : before === undefined ? [] : [before]);
  });
  return found.sort((a, b) => a.timeSeconds - b.timeSeconds);
}

function podAt({ name, stages }: RunResult["pods"][number], seconds: number): readonly PodAtMoment[] {
  const stage = stages.findLast(([since]) => since <= seconds);
  const [created] = stages;
  if (stage === undefined || created === undefined || stage[1] === "Ready" || stage[1] === "Gone") return [];
  return [{ name, stage: stage[1], stageSinceSeconds: stage[0], createdSeconds: created[0] }];
}

function at(series: StepSeries, seconds: number): number {
  return series.findLast(([since]) => since <= seconds)?.[1] ?? 0;
}
