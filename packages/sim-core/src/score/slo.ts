import { fateIndex, type RequestFate } from "../domain/request.ts";
import type { Recorder } from "../record/recorder.ts";
import type { SloConfig } from "./config.ts";
import type { ObjectiveResult, SloResult } from "./result.ts";

/** Whether a share keeps its target; the smallest number of requests decides, not the last bit of a division. */
const keeps = (good: number, counted: number, target: number): boolean => good >= counted * target - 1e-9 * counted;

/** Judges the objectives on what was counted during the run. @param durationSeconds length of the run */
export function scoreSlo(slo: SloConfig, recorder: Recorder, durationSeconds: number): SloResult {
  const objectives = slo.objectives.map((objective, i): ObjectiveResult => {
    const counted = recorder.counted[i] as number;
    const good = recorder.good[i] as number;
    return { ...objective, counted, good, attainment: counted === 0 ? null : good / counted, met: keeps(good, counted, objective.target) };
  });
  const { countedRequests: counted, goodRequests: good } = recorder;
  const { minutesWithArrivals, violationMinutes } = judgeMinutes(slo, recorder);
  const budgets = objectives.filter(({ counted: n }) => n > 0).map(budgetUsed);
  return {
    objectives,
    attainment: counted === 0 ? null : good / counted,
    counted,
    violations: counted - good,
    violationMinutes,
    minutesWithArrivals,
    errorBudgetUsed: budgets.length === 0 ? null : Math.max(...budgets),
    goodputRequestsPerSecond: good / durationSeconds,
    met: objectives.every(({ met }) => met) && isAvailable(slo, recorder),
  };
}

/** Misses ÷ allowed misses. A target of 1 allows none: then any miss overspends, by its own number. */
function budgetUsed({ counted, good, target }: ObjectiveResult): number {
  const allowed = counted * (1 - target);
  return allowed > 0 ? (counted - good) / allowed : counted - good;
}

/** A minute is violated when one objective's attainment among its arrivals lies below target. */
function judgeMinutes(
  { objectives }: SloConfig,
  recorder: Recorder,
): { readonly minutesWithArrivals: number; readonly violationMinutes: number } {
  let minutesWithArrivals = 0;
  let violationMinutes = 0;
  for (let minute = 0; minute < recorder.minutes; minute++) {
    if (recorder.deployments.every(({ arrivals }) => arrivals[minute] === 0)) continue;
    minutesWithArrivals++;
    const isViolated = objectives.some(({ target }, i) => {
      const cell = i * recorder.minutes + minute;
      return !keeps(recorder.goodByMinute[cell] as number, recorder.countedByMinute[cell] as number, target);
    });
    if (isViolated) violationMinutes++;
  }
  return { minutesWithArrivals, violationMinutes };
}

function isAvailable({ availability }: SloConfig, recorder: Recorder): boolean {
  if (availability === undefined) return true;
  const fate = (name: RequestFate): number => recorder.requests[fateIndex(name)] as number;
  const lost = fate("rejected") + fate("timedOut") + fate("cutOff");
  const completed = fate("completed");
  return keeps(completed, completed + lost, availability);
}
