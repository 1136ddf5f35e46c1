import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fitFlow } from "./fit-flow.ts";
import { openFlow } from "./open-flow.ts";
import { summarizeFlow } from "./summarize.ts";
import { memoryTrace, type TraceFlow } from "./trace-flow.ts";

const DATA = process.env["REPLICAST_DATA"];
const open = (name: string): Promise<TraceFlow> =>
  openFlow(memoryTrace(name, gunzipSync(readFileSync(join(DATA ?? "", "traces", name))).toString("utf8")));

describe.skipIf(DATA === undefined)("public traces (needs $REPLICAST_DATA)", () => {
  it("finds the Azure conversations of 2023 to be locally Poisson with a moving rate", async () => {
    const summary = await summarizeFlow(await open("azure-2023-conv.csv.gz"));
    expect(summary.requests).toBe(19_366);
    expect(summary.burstiness.gapCv).toBeCloseTo(1.09, 2);
    expect(summary.burstiness.dispersion.map(({ index }) => Math.round(10 * (index ?? 0)) / 10)).toEqual([1.4, 3.9, 16.4, 61.7]);
    expect(summary.promptTokens).toMatchObject({ p5: 181, p50: 1020, p95: 4083, p99: 4142 });
    expect(summary.outputTokens).toMatchObject({ p5: 41, p50: 129, p95: 451, p99: 601 });
    expect(summary.rankCorrelation).toBeCloseTo(0.07, 1);
    const { streams } = await fitFlow(await open("azure-2023-conv.csv.gz"));
    expect(streams[0]?.arrivals.kind).toBe("poisson");
    expect(streams[0]?.match.burstinessError).toBeLessThan(0.1);
    expect(streams[0]?.match.promptTokens.ksDistance).toBeLessThan(0.04);
  });

  it("finds 37 % of the blocks of Mooncake's conversations seen before, and arrivals that are no bulks once spread", async () => {
    const { requests, prefix, burstiness } = await summarizeFlow(await open("mooncake-conversation.jsonl.gz"));
    expect(requests).toBe(12_031);
    expect(prefix?.blocks).toBe(288_500);
    expect(prefix?.sharedBlocks).toBeCloseTo(0.366, 3);
    expect(burstiness.gapCv).toBeCloseTo(1, 1);
  });
});
