import { createStreams, ln, type TraceRow } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { summarizeFlow, type TraceSummary } from "./summarize.ts";
import { sparkline, summaryText } from "./summary-text.ts";
import { inBatches } from "./trace-flow.ts";

const row = (seconds: number, more: Partial<TraceRow> = {}): TraceRow => ({
  line: 1,
  seconds,
  promptTokens: 100,
  outputTokens: 10,
  ...more,
});
const summarize = (rows: readonly TraceRow[]): Promise<TraceSummary> =>
  summarizeFlow({ format: "csv", marks: [], batches: inBatches(rows) });

describe("summarizeFlow", () => {
  it("finds a Poisson process to be one: gaps of CV 1, counts as variable as their mean", async () => {
    const stream = createStreams("summary").get("poisson");
    let seconds = 0;
    const rows = Array.from({ length: 100_000 }, () => {
      seconds += -ln(1 - stream.uniform()) / 5;
      return row(seconds);
    });
    const { burstiness, rate } = await summarize(rows);
    expect(rate.meanPerSecond).toBeCloseTo(5, 0);
    expect(burstiness.gapCv).toBeCloseTo(1, 1);
    // relative error of a variance over n windows: √(2/n)
    for (const { index, windows } of burstiness.dispersion)
      expect(Math.abs((index as number) - 1)).toBeLessThan(4 * Math.sqrt(2 / windows));
  });

  it("finds even gaps to be even, and bulk arrivals to be as dispersed as they are large", async () => {
    const even = await summarize(Array.from({ length: 4000 }, (_, i) => row(i / 4)));
    expect(even.burstiness.gapCv).toBeCloseTo(0, 9);
    expect(even.burstiness.dispersion[0]?.index).toBeCloseTo(0, 9);
    // 10 at once every 10 s, in windows of 1 s: mean 1, mean square 10
    const bulk = await summarize(Array.from({ length: 4000 }, (_, i) => row(10 * Math.floor(i / 10))));
    expect(bulk.burstiness.dispersion[0]?.index).toBeCloseTo(9, 1);
    expect(bulk.burstiness.dispersion[1]?.index).toBeCloseTo(0, 9);
  });

  it("takes quantiles from what came, and says how prompt and output go together", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => row(i, { promptTokens: i + 1, outputTokens: 100 - i }));
    const { promptTokens, rankCorrelation } = await summarize(rows);
    expect(promptTokens).toEqual({ mean: 50.5, p1: 1, p5: 5, p50: 50, p95: 95, p99: 99, max: 100 });
    expect(rankCorrelation).toBeCloseTo(-1, 12);
  });

  it("counts turns, tenants, and beginnings that an unlimited cache would have held", async () => {
    const { sessions, tenants, prefix } = await summarize([
      row(0, { session: "a", tenant: "x", hashIds: [1, 2, 3] }),
      row(1, { session: "a", tenant: "x", hashIds: [1, 2, 4] }),
      row(2, { session: "b", tenant: "y", hashIds: [1, 9, 4] }),
    ]);
    expect(sessions).toEqual({ count: 2, requests: 3, meanTurns: 1.5, p95Turns: 2, maxTurns: 2 });
    expect(tenants).toEqual([
      { name: "x", requests: 2, share: 2 / 3 },
      { name: "y", requests: 1, share: 1 / 3 },
    ]);
    // 2 of the second, 1 of the third: its 4 was seen, but behind another beginning
    expect(prefix).toEqual({ blocks: 9, sharedBlocks: 3 / 9, requestsBeyondFirst: 1 / 3 });
  });

  it("has a text for every trace, an empty one too", async () => {
    expect(summaryText(await summarize([]))).toContain("none");
    const text = summaryText(await summarize(Array.from({ length: 1000 }, (_, i) => row(i, { tenant: `t${i % 10}` }))));
    expect(text).toMatch(/^rate {8}1\.001\/s; busiest minute 1\/s/m);
    expect(text).toContain("10: t0 10.0 %");
    expect(text).toContain("and 2 more");
  });
});

describe("sparkline", () => {
  it("draws from nothing to the largest", () => {
    expect(sparkline([0, 1, 4, 8])).toBe("▁▂▅█");
    expect(sparkline([0, 0])).toBe("▁▁");
  });
});
