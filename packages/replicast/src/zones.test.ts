import { localTime } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveLocalTime, resolveZone } from "./zones.ts";

const HOUR = 3600;

describe("resolveLocalTime", () => {
  it.each([
    {
      local: "2026-03-02T06:00:00",
      zone: "America/New_York",
      utc: "2026-03-02T11:00:00Z",
      because: "New York is five hours behind in winter",
    },
    { local: "2026-07-02T06:00", zone: "America/New_York", utc: "2026-07-02T10:00:00Z", because: "and four in summer" },
    { local: "2026-01-05T00:00:00", zone: "UTC", utc: "2026-01-05T00:00:00Z", because: "UTC is UTC" },
    { local: "2026-06-01T12:00:00", zone: "Asia/Kolkata", utc: "2026-06-01T06:30:00Z", because: "offsets need not be whole hours" },
    { local: "2026-10-25T02:30:00", zone: "Europe/Berlin", utc: "2026-10-25T00:30:00Z", because: "of two instants the first is meant" },
    { local: "2024-02-29T00:00:00", zone: "UTC", utc: "2024-02-29T00:00:00Z", because: "2024 is a leap year" },
  ])("takes $local in $zone for $utc: $because", ({ local, zone, utc }) => {
    expect(resolveLocalTime(local, zone)).toBe(Date.parse(utc) / 1000);
  });

  it.each([
    { local: "2026-03-29T02:30:00", zone: "Europe/Berlin", because: "clocks jump over it" },
    { local: "2026-02-29T00:00:00", zone: "UTC", because: "2026 is no leap year" },
    { local: "2026-13-01T00:00:00", zone: "UTC", because: "there is no 13th month" },
    { local: "2026-01-01T24:00:00", zone: "UTC", because: "hours end at 23" },
    { local: "2026-01-01T00:00:00", zone: "Mars/Olympus", because: "the zone is unknown" },
    { local: "yesterday", zone: "UTC", because: "it is no date" },
  ])("finds no instant for $local in $zone: $because", ({ local, zone }) => {
    expect(resolveLocalTime(local, zone)).toBeUndefined();
  });

  it("agrees with the platform's calendar on every day", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("1970-01-01"), max: new Date("2400-01-01"), noInvalidDate: true }), (date) => {
        const text = date.toISOString().slice(0, 19);
        expect(resolveLocalTime(text, "UTC")).toBe(Date.parse(`${text}Z`) / 1000);
      }),
      { numRuns: 30 },
    );
  });
});

describe("resolveZone", () => {
  it("finds the second at which clocks change", () => {
    const start = Date.parse("2026-03-07T05:00:00Z") / 1000;
    const zone = resolveZone("America/New_York", start, 48 * HOUR);
    expect(zone?.offsetSeconds).toEqual([-5 * HOUR, -4 * HOUR]);
    expect(zone?.fromEpochSeconds[1]).toBe(Date.parse("2026-03-08T07:00:00Z") / 1000);
    expect(zone?.fromEpochSeconds[0]).toBeLessThanOrEqual(start);
  });

  it("finds every change of a year", () => {
    const zone = resolveZone("Europe/Berlin", Date.parse("2026-01-01T00:00:00Z") / 1000, 365 * 24 * HOUR);
    expect(zone?.offsetSeconds).toEqual([HOUR, 2 * HOUR, HOUR]);
    expect(zone?.fromEpochSeconds.slice(1)).toEqual([Date.parse("2026-03-29T01:00:00Z") / 1000, Date.parse("2026-10-25T01:00:00Z") / 1000]);
  });

  it("gives the wall clock of the zone", () => {
    const epoch = Date.parse("2026-07-04T03:30:00Z") / 1000;
    const zone = resolveZone("America/Los_Angeles", epoch, 0);
    expect(zone && localTime(zone, epoch)).toMatchObject({ day: 3, hour: 20, minute: 30, weekday: 5 });
  });

  it("is undefined for a zone that does not exist", () => {
    expect(resolveZone("Europe/Atlantis", 0, 0)).toBeUndefined();
  });
});
