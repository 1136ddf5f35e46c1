import type { TraceRow } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeFlows, shapeFlow, withTenant } from "./shape-flow.ts";
import { collectRows, inBatches, type TraceFlow } from "./trace-flow.ts";

const rowsArbitrary = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 900 })), {
    maxLength: 200,
  })
  .map((rows) =>
    rows
      .sort(([a], [b]) => a - b)
      .map(([seconds, promptTokens, outputTokens], index): TraceRow => ({ line: index + 1, seconds, promptTokens, outputTokens })),
  );

const flowOf = (rows: readonly TraceRow[]): TraceFlow => ({ format: "csv", marks: [], batches: inBatches(rows) });
const isSorted = (rows: readonly TraceRow[]): boolean =>
  rows.every(({ seconds }, i) => i === 0 || seconds >= (rows[i - 1] as TraceRow).seconds);
const tokensOf = (rows: readonly TraceRow[]): number => rows.reduce((sum, row) => sum + row.promptTokens + row.outputTokens, 0);

describe("mergeFlows", () => {
  it("keeps every request of every trace, in order of arrival, with its tenant", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowsArbitrary, { minLength: 1, maxLength: 4 }), async (traces) => {
        const merged = await collectRows(mergeFlows(traces.map((rows, i) => withTenant(flowOf(rows), `t${i}`))));
        expect(isSorted(merged)).toBe(true);
        for (const [i, rows] of traces.entries()) {
          expect(merged.filter(({ tenant }) => tenant === `t${i}`)).toEqual(rows.map((row) => ({ ...row, tenant: `t${i}` })));
        }
        expect(merged.length).toBe(traces.reduce((sum, rows) => sum + rows.length, 0));
      }),
    );
  });

  it("takes requests of one instant in the order in which the traces are given, and a row's own tenant before the file's", async () => {
    const row: TraceRow = { line: 1, seconds: 5, promptTokens: 1, outputTokens: 1 };
    const merged = await collectRows(mergeFlows([withTenant(flowOf([{ ...row, tenant: "own" }]), "b"), withTenant(flowOf([row]), "a")]));
    expect(merged.map(({ tenant }) => tenant)).toEqual(["own", "a"]);
  });
});

describe("shapeFlow", () => {
  it("cuts a trace into slices that together are the trace", async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.integer({ min: 1, max: 999 }), async (rows, cut) => {
        const before = await collectRows(shapeFlow(flowOf(rows), { toSeconds: cut }));
        const after = await collectRows(shapeFlow(flowOf(rows), { fromSeconds: cut }));
        expect([...before, ...after.map((row) => ({ ...row, seconds: row.seconds + cut }))]).toEqual(rows);
      }),
    );
  });

  it("stretches times and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.constantFrom(0.5, 2, 4), async (rows, scaleTime) => {
        const scaled = await collectRows(shapeFlow(flowOf(rows), { scaleTime }));
        expect(scaled.map((row) => ({ ...row, seconds: row.seconds / scaleTime }))).toEqual(rows);
      }),
    );
  });

  it("repeats every request as often as a whole factor says, within the time of the trace", async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.integer({ min: 0, max: 4 }), async (rows, scaleRate) => {
        const scaled = await collectRows(shapeFlow(flowOf(rows), { scaleRate }));
        expect(scaled.length).toBe(scaleRate * rows.length);
        expect(tokensOf(scaled)).toBe(scaleRate * tokensOf(rows));
        expect(isSorted(scaled)).toBe(true);
        if (scaled.length > 0) expect((scaled.at(-1) as TraceRow).seconds).toBeLessThanOrEqual((rows.at(-1) as TraceRow).seconds);
      }),
    );
  });

  it("draws the part of a factor behind the point by chance, the same for the same seed", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i): TraceRow => ({ line: i + 1, seconds: i, promptTokens: 1, outputTokens: 1 }));
    const scaled = async (seed: string): Promise<readonly TraceRow[]> => collectRows(shapeFlow(flowOf(rows), { scaleRate: 1.25, seed }));
    const first = await scaled("1");
    // binomial: standard deviation √(20,000 · 0.25 · 0.75) = 61
    expect(Math.abs(first.length - 25_000)).toBeLessThan(250);
    expect(await scaled("1")).toEqual(first);
    expect(await scaled("2")).not.toEqual(first);
  });

  it("gives the copies of a session's requests a session of their own", async () => {
    const row: TraceRow = { line: 1, seconds: 0, promptTokens: 1, outputTokens: 1, session: "s" };
    const scaled = await collectRows(shapeFlow(flowOf([row]), { scaleRate: 3 }));
    expect(scaled.map(({ session }) => session)).toEqual(["s", "s#2", "s#3"]);
  });
});
