import type { ScheduledNodes } from "../cluster/config.ts";
import { localTime, type ZoneTransitions } from "../domain/zone.ts";
import type { IssuePath } from "../errors.ts";
import type { Findings } from "./build-issues.ts";
import type { ScheduleSpec } from "./spec-node-pools.ts";

/** What turns days and hours into seconds of the run. */
export interface ScheduleClock {
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
  readonly zone: (timeZone: string) => ZoneTransitions | undefined;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Windows of machines on a schedule, as 5-Spot reads them: the day and the hour of the local time must both be in their sets. */
export function buildSchedules(
  specs: readonly ScheduleSpec[],
  path: IssuePath,
  clock: ScheduleClock,
  findings: Findings,
): readonly ScheduledNodes[] {
  return specs.flatMap((spec, index): ScheduledNodes[] => {
    const { nodes = 1, timezone = "UTC", enabled = true } = spec;
    const days = positionsOf(spec.daysOfWeek, DAYS, [...path, index, "daysOfWeek"], "mon-fri", findings);
    const hours = positionsOf(spec.hoursOfDay, HOURS, [...path, index, "hoursOfDay"], "9-17", findings);
    const zone = clock.zone(timezone);
    if (zone === undefined) findings.error("unknown_time_zone", [...path, index, "timezone"], { actual: timezone });
    if (zone === undefined || !enabled) return [];
    return [
      {
        nodes,
        windows: windowsOf(days, hours, zone, clock),
        ...(spec.gracefulShutdownTimeout === undefined ? {} : { graceSeconds: spec.gracefulShutdownTimeout }),
        ...(spec.nodeDrainTimeout === undefined ? {} : { drainTimeoutSeconds: spec.nodeDrainTimeout }),
      },
    ];
  });
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));

/** "mon-wed,fri-sun" → positions; a range may wrap around the end of the list, and both its ends belong to it. */
function positionsOf(
  texts: readonly string[],
  names: readonly string[],
  path: IssuePath,
  example: string,
  findings: Findings,
): ReadonlySet<number> {
  const found = new Set<number>();
  texts.forEach((text, index) => {
    for (const part of text.toLowerCase().split(",")) {
      const [first = "", last = first, ...more] = part.trim().split("-");
      const from = names.indexOf(first.trim());
      const to = names.indexOf(last.trim());
      if (from < 0 || to < 0 || more.length > 0) {
        findings.error("invalid_schedule", [...path, index], { actual: text, example });
        return;
      }
      for (let position = from; ; position = (position + 1) % names.length) {
        found.add(position);
        if (position === to) break;
      }
    }
  });
  return found;
}

function windowsOf(
  days: ReadonlySet<number>,
  hours: ReadonlySet<number>,
  zone: ZoneTransitions,
  { startEpochSeconds, durationSeconds }: ScheduleClock,
): readonly (readonly [number, number])[] {
  const windows: [number, number][] = [];
  for (let seconds = 0; seconds < durationSeconds; ) {
    const { weekday, hour, minute, second } = localTime(zone, startEpochSeconds + seconds);
    const next = seconds + 3600 - minute * 60 - second;
    // Sunday comes last, as in 5-Spot
    if (days.has((weekday + 6) % 7) && hours.has(hour)) {
      const last = windows.at(-1);
      if (last?.[1] === seconds) last[1] = next;
      else windows.push([seconds, next]);
    }
    seconds = next;
  }
  return windows;
}
