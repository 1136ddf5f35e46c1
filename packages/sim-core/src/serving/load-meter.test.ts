import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LoadMeter } from "./load-meter.ts";

describe("a load meter", () => {
  it("adds up the seconds that attempts have been there", () => {
    const meter = new LoadMeter();
    meter.began(1);
    meter.began(3);
    meter.ended(4);
    expect([meter.requestSecondsAt(4), meter.requestSecondsAt(10)]).toEqual([4, 10]);
  });

  it("counts the same whatever the order in which ends are told", () => {
    const times = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 1 }), (ends, swap) => {
        const meter = new LoadMeter();
        for (const _ of ends) meter.began(0);
        const told = swap === 1 ? [...ends].sort((a, b) => a - b) : ends;
        for (const end of told) meter.ended(end);
        expect(meter.requestSecondsAt(2000)).toBe(ends.reduce((sum, end) => sum + end, 0));
      }),
    );
  });

  it("goes on from what it saved", () => {
    const meter = new LoadMeter();
    meter.began(2);
    const other = new LoadMeter();
    other.restore(meter.save());
    expect(other.requestSecondsAt(5)).toBe(3);
  });
});
