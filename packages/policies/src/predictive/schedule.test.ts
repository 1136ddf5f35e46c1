import type { PolicyContext, ZoneTransitions } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entryMessages } from "../parse-messages.ts";
import { configOf, drive, runFluid, testContext } from "../testing.ts";
import { calendarAt, instantOf } from "./calendar.ts";
import { parseDate, parseDays, parseTimeOfDay, weekdayOf } from "./days.ts";
import { schedule } from "./schedule.ts";

/** New York in 2026: EST, EDT from 8 March 07:00 UTC, EST again from 1 November 06:00 UTC. @see IANA tz database */
const NEW_YORK: ZoneTransitions = {
  timeZone: "America/New_York",
  fromEpochSeconds: [1_762_063_200, 1_772_953_200, 1_793_512_800],
  offsetSeconds: [-18_000, -14_400, -18_000],
};

function at(utc: string): number {
  return Date.parse(`${utc}:00Z`) / 1000;
}

function inNewYork(startUtc: string, changes: Partial<PolicyContext> = {}): PolicyContext {
  return testContext({ startEpochSeconds: at(startUtc), zone: (name) => (name === NEW_YORK.timeZone ? NEW_YORK : undefined), ...changes });
}

const OFFICE = { timeZone: "America/New_York", replicas: 1, windows: [{ days: "mon-fri", from: "08:00", to: "18:00", replicas: 6 }] };

/** What the schedule asks for at instants of UTC. */
function wanted(raw: unknown, instants: readonly string[]): readonly (number | undefined)[] {
  const start = instants[0] as string;
  const config = configOf(schedule, raw, inNewYork(start));
  return drive(
    schedule,
    config,
    instants.map((utc) => ({ atSeconds: at(utc) - at(start) })),
  ).map((step) => step.decision?.desiredReplicas);
}

