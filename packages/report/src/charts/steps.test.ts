import type { StepSeries } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignSteps } from "./steps.ts";

const at = (series: StepSeries, seconds: number): number => series.findLast(([from]) => from <= seconds)?.[1] ?? 0;

const stepSeries = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 9 })), { maxLength: 60 })
  .map((entries): StepSeries => entries.sort((a, b) => a[0] - b[0]));

describe("aligning step series", () => {
  it("gives every series' value at every change, from the start to the end of the run", () => {
    fc.assert(
      fc.property(stepSeries, stepSeries, (a, b) => {
        const rows = alignSteps({ a, b }, 1000, 10_000);
        for (const row of rows) expect([row.a, row.b]).toEqual([at(a, row.seconds), at(b, row.seconds)]);
        expect(rows[0]?.seconds).toBe(0);
        expect(rows.at(-1)?.seconds).toBe(1000);
        for (let seconds = 0; seconds <= 1000; seconds += 7) {
          const row = rows.findLast((each) => each.seconds <= seconds);
          expect([row?.a, row?.b]).toEqual([at(a, seconds), at(b, seconds)]);
        }
      }),
      { seed: 21, numRuns: 50 },
    );
  });

  it("keeps every peak and dip when it has to thin, shows only values that were, and stays near its limit", () => {
    const spiky: StepSeries = Array.from({ length: 40_000 }, (_, index): readonly [number, number] => [
      index * 2,
      index === 23_456 ? 99 : index === 11_111 ? -5 : 10 + (index % 3),
    ]);
    const rows = alignSteps({ spiky }, 80_000, 600);
    expect(rows.length).toBeLessThanOrEqual(600);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.map((row) => row.spiky)).toEqual(expect.arrayContaining([99, -5]));
    for (const row of rows) expect(row.spiky).toBe(at(spiky, row.seconds));
  });

  it("reads a series that begins late as 0 until then, and ignores what comes after the end", () => {
    expect(
      alignSteps(
        {
          late: [
            [5, 2],
            [50, 7],
          ],
        },
        10,
        100,
      ),
    ).toEqual([
      { seconds: 0, late: 0 },
      { seconds: 5, late: 2 },
      { seconds: 10, late: 2 },
    ]);
  });
});
