import {
  type CapacityTable,
  type ForesightResult,
  type ForesightRun,
  HOURS_PER_MONTH,
  InputError,
  type LowerBound,
  type MonthlyBound,
  type Plan,
  type PlanPolicy,
  type PolicyRegret,
  type RunResult,
  type SloConfig,
  simulate,
} from "@replicast/sim-core";
import type { LoadedScenario } from "../load.ts";
import { createMetricSource } from "../metric-source.ts";
import { findPolicy, scenarioUnder } from "../run.ts";
import type { Arrivals } from "./arrivals.ts";
import { lowerBoundOf } from "./bound.ts";
import { type ClairvoyantSetting, clairvoyant } from "./clairvoyant.ts";
import { Demand } from "./demand.ts";
import { withInstantStarts } from "./instant-starts.ts";
import { type Freed, ladder } from "./ladder.ts";
import { amountOf, difference, microUsd } from "./money.ts";
import { isTrafficKnown, mayShare } from "./shared-prompts.ts";

/** How much of the distance to perfect foresight is told: bounds and totals, or cause by cause. */
export type ForesightDepth = "bounds" | "regret";

/** What {@link foresightOf} may be told. */
export interface ForesightOptions {
  readonly depth: ForesightDepth;
  /** Length of a slot of the schedule, seconds > 0; default 60. */
  readonly slotSeconds?: number;
  /** Most schedules that are run for the clairvoyant, and again as many with instant starts; default 8. */
  readonly trials?: number;
}

/** A run that is needed for the comparison with perfect foresight. */
export interface ForesightWork {
  readonly scenario: LoadedScenario;
  readonly table: CapacityTable;
  /** κ(n) under a policy, which may route in its own way. */
  readonly tableUnder: (policy: PlanPolicy) => CapacityTable;
  readonly runs: readonly RunResult[];
  readonly demand: Demand;
  readonly observers: ClairvoyantSetting["observers"];
  readonly maxEvents: number | undefined;
  /** Told what is run next. */
  readonly onRun: (name: string) => void;
}

const SLOT_SECONDS = 60;
const TRIALS = 8;

/**
 * The distance of finished runs to perfect foresight.
 * @throws InputError `foresight_without_slo`, `foresight_out_of_range`
 */
export function foresightOf(work: ForesightWork, options: ForesightOptions): ForesightResult {
  checkOptions(work.scenario, options);
  const { scenario, runs, demand } = work;
  const { plan } = scenario;
  const bound = lowerBoundOf(scenario, demand);
  const setting = settingOf(work, options);
  let isFirst = true;
  const known = clairvoyant({
    ...setting,
    observers: [...work.observers, (fact) => void (isFirst && bound.observe(fact))],
    onTrial: (trial) => {
      isFirst = trial === 0;
      work.onRun(`clairvoyant, schedule ${trial + 1}`);
    },
  });
  const instant = clairvoyant({
    ...setting,
    plan: withInstantStarts(plan),
    onTrial: (trial) => work.onRun(`instant starts, schedule ${trial + 1}`),
  });
  const lowerBound = monthlyBound(bound.bound(), plan);
  return {
    lowerBound,
    clairvoyant: known,
    instant,
    unavoidable: {
      monthlyMicroUsd: known.monthlyMicroUsd - lowerBound.monthlyMicroUsd,
      coldStartMicroUsd: known.monthlyMicroUsd - instant.monthlyMicroUsd,
      integralityMicroUsd: instant.monthlyMicroUsd - lowerBound.monthlyMicroUsd,
    },
    policies: runs.map((run) => regretOf(work, run, known, options.depth)),
    notes: notesOf(work, known, instant),
  };
}

/**
 * The lower bound from the arrivals of any one run: it needs no other.
 * @returns undefined where no SLO says how good is good enough, or where what arrives depends on the policy
 */
export function comparedBound(scenario: Pick<LoadedScenario, "plan" | "openTrace">, arrivals: Arrivals): MonthlyBound | undefined {
  const { plan } = scenario;
  if (!hasBound(plan)) return undefined;
  const demand = new Demand(plan, []);
  arrivals.tell(demand.observe);
  const bound = lowerBoundOf(scenario, demand);
  arrivals.tell(bound.observe);
  return monthlyBound(bound.bound(), plan);
}

/** Whether {@link comparedBound} has an answer. */
export function hasBound(plan: Plan): boolean {
  return !isEmptyEnough(plan.slo) && isTrafficKnown(plan);
}