describe("the schedule", () => {
  it.each([
    { instants: ["2026-03-02T12:59", "2026-03-02T13:00"], wants: [1, 6], because: "08:00 in New York is 13:00 UTC in winter" },
    { instants: ["2026-03-02T22:59", "2026-03-02T23:00"], wants: [6, 1], because: "the end is not part of the window" },
    { instants: ["2026-03-07T15:00", "2026-03-08T15:00"], wants: [1, 1], because: "these are Saturday and Sunday" },
    { instants: ["2026-03-09T11:59", "2026-03-09T12:00"], wants: [1, 6], because: "from 8 March on 08:00 is 12:00 UTC" },
    { instants: ["2026-11-02T12:59", "2026-11-02T13:00"], wants: [1, 6], because: "from 1 November on it is 13:00 UTC again" },
  ])("asks for $wants at $instants: $because", ({ instants, wants }) => {
    expect(wanted(OFFICE, instants)).toEqual(wants);
  });

  it("lets a window run over midnight into a day that has none", () => {
    const night = { ...OFFICE, windows: [{ days: "fri", from: "22:00", to: "06:00", replicas: 4 }] };
    expect(wanted(night, ["2026-03-07T02:59", "2026-03-07T03:00", "2026-03-07T10:59", "2026-03-07T11:00"])).toEqual([1, 4, 4, 1]);
  });

  it("begins a window at the spring change when its time of day does not exist", () => {
    const early = { ...OFFICE, windows: [{ days: "sun", from: "02:30", to: "05:00", replicas: 4 }] };
    expect(wanted(early, ["2026-03-08T06:59", "2026-03-08T07:00", "2026-03-08T08:59", "2026-03-08T09:00"])).toEqual([1, 4, 4, 1]);
  });

  it("does not begin twice when the autumn change repeats an hour", () => {
    const early = { ...OFFICE, windows: [{ days: "sun", from: "01:30", to: "04:00", replicas: 4 }] };
    const instants = ["2026-11-01T05:29", "2026-11-01T05:30", "2026-11-01T06:15", "2026-11-01T08:59", "2026-11-01T09:00"];
    expect(wanted(early, instants)).toEqual([1, 4, 4, 4, 1]);
  });

  it("takes the largest of overlapping windows, and a window below the default as it stands", () => {
    const raw = {
      ...OFFICE,
      replicas: 3,
      windows: [
        { from: "08:00", to: "18:00", replicas: 5 },
        { from: "12:00", to: "13:00", replicas: 8 },
        { from: "20:00", to: "24:00", replicas: 0 },
      ],
    };
    expect(
      wanted(raw, ["2026-03-02T16:59", "2026-03-02T17:00", "2026-03-02T18:00", "2026-03-03T00:00", "2026-03-03T01:00", "2026-03-03T05:00"]),
    ).toEqual([5, 8, 5, 3, 0, 3]);
  });

  it("lets a date have a count of its own or another day's windows", () => {
    const raw = {
      ...OFFICE,
      dates: [
        { date: "2026-03-03", replicas: 2 },
        { date: "2026-03-04", as: "sun" },
        { date: "2026-03-07", as: "Mon" },
      ],
    };
    expect(
      wanted(raw, ["2026-03-03T04:59", "2026-03-03T05:00", "2026-03-03T15:00", "2026-03-04T04:59", "2026-03-04T15:00", "2026-03-07T15:00"]),
    ).toEqual([1, 2, 2, 2, 1, 6]);
  });

  it("lets a date have windows of its own, as on a day on which a market closes early, whatever its weekday", () => {
    const raw = {
      timeZone: "America/New_York",
      replicas: 1,
      windows: [{ days: "mon-fri", from: "09:30", to: "16:00", replicas: 6 }],
      dates: [
        { date: "2026-11-27", windows: [{ from: "09:30", to: "13:00", replicas: 4 }] },
        { date: "2026-11-28", windows: [{ from: "10:00", to: "12:00", replicas: 2 }] },
      ],
    };
    const instants = [
      "2026-11-26T20:59",
      "2026-11-27T14:30",
      "2026-11-27T17:59",
      "2026-11-27T18:00",
      "2026-11-28T15:30",
      "2026-11-28T17:00",
    ];
    expect(wanted(raw, instants)).toEqual([6, 4, 4, 1, 2, 1]);
    const faulty = schedule.parseConfig(
      { ...raw, dates: [{ date: "2026-11-27", as: "sun", windows: [{ from: "9", to: "9:00", replicas: 1 }] }] },
      inNewYork("2026-11-26T00:00"),
    );
    expect(faulty.ok ? [] : faulty.issues.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "one_of dates.0",
      "bad_format dates.0.windows.0.from",
    ]);
  });

  it("asks for an increase a lead ahead and for a decrease on time", () => {
    const led = { ...OFFICE, leadSeconds: 600 };
    expect(wanted(led, ["2026-03-02T12:49", "2026-03-02T12:50", "2026-03-02T22:55", "2026-03-02T23:00"])).toEqual([1, 6, 6, 1]);
  });

  it("can lead by the cold start of its deployment, and says for when it acts", () => {
    const config = configOf(schedule, { ...OFFICE, leadSeconds: "coldStart" }, inNewYork("2026-03-02T12:58"));
    expect(drive(schedule, config, [{ atSeconds: 0 }, { atSeconds: 120 }]).map((step) => step.decision)).toEqual([
      {
        desiredReplicas: 6,
        reason: "AheadOfWindow",
        held: { by: "forecast" },
        evidence: {
          localTime: "mon 2026-03-02 07:58",
          because: "mon-fri 08:00-18:00",
          calendarReplicas: 1,
          dueInSeconds: 120,
          leadSeconds: 120,
        },
      },
      {
        desiredReplicas: 6,
        reason: "InWindow",
        held: { by: "forecast" },
        evidence: { localTime: "mon 2026-03-02 08:00", because: "mon-fri 08:00-18:00", calendarReplicas: 6 },
      },
    ]);
  });

  it("leaves a known morning peak without a backlog when it leads by the cold start, and with one when it does not", () => {
    const world = {
      durationSeconds: 7200,
      stepSeconds: 5,
      arrivalsPerSecond: (timeSeconds: number) => (timeSeconds < 3600 ? 0.5 : 5),
      perReplica: 1,
      readyDelaySeconds: 120,
      replicas: 1,
      metrics: () => ({}),
    };
    const run = (leadSeconds: number | string) =>
      runFluid(schedule, configOf(schedule, { ...OFFICE, leadSeconds }, inNewYork("2026-03-02T12:00")), world);
    expect(run("coldStart").backlogMax).toBe(0);
    expect(run(0).backlogMax).toBeCloseTo(4 * 120, -1);
    expect(run("coldStart").replicaSeconds - run(0).replicaSeconds).toBe(5 * 120);
  });

  it("reports all that is wrong with an entry at once", () => {
    const raw = {
      timeZone: "America/New_Yorck",
      replicas: 1,
      windows: [
        { days: "mon-fry", from: "8", to: "18:00", replicas: 6 },
        { days: ["sat"], from: "08:00", to: "08:00", replicas: 6 },
      ],
      dates: [{ date: "2026-02-29", replicas: 1 }, { date: "2026-03-01" }, { date: "2026-03-01", as: "sunday" }],
    };
    const parsed = schedule.parseConfig(raw, inNewYork("2026-03-02T00:00"));
    expect(parsed.ok ? [] : parsed.issues.map((issue) => [issue.code, issue.path.join(".")])).toEqual([
      ["unknown_time_zone", "timeZone"],
      ["unknown_day", "windows.0.days"],
      ["bad_format", "windows.0.from"],
      ["empty_window", "windows.1"],
      ["bad_format", "dates.0.date"],
      ["one_of", "dates.1"],
      ["duplicate_entry", "dates.2.date"],
      ["unknown_day", "dates.2.as"],
    ]);
    for (const issue of parsed.ok ? [] : parsed.issues) {
      const message = entryMessages[issue.code]?.(issue);
      expect(`${message?.text} ${message?.hint}`, issue.code).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

describe("local time", () => {
  it("names days, times of day and dates as people do", () => {
    expect([
      parseDays("mon-fri"),
      parseDays("Sat, sun"),
      parseDays("fri-mon"),
      parseDays("daily"),
      parseDays("mon-"),
      parseDays(""),
    ]).toEqual([[1, 2, 3, 4, 5], [0, 6], [0, 1, 5, 6], [0, 1, 2, 3, 4, 5, 6], undefined, undefined]);
    expect([
      parseTimeOfDay("00:00"),
      parseTimeOfDay("9:05"),
      parseTimeOfDay("24:00"),
      parseTimeOfDay("24:01"),
      parseTimeOfDay("12:60"),
    ]).toEqual([0, 32_700, 86_400, undefined, undefined]);
    expect([parseDate("1970-01-01"), parseDate("2024-02-29"), parseDate("2026-02-29"), parseDate("2026-13-01")]).toEqual([
      0,
      19_782,
      undefined,
      undefined,
    ]);
  });

  it("agrees with the calendar of the language on every date", () => {
    fc.assert(
      fc.property(fc.integer({ min: -30_000, max: 60_000 }), (day) => {
        const date = new Date(day * 86_400_000);
        fc.pre(date.getUTCFullYear() >= 1900 && date.getUTCFullYear() <= 2100);
        expect(parseDate(date.toISOString().slice(0, 10))).toBe(day);
        expect(weekdayOf(day)).toBe(date.getUTCDay());
      }),
    );
  });

  it("finds instants in the order of local time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20_514, max: 20_880 }), fc.nat(86_340), fc.nat(3600), (day, second, more) => {
        expect(instantOf(NEW_YORK, day, second + more)).toBeGreaterThanOrEqual(instantOf(NEW_YORK, day, second));
      }),
    );
  });

  it("covers a daily window of a whole day without a hole, the changes of the clock included", () => {
    const calendar = {
      replicas: 0,
      windows: [{ days: [0, 1, 2, 3, 4, 5, 6], fromSeconds: 0, toSeconds: 86_400, replicas: 1, text: "" }],
      dates: [],
      zone: NEW_YORK,
    };
    for (let hour = 0; hour < 24 * 365; hour++) expect(calendarAt(calendar, at("2026-01-01T00:00") + hour * 3600).replicas).toBe(1);
  });
});
