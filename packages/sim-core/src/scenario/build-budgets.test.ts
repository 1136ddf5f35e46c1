import { describe, expect, it } from "vitest";
import { buildBudgets } from "./build-budgets.ts";
import { Findings } from "./build-issues.ts";
import type { KarpenterSpec } from "./spec-node-pools.ts";

const HOUR = 3600;
const DAY = 86_400;
/** Monday, 2026-03-02, 00:00 UTC. */
const START = 1_772_409_600;

function build(budgets: KarpenterSpec["budgets"], startEpochSeconds = START, days = 7) {
  const findings = new Findings();
  const clock = { startEpochSeconds, durationSeconds: days * DAY, zone: () => undefined };
  return { budgets: buildBudgets(budgets, ["budgets"], clock, findings), issues: findings.issues };
}

const windows = (schedule: string, duration: number, startEpochSeconds?: number, days?: number) =>
  build([{ nodes: 0, schedule, duration }], startEpochSeconds, days).budgets[0]?.windows;

describe("a budget with a schedule", () => {
  it.each([
    { schedule: "0 9 * * mon", duration: 8 * HOUR, is: [[9 * HOUR, 17 * HOUR]], because: "Monday is the first day of the run" },
    {
      schedule: "@daily",
      duration: HOUR,
      days: 2,
      is: [
        [0, HOUR],
        [DAY, DAY + HOUR],
      ],
      because: "a descriptor stands for midnight",
    },
    { schedule: "0 22 * * *", duration: 4 * HOUR, days: 0.5, is: [[0, 2 * HOUR]], because: "it began on the evening before" },
    { schedule: "0 20 * * *", duration: 4 * HOUR, days: 0.5, is: [], because: "a hit exactly the duration ago is over" },
    { schedule: "*/30 8 * * mon", duration: HOUR, is: [[8 * HOUR, 9.5 * HOUR]], because: "a hit within a window prolongs it" },
    { schedule: "0 0 30 2 *", duration: HOUR, is: [], because: "there is no 30th of February" },
  ])("$schedule is in force in $is: $because", ({ schedule, duration, days, is }) => {
    expect(windows(schedule, duration, START, days)).toEqual(is);
  });

  it.each([
    [{ nodes: 1, schedule: "@daily" }, "schedule_without_duration budgets.0"],
    [{ nodes: 1, duration: HOUR }, "schedule_without_duration budgets.0"],
    [{ nodes: 1, schedule: "0 25 * * *", duration: HOUR }, "invalid_cron budgets.0.schedule"],
    [{ nodes: 1, schedule: "@every 1h", duration: HOUR }, "invalid_cron budgets.0.schedule"],
  ])("refuses %j", (budget, issue) => {
    expect(build([budget]).issues.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([issue]);
  });

  it("is one of 10 % where none is given", () => {
    expect(build(undefined).budgets).toEqual([{ share: 0.1 }]);
  });
});
