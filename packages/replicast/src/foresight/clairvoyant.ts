import { type TimetableStep, timetable } from "@replicast/policies";
import { type CapacityTable, type ForesightRun, type Observer, type Plan, type RunResult, simulate } from "@replicast/sim-core";
import { cheapestSchedule } from "@replicast/sim-core/score";
import type { LoadedScenario } from "../load.ts";
import { createMetricSource } from "../metric-source.ts";
import type { Demand } from "./demand.ts";
import { departures, startsOf } from "./departures.ts";
import { type Fleet, fleetOf } from "./fleet-problem.ts";
import { amountOf } from "./money.ts";

/** What the search for a schedule needs. */
export interface ClairvoyantSetting {
  readonly scenario: Pick<LoadedScenario, "openTrace">;
  /** The scenario's own, or one with instant starts. */
  readonly plan: Plan;
  readonly table: CapacityTable;
  readonly demand: Demand;
  readonly slotSeconds: number;
  /** Most schedules that are run. */
  readonly trials: number;
  /** See the facts of every trial. */
  readonly observers: readonly Observer[];
  readonly maxEvents: number | undefined;
  /** Told before each trial. */
  readonly onTrial: (trial: number) => void;
}

interface Schedule {
  readonly deployment: string;
  readonly steps: readonly TimetableStep[];
  readonly shortSeconds: number;
}

interface Trial {
  readonly loadFactor: number;
  readonly schedules: readonly Schedule[];
  readonly result: RunResult;
}

/** First steps away from the load as it is, either way. */
const STEP = 1.2;
/** Factors that differ by less are one. */
const CLOSE_RATIO = 1.02;
const FACTOR_MIN = 0.1;
const FACTOR_MAX = 4;

/**
 * The cheapest schedule found that meets the SLO when the whole simulator runs it. Each is the best there is for the known load times a
 * factor; the factor is searched for, as what a replica carries is known to a few per cent only, and as an SLO over a whole run
 * allows misses to be where they save most. Where none meets it, the one that comes closest.
 */
export function clairvoyant(setting: ClairvoyantSetting): ForesightRun {
  const { plan } = setting;
  const fleets = plan.deployments.map(({ name }) => fleetOf(plan.cluster, name, setting.slotSeconds));
  const starts = plan.deployments.map((): (number | undefined)[] => []);
  const trials: Trial[] = [];
  const known = new Map<string, Trial>();
  searchFactor(setting.trials, (loadFactor) => {
    const schedules = plan.deployments.map((_, i) => scheduleOf(setting, i, fleets[i] as Fleet, loadFactor, starts[i] ?? []));
    const key = JSON.stringify(schedules);
    const same = known.get(key);
    if (same !== undefined) return { isMet: same.result.slo.met, isNew: false };
    setting.onTrial(trials.length);
    const result = runSchedules(setting, schedules);
    learnStarts(plan, result, starts);
    const trial = { loadFactor, schedules, result };
    trials.push(trial);
    known.set(key, trial);
    return { isMet: result.slo.met, isNew: true };
  });
  const { loadFactor, schedules, result } = best(trials);
  const { attainment, met } = result.slo;
  return { ...amountOf(result), attainment, sloMet: met, loadFactor, trials: trials.length, schedules };
}

/**
 * Tries factors until one that meets the SLO and one that does not are close together, or the trials are used up. What is not new
 * costs no trial.
 */
export function searchFactor(trialsMax: number, judge: (factor: number) => { readonly isMet: boolean; readonly isNew: boolean }): void {
  let met = Number.POSITIVE_INFINITY;
  let missed = 0;
  let left = trialsMax;
  let factor = 1;
  let step = STEP;
  // Schedules that repeat cost nothing, but must not go on for ever.
  for (let round = 0; round < 4 * trialsMax && left > 0; round++) {
    const { isMet, isNew } = judge(factor);
    if (isNew) left--;
    if (isMet) met = Math.min(met, factor);
    else missed = Math.max(missed, factor);
    if (met < Number.POSITIVE_INFINITY && missed > 0) {
      // A trial may fare better than one for more load: the two ends then have crossed, and there is nothing between.
      if (met / missed < CLOSE_RATIO) return;
      factor = Math.sqrt(met * missed);
    } else {
      factor = isMet ? factor / step : factor * step;
      step *= STEP;
      if (factor < FACTOR_MIN || factor > FACTOR_MAX) return;
    }
  }
}

function scheduleOf(
  { plan, demand, slotSeconds }: ClairvoyantSetting,
  deployment: number,
  fleet: Fleet,
  loadFactor: number,
  starts: readonly (number | undefined)[],
): Schedule {
  const { replicasPerUnit, unitsPaid, replicasMax, coldStartSeconds, problem } = fleet;
  const wanted = demand.replicas(deployment, loadFactor, slotSeconds);
  const paid = Math.min(unitsPaid, problem.maximum);
  const units = cheapestSchedule({
    ...problem,
    demand: wanted.map((replicas, slot) => Math.max(Math.ceil(replicas / replicasPerUnit), slot < problem.startSlots ? 0 : paid)),
  });
  const initial = plan.cluster.deployments[deployment]?.replicas ?? 0;
  const most = Math.max(initial, replicasMax);
  const replicas = units.units.map((count) => Math.min(most, count * replicasPerUnit));
  const steps = departures({ replicas, slotSeconds }, initial, (ordinal) => starts[ordinal] ?? coldStartSeconds);
  return { deployment: plan.deployments[deployment]?.name ?? "", steps, shortSeconds: units.shortSlots * slotSeconds };
}

function runSchedules({ scenario, plan, table, observers, maxEvents }: ClairvoyantSetting, schedules: readonly Schedule[]): RunResult {
  return simulate(plan, {
    policy: "clairvoyant",
    controllers: schedules.map(({ deployment, steps }) => ({ deployment, policy: timetable, config: { steps } })),
    metricSource: createMetricSource(plan),
    openTrace: scenario.openTrace,
    capacity: table,
    observers,
    ...(maxEvents === undefined ? {} : { limits: { maxEvents } }),
  });
}

/** Durations of starts follow from the seed, not from the policy: what the n-th took will be what the n-th takes. */
function learnStarts(plan: Plan, result: RunResult, starts: readonly (number | undefined)[][]): void {
  plan.deployments.forEach(({ name }, i) => {
    startsOf(result, name).forEach((seconds, ordinal) => {
      const known = starts[i];
      if (known !== undefined && seconds !== undefined) known[ordinal] = seconds;
    });
  });
}

/** The cheapest that meets the SLO, else the one that comes closest. */
function best(trials: readonly Trial[]): Trial {
  const [first, ...rest] = trials;
  if (first === undefined) throw new TypeError("a search needs a trial");
  return rest.reduce((found, trial) => (isBetter(trial.result, found.result) ? trial : found), first);
}

function isBetter(a: RunResult, b: RunResult): boolean {
  if (a.slo.met !== b.slo.met) return a.slo.met;
  if (a.slo.met) return a.cost.monthlyUsd < b.cost.monthlyUsd;
  return (a.slo.attainment ?? 0) > (b.slo.attainment ?? 0);
}
