import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreams } from "../random/streams.ts";
import type { RateConfig } from "./config.ts";
import { integrateRate, ratePieces } from "./rate.ts";
import { RateClock } from "./rate-clock.ts";

const context = { durationSeconds: 200, startEpochSeconds: 0, zones: [] };
const points = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.nat(20)), { minLength: 1, maxLength: 6 })
  .map((unsorted): RateConfig => ({ kind: "points", points: unsorted.sort((a, b) => a[0] - b[0]) }));
const gaps = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 20 });

describe("RateClock", () => {
  it("moves on until the integral of the rate has grown by the gap", () => {
    fc.assert(
      fc.property(points, gaps, (rate, list) => {
        const pieces = ratePieces(rate, [], context);
        const clock = new RateClock(pieces);
        const total = integrateRate(pieces, 0, 200);
        let operational = 0;
        let previous = 0;
        for (const gap of list) {
          operational += gap;
          const seconds = clock.advance(gap);
          expect(seconds).toBeGreaterThanOrEqual(previous);
          previous = seconds;
          if (seconds === Number.POSITIVE_INFINITY) expect(operational).toBeGreaterThan(total - 1e-8 * (1 + total));
          else expect(Math.abs(integrateRate(pieces, 0, seconds) - operational)).toBeLessThan(1e-8 * (1 + operational));
        }
      }),
    );
  });

  it("stays at the end once it is there", () => {
    const clock = new RateClock(ratePieces({ kind: "constant", perSecond: 1 }, [], context));
    expect([clock.advance(199.5), clock.advance(1), clock.advance(0), clock.seconds]).toEqual([199.5, Infinity, Infinity, Infinity]);
  });

  it("continues identically after save and restore, through JSON, modulated or not", () => {
    fc.assert(
      fc.property(points, gaps, gaps, fc.boolean(), (rate, before, after, isModulated) => {
        const streams = createStreams("s");
        const pieces = ratePieces(rate, [], context);
        const create = () => new RateClock(pieces, isModulated ? { sigma: 0.5, tauSeconds: 30, stream: streams.get("m") } : undefined);
        const clock = create();
        for (const gap of before) clock.advance(gap);
        const [state, chance] = [JSON.stringify(clock.save()), streams.save()];
        const expected = after.map((gap) => clock.advance(gap));
        const other = create();
        streams.restore(chance);
        other.restore(JSON.parse(state));
        expect(after.map((gap) => other.advance(gap))).toEqual(expected);
      }),
    );
  });

  it("refuses a state that is none", () => {
    expect(() => new RateClock(ratePieces({ kind: "constant", perSecond: 1 }, [], context)).restore(null)).toThrow("traffic_state");
  });

  it("modulates by factors of mean 1 whose logarithm has the given deviation and time constant", () => {
    const durationSeconds = 3_000_000;
    const pieces = ratePieces({ kind: "constant", perSecond: 1 }, [], { ...context, durationSeconds });
    const clock = new RateClock(pieces, { sigma: 0.5, tauSeconds: 600, stream: createStreams("1").get("m") });
    // passing operational time in small steps, the time of the run passes at 1 ÷ factor
    const minutes = new Float64Array(durationSeconds / 60);
    let passed = 0;
    for (let seconds = clock.advance(1); seconds < durationSeconds; seconds = clock.advance(1), passed++) {
      const minute = Math.floor(seconds / 60);
      minutes[minute] = (minutes[minute] as number) + 1;
    }
    expect(passed / durationSeconds).toBeGreaterThan(0.97);
    expect(passed / durationSeconds).toBeLessThan(1.03);
    const logs = Array.from(minutes, (count) => Math.log(count / 60));
    const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.45);
    expect(Math.sqrt(variance)).toBeLessThan(0.53);
    const lag = 10;
    let covariance = 0;
    for (let i = lag; i < logs.length; i++)
      covariance += (((logs[i] as number) - mean) * ((logs[i - lag] as number) - mean)) / (logs.length - lag);
    // 10 minutes are one time constant
    expect(covariance / variance).toBeGreaterThan(0.31);
    expect(covariance / variance).toBeLessThan(0.43);
  });
});
