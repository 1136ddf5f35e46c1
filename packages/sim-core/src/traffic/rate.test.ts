import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localTime, type ZoneTransitions } from "../domain/zone.ts";
import type { RateConfig } from "./config.ts";
import { integrateRate, type RateContext, ratePieces } from "./rate.ts";

const utc: ZoneTransitions = { timeZone: "UTC", fromEpochSeconds: [0], offsetSeconds: [0] };
/** Clocks go back from UTC+2 to UTC+1 on Sunday 2026-10-25 at 01:00 UTC. */
const berlin: ZoneTransitions = {
  timeZone: "Europe/Berlin",
  fromEpochSeconds: [1_774_746_000, 1_792_890_000],
  offsetSeconds: [7200, 3600],
};
/** Wednesday 2026-10-21 00:00 UTC */
const WEDNESDAY = 1_792_540_800;
const DAY = 86_400;
const office = [
  0.38, 0.25, 0.16, 0.09, 0.08, 0.09, 0.15, 0.26, 0.68, 1.46, 1.9, 2.01, 1.22, 1.41, 1.94, 2.04, 2.02, 1.74, 1.37, 1.2, 1.04, 1.02, 0.87,
  0.63,
];

const context = (durationSeconds: number, startEpochSeconds = WEDNESDAY): RateContext => ({
  durationSeconds,
  startEpochSeconds,
  zones: [utc, berlin],
});
const diurnal = (timeZone: string, weekend = 1): RateConfig => ({ kind: "diurnal", perSecond: 10, hourly: office, weekend, timeZone });

/** The rate as the scenario's reference defines it, evaluated at one instant. */
function diurnalRateAt(zone: ZoneTransitions, weekend: number, epochSeconds: number): number {
  const local = localTime(zone, epochSeconds);
  const position = local.hour + local.minute / 60 + local.second / 3600 - 0.5;
  const hour = Math.floor(position);
  const [left, right] = [office[(hour + 24) % 24] as number, office[(hour + 25) % 24] as number];
  return 10 * (local.weekday % 6 === 0 ? weekend : 1) * (left + (position - hour) * (right - left));
}

describe("ratePieces", () => {
  it("integrates a constant rate to rate times time", () => {
    const pieces = ratePieces({ kind: "constant", perSecond: 4 }, [], context(100));
    expect(integrateRate(pieces, 0, 100)).toBe(400);
    expect(integrateRate(pieces, 10.5, 12)).toBe(6);
    expect(integrateRate(pieces, 90, 1000)).toBe(40);
  });

  it("joins points by straight lines, holds the first before and the last after, and jumps where two share a time", () => {
    const pieces = ratePieces(
      {
        kind: "points",
        points: [
          [10, 2],
          [20, 4],
          [20, 8],
          [30, 0],
        ],
      },
      [],
      context(50),
    );
    expect(integrateRate(pieces, 0, 10)).toBe(20);
    expect(integrateRate(pieces, 10, 20)).toBe(30);
    expect(integrateRate(pieces, 20, 30)).toBe(40);
    expect(integrateRate(pieces, 20, 25)).toBe(30);
    expect(integrateRate(pieces, 30, 50)).toBe(0);
  });

  it("cuts points that lie outside the run", () => {
    const pieces = ratePieces(
      {
        kind: "points",
        points: [
          [-10, 0],
          [10, 20],
          [100, 20],
        ],
      },
      [],
      context(20),
    );
    expect(integrateRate(pieces, 0, 10)).toBe(150);
    expect(integrateRate(pieces, 0, 100)).toBe(350);
  });

  it("has over a day of UTC the mean of the hourly factors", () => {
    const mean = office.reduce((sum, factor) => sum + factor, 0) / 24;
    expect(integrateRate(ratePieces(diurnal("UTC"), [], context(DAY)), 0, DAY)).toBeCloseTo(10 * mean * DAY, 4);
  });

  it.each([
    { zone: utc, weekend: 1, start: WEDNESDAY, because: "the zone of the tests" },
    { zone: utc, weekend: 0.5, start: WEDNESDAY + 0.25 * DAY + 17, because: "a start within an hour, and a weekend" },
    { zone: berlin, weekend: 0.5, start: WEDNESDAY, because: "clocks go back in the night to Sunday, and midnight is not midnight UTC" },
  ])("follows local time by the second in $zone.timeZone with weekend $weekend: $because", ({ zone, weekend, start }) => {
    const pieces = ratePieces(diurnal(zone.timeZone, weekend), [], context(7 * DAY, start));
    for (let second = 0; second < 7 * DAY; second += 601) {
      // a one-second window and the rate at its start differ by half the slope at most
      expect(integrateRate(pieces, second, second + 1)).toBeCloseTo(diurnalRateAt(zone, weekend, start + second), 2);
    }
  });

  it("multiplies the rate within a surge, and within overlapping surges by both", () => {
    const surges = [
      { fromSeconds: 10, toSeconds: 20, factor: 3 },
      { fromSeconds: 15, toSeconds: 30, factor: 0 },
    ];
    const pieces = ratePieces({ kind: "constant", perSecond: 2 }, surges, context(100));
    expect(
      [
        [0, 10],
        [10, 15],
        [15, 30],
        [30, 100],
      ].map(([from, to]) => integrateRate(pieces, from as number, to as number)),
    ).toEqual([20, 30, 0, 140]);
  });

  it("adds up: the parts of a run integrate to the whole, whatever the surges", () => {
    const surge = fc.record({
      fromSeconds: fc.integer({ min: -50, max: 250 }),
      toSeconds: fc.integer({ min: -50, max: 250 }),
      factor: fc.nat(5),
    });
    const points = fc.array(fc.tuple(fc.integer({ min: -50, max: 250 }), fc.nat(20)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(points, fc.array(surge, { maxLength: 4 }), fc.double({ min: 0, max: 200, noNaN: true }), (unsorted, surges, middle) => {
        const rate: RateConfig = { kind: "points", points: unsorted.sort((a, b) => a[0] - b[0]) };
        const pieces = ratePieces(rate, surges, context(200));
        const whole = integrateRate(pieces, 0, 200);
        expect(Math.abs(integrateRate(pieces, 0, middle) + integrateRate(pieces, middle, 200) - whole)).toBeLessThan(1e-8 * (1 + whole));
        expect(pieces.startSeconds[0]).toBe(0);
        expect(pieces.startSeconds[pieces.startSeconds.length - 1]).toBe(200);
        for (let i = 1; i < pieces.startSeconds.length; i++)
          expect(pieces.startSeconds[i]).toBeGreaterThan(pieces.startSeconds[i - 1] as number);
      }),
    );
  });

  it("says so when the zone of a diurnal rate was not loaded", () => {
    expect(() => ratePieces(diurnal("Asia/Tokyo"), [], context(DAY))).toThrow("zone_missing");
  });
});