/** @throws InputError when an option is out of range, or no SLO says how good is good enough */
export function checkOptions(
  { plan }: Pick<LoadedScenario, "plan">,
  { slotSeconds = SLOT_SECONDS, trials = TRIALS }: ForesightOptions,
): void {
  const issues = [
    ...(isEmptyEnough(plan.slo) ? [{ code: "foresight_without_slo", path: ["slo"], data: {} }] : []),
    ...(slotSeconds > 0 && Number.isFinite(slotSeconds) ? [] : [outOfRange("slotSeconds", slotSeconds)]),
    ...(Number.isSafeInteger(trials) && trials > 0 ? [] : [outOfRange("trials", trials)]),
  ];
  if (issues.length > 0) throw new InputError(issues);
}

/** A service without any replica meets it: it has no gaps between tokens. */
function isEmptyEnough({ objectives, availability }: SloConfig): boolean {
  return availability === undefined && objectives.every(({ metric }) => metric === "itl");
}

const outOfRange = (option: string, actual: number) => ({
  code: "foresight_out_of_range",
  path: [],
  data: { option, actual: String(actual) },
});

function settingOf(
  work: ForesightWork,
  { slotSeconds = SLOT_SECONDS, trials = TRIALS }: ForesightOptions,
): Omit<ClairvoyantSetting, "onTrial"> {
  const { scenario, table, demand, observers, maxEvents } = work;
  return { scenario, plan: scenario.plan, table, demand, slotSeconds, trials, observers, maxEvents };
}

function monthlyBound(bound: LowerBound, { durationSeconds }: Pick<Plan, "durationSeconds">): MonthlyBound {
  return { ...bound, monthlyMicroUsd: microUsd((bound.runUsd * HOURS_PER_MONTH * 3600) / durationSeconds) };
}

function regretOf(work: ForesightWork, run: RunResult, known: ForesightRun, depth: ForesightDepth): PolicyRegret {
  const { observers, maxEvents } = work;
  const policy = findPolicy(work.scenario.plan, run.policy);
  const scenario = scenarioUnder(work.scenario, policy);
  const total = { policy: run.policy, ...difference(amountOf(run), known) };
  if (depth === "bounds") return { ...total, rungs: null };
  const rerun = ({ plan, controllers }: Freed, hindrance: string): RunResult => {
    work.onRun(`${run.policy} without ${hindrance}`);
    return simulate(plan, {
      policy: run.policy,
      controllers,
      metricSource: createMetricSource(plan),
      openTrace: scenario.openTrace,
      capacity: work.tableUnder(policy),
      observers,
      ...(maxEvents === undefined ? {} : { limits: { maxEvents } }),
    });
  };
  return { ...total, rungs: ladder({ plan: scenario.plan, controllers: scenario.bind(run.policy) }, run, known, rerun) };
}

function notesOf({ scenario, table }: ForesightWork, known: ForesightRun, instant: ForesightRun): readonly string[] {
  const { plan } = scenario;
  const shared = plan.deployments.filter((deployment) => mayShare(scenario, deployment)).map(({ name }) => name);
  const unpriced = plan.deployments
    .filter(({ serving }) => !["linear", "roofline", "curve"].includes(serving.latency.kind))
    .map(({ name }) => name);
  return [
    ...(isTrafficKnown(plan)
      ? []
      : [
          "Some requests follow the answers to others, so what arrives depends on the policy: the bounds are those of the traffic as the clairvoyant's own runs saw it.",
        ]),
    ...(shared.length === 0
      ? []
      : [`The lower bound takes every prompt to ${shared.join(", ")} as found in a cache: some are, and which is not known beforehand.`]),
    ...(unpriced.length === 0
      ? []
      : [`Requests to ${unpriced.join(", ")} count for nothing in the lower bound: its latency model has no price per token.`]),
    ...(plan.policies.every(({ models }) => models === undefined)
      ? []
      : ["The clairvoyant routes as the scenario does, whatever way of their own policies have."]),
    ...(plan.faults.length === 0 ? [] : ["The clairvoyant knows the traffic and how long starts take, but none of the faults."]),
    ...(known.sloMet
      ? []
      : [
          "No schedule that was tried meets the SLO: the clairvoyant is the one that came closest, and a policy that fails more may be cheaper.",
        ]),
    ...(instant.sloMet || !known.sloMet ? [] : ["With instant starts no schedule that was tried meets the SLO."]),
    ...(table.some(({ points }) => points.every(({ requestsPerSecond }) => requestsPerSecond === 0))
      ? ["An idle replica already misses the SLO, so that no load says how many replicas are needed."]
      : []),
  ];
}
