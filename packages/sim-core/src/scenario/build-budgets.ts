import type { KarpenterConfig } from "../cluster/config.ts";
import { type CronSchedule, parseCron } from "../domain/cron.ts";
import { nextFiring } from "../domain/cron-next.ts";
import { UTC_ZONE } from "../domain/zone.ts";
import type { IssuePath } from "../errors.ts";
import type { Findings } from "./build-issues.ts";
import type { ScheduleClock } from "./build-schedules.ts";
import type { KarpenterSpec } from "./spec-node-pools.ts";

type Budgets = KarpenterConfig["budgets"];

/**
 * Disruption budgets, those with a schedule as windows of the run.
 * @see karpenter.sh/v1 NodePool: one of 10 % where none is given; cron without time zone, in UTC
 */
export function buildBudgets(spec: KarpenterSpec["budgets"], path: IssuePath, clock: ScheduleClock, findings: Findings): Budgets {
  return (spec ?? [{ nodes: "10%" }]).map(({ nodes, reasons, schedule, duration }, index) => {
    if ((schedule === undefined) !== (duration === undefined)) findings.error("schedule_without_duration", [...path, index]);
    const hits = schedule === undefined ? undefined : parseCron(schedule, UTC_ZONE, () => undefined, true);
    if (hits?.ok === false) findings.error("invalid_cron", [...path, index, "schedule"], { actual: schedule ?? "", error: hits.error });
    return {
      ...(String(nodes).endsWith("%") ? { share: Number(String(nodes).slice(0, -1)) / 100 } : { nodes: Number(nodes) }),
      ...(reasons === undefined ? {} : { reasons }),
      ...(hits?.ok === true ? { windows: windowsAfter(hits.schedule, duration ?? 0, clock) } : {}),
    };
  });
}

/**
 * From each hit on for the duration; hits within a window prolong it. One that began before the run counts for its rest.
 * @see karpenter Budget.IsActive: a hit exactly the duration ago is over
 */
function windowsAfter(
  schedule: CronSchedule,
  durationSeconds: number,
  { startEpochSeconds, durationSeconds: runSeconds }: ScheduleClock,
): readonly (readonly [number, number])[] {
  const windows: [number, number][] = [];
  let hit = nextFiring(schedule, UTC_ZONE, startEpochSeconds - durationSeconds);
  // A schedule that never hits again gives a time before everything.
  for (let before = Number.NEGATIVE_INFINITY; hit > before && hit < startEpochSeconds + runSeconds; ) {
    const from = Math.max(0, hit - startEpochSeconds);
    const to = hit - startEpochSeconds + durationSeconds;
    const last = windows.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else if (to > 0) windows.push([from, to]);
    before = hit;
    hit = nextFiring(schedule, UTC_ZONE, hit);
  }
  return windows;
}
