import { expect, it } from "vitest";
import { Findings } from "./build-issues.ts";
import { buildSchedules } from "./build-schedules.ts";
import type { ScheduleSpec } from "./spec-node-pools.ts";

const DAY = 86_400;
const HOUR = 3600;
/** Monday, 2026-03-02, 00:00 UTC. */
const START = 1_772_409_600;

function windows(spec: Partial<ScheduleSpec>, startEpochSeconds = START, days = 7): readonly (readonly [number, number])[] | undefined {
  const findings = new Findings();
  const clock = {
    startEpochSeconds,
    durationSeconds: days * DAY,
    zone: (timeZone: string) =>
      timeZone === "Nowhere" ? undefined : { timeZone, fromEpochSeconds: [0], offsetSeconds: [timeZone === "Asia/Kolkata" ? 19_800 : 0] },
  };
  const schedules = buildSchedules([{ daysOfWeek: ["mon-sun"], hoursOfDay: ["0-23"], ...spec }], ["scheduled"], clock, findings);
  if (findings.issues.length > 0) throw new Error(findings.issues.map(({ code, path }) => `${code} ${path.join(".")}`).join());
  return schedules[0]?.windows;
}

it("runs its last hour to the end: 9-17 is 9:00 to 18:00", () => {
  expect(windows({ hoursOfDay: ["9-17"] }, START, 1)).toEqual([[9 * HOUR, 18 * HOUR]]);
});

it("takes every listed day, with ranges that wrap around the week", () => {
  const startsOf = (daysOfWeek: readonly string[]) => windows({ daysOfWeek, hoursOfDay: ["9"] })?.map(([from]) => Math.floor(from / DAY));
  expect(startsOf(["mon-fri"])).toEqual([0, 1, 2, 3, 4]);
  expect(startsOf(["mon-wed,sat"])).toEqual([0, 1, 2, 5]);
  expect(startsOf(["fri-mon"])).toEqual([0, 4, 5, 6]);
});

it("cuts a night that wraps around midnight at the day's own ends", () => {
  // Friday alone: its first hours and its last two, not those of Saturday.
  expect(windows({ daysOfWeek: ["fri"], hoursOfDay: ["22-6"] })).toEqual([
    [4 * DAY, 4 * DAY + 7 * HOUR],
    [4 * DAY + 22 * HOUR, 5 * DAY],
  ]);
});

it("reads the local clock, also where zones are half an hour off", () => {
  expect(windows({ hoursOfDay: ["9-17"], timezone: "Asia/Kolkata" }, START, 1)).toEqual([[3.5 * HOUR, 12.5 * HOUR]]);
});

it("is nothing when it is switched off", () => {
  expect(windows({ enabled: false })).toBeUndefined();
});

it.each([
  [{ daysOfWeek: ["monday"] }, "invalid_schedule scheduled.0.daysOfWeek.0"],
  [{ hoursOfDay: ["9-24"] }, "invalid_schedule scheduled.0.hoursOfDay.0"],
  [{ hoursOfDay: ["1-2-3"] }, "invalid_schedule scheduled.0.hoursOfDay.0"],
  [{ timezone: "Nowhere" }, "unknown_time_zone scheduled.0.timezone"],
])("refuses %j", (spec, issue) => {
  expect(() => windows(spec)).toThrow(issue);
});
