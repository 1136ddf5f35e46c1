import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ViolatedSpans } from "./violated-spans.ts";

const total = (spans: ViolatedSpans): number => spans.all().reduce((sum, { requests }) => sum + requests, 0);

describe("the record of violated spans", () => {
  it("counts requests that were late alike, from the second of their arrival to the end of the span's last second", () => {
    const spans = new ViolatedSpans();
    spans.add(10.2, 12.5, 0);
    spans.add(10.9, 12.1, 0);
    spans.add(10.5, 10.5, 3);
    expect(spans.all()).toEqual([
      { arrivalSeconds: 10, lengthSeconds: 1, hindrance: "ownLength", requests: 1 },
      { arrivalSeconds: 10, lengthSeconds: 3, hindrance: "none", requests: 2 },
    ]);
  });

  it("keeps lengths exactly at first, and then within 1/64", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (seconds) => {
        const spans = new ViolatedSpans();
        spans.add(0, seconds, 0);
        const kept = spans.all()[0]?.lengthSeconds ?? 0;
        expect(kept).toBeLessThanOrEqual(seconds);
        expect(kept).toBeGreaterThan(seconds * (1 - 1 / 64));
        if (seconds < 128) expect(kept).toBe(seconds);
      }),
    );
  });

  it("does not grow without end: arrivals are put together, none is lost", () => {
    const spans = new ViolatedSpans(100);
    for (let second = 0; second < 1000; second++) spans.add(second, second + 1, 0);
    expect(spans.all().length).toBeLessThanOrEqual(100);
    expect(total(spans)).toBe(1000);
    expect(spans.all().at(-1)?.arrivalSeconds).toBe(992);
  });

  it("goes on from a saved state as if it had not stopped", () => {
    const spans = new ViolatedSpans(100);
    for (let second = 0; second < 700; second++) spans.add(second, second + 5, 1);
    const copy = new ViolatedSpans(100);
    copy.restore(structuredClone(spans.save()));
    for (const each of [spans, copy]) each.add(700, 800, 2);
    expect(copy.save()).toEqual(spans.save());
  });
});
