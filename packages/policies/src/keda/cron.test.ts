import { type CronSchedule, NEVER_EPOCH_SECONDS, nextFiring, parseCron, UTC_ZONE as UTC, type ZoneData } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { evaluateCron } from "./cron-trigger.ts";

/** Berlin around the change to summer time on 2026-03-29 at 01:00 UTC. */
const BERLIN: ZoneData = { timeZone: "Europe/Berlin", fromEpochSeconds: [1_761_440_400, 1_774_746_000], offsetSeconds: [3600, 7200] };

function schedule(text: string, zone: ZoneData = UTC): CronSchedule {
  const result = parseCron(text, zone, (name) => (name === "Europe/Berlin" ? BERLIN : undefined));
  if (!result.ok) throw new Error(result.error);
  return result.schedule;
}

const at = (iso: string): number => Date.parse(iso) / 1000;
const next = (text: string, from: string, zone: ZoneData = UTC): string => {
  const { zone: own } = schedule(text, zone);
  return new Date(nextFiring(schedule(text, zone), own ?? UTC, at(from)) * 1000).toISOString();
};

describe("parseCron", () => {
  it.each([
    ["0 9 * *", "expected exactly 5 fields"],
    ["0 0 9 * * *", "expected exactly 5 fields"],
    ["@daily", "descriptors"],
    ["0 24 * * *", "above maximum"],
    ["0 9 * * 7", "above maximum"],
    ["0 9 * * MONDAY", "failed to parse int"],
    ["*/0 9 * * *", "positive"],
    ["0 9-8 * * *", "beyond end"],
    ["CRON_TZ=Mars/Olympus 0 9 * * *", "bad location"],
  ])("refuses %j: %s", (text, error) => {
    const result = parseCron(text, UTC, () => undefined);
    expect(result.ok ? "" : result.error).toContain(error);
  });

  it("reads names, lists, ranges and steps", () => {
    expect(schedule("*/20 8-10,18 ? JAN MON-WED")).toMatchObject({
      minutes: [0, 20, 40],
      hours: [8, 9, 10, 18],
      months: [1],
      daysOfWeek: [1, 2, 3],
      anyDayOfMonth: true,
      anyDayOfWeek: false,
    });
  });
});

describe("nextFiring", () => {
  it.each([
    { text: "0 8 * * *", from: "2026-01-01T08:00:00Z", fires: "2026-01-02T08:00:00.000Z", because: "strictly after" },
    { text: "0 8 * * *", from: "2026-01-01T07:59:59.5Z", fires: "2026-01-01T08:00:00.000Z", because: "seconds are not a field" },
    { text: "30 12 * * *", from: "2026-01-01T11:10:20Z", fires: "2026-01-01T12:30:00.000Z", because: "seconds of the start are dropped" },
    { text: "0 0 29 2 *", from: "2026-01-01T00:00:00Z", fires: "2028-02-29T00:00:00.000Z", because: "leap days come" },
    { text: "0 0 13 * 5", from: "2026-02-14T00:00:00Z", fires: "2026-02-20T00:00:00.000Z", because: "two set day fields are alternatives" },
    { text: "0 0 * * 1", from: "2026-01-01T00:00:00Z", fires: "2026-01-05T00:00:00.000Z", because: "an open day field is not" },
  ])("$text after $from is $fires: $because", ({ text, from, fires }) => {
    expect(next(text, from)).toBe(fires);
  });

  it("skips a wall-clock time that the change to summer time skips", () => {
    expect(next("30 2 * * *", "2026-03-28T12:00:00Z", BERLIN)).toBe("2026-03-30T00:30:00.000Z");
  });

  it("gives up on a date that never comes", () => {
    expect(nextFiring(schedule("0 0 31 2 *"), UTC, at("2026-01-01T00:00:00Z"))).toBe(NEVER_EPOCH_SECONDS);
  });

  it("runs in the zone of a CRON_TZ prefix", () => {
    expect(next("CRON_TZ=Europe/Berlin 0 9 * * *", "2026-01-01T00:00:00Z")).toBe("2026-01-01T08:00:00.000Z");
  });
});

describe("evaluateCron", () => {
  const trigger = (start: string, end: string, zone: ZoneData | null = UTC) => ({
    type: "cron" as const,
    metricName: "s0-cron",
    metricType: "AverageValue" as const,
    timeZone: "Mars/Olympus",
    start: { ...schedule(start), zone },
    end: { ...schedule(end), zone },
    desiredReplicas: 4,
  });
  const value = (start: string, end: string, iso: string) => evaluateCron(trigger(start, end), at(iso));

  it.each([
    { iso: "2026-01-01T07:59:59Z", value: 0 },
    { iso: "2026-01-01T08:00:00Z", value: 4 },
    { iso: "2026-01-01T17:59:59Z", value: 4 },
    { iso: "2026-01-01T18:00:00Z", value: 0 },
  ])("gives $value replicas at $iso for a window from 8 to 18", ({ iso, value: wanted }) => {
    expect(value("0 8 * * *", "0 18 * * *", iso)).toEqual({ ok: true, value: wanted, active: wanted > 0 });
  });

  it("is open for good when the start never fires, and closed when the end never does", () => {
    expect(value("0 0 31 2 *", "0 12 * * *", "2026-01-01T00:00:00Z")).toMatchObject({ active: true });
    expect(value("0 12 * * *", "0 0 31 2 *", "2026-01-01T13:00:00Z")).toMatchObject({ active: false });
  });

  it("fails at each evaluation in a zone that does not exist", () => {
    const read = evaluateCron(trigger("0 8 * * *", "0 18 * * *", null), at("2026-01-01T00:00:00Z"));
    expect(read.ok ? "" : read.error).toContain("Mars/Olympus");
  });
});
