import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idle } from "../test/idle-policy.ts";
import { chooseBatchLimits, largestLimit } from "./batch-limit.ts";
import { bestLimitOf, sweepBatchLimits } from "./batch-sweep.ts";
import { compare } from "./compare.ts";
import { memoryFiles } from "./files.ts";
import { type LoadedScenario, load } from "./load.ts";
import { run } from "./run.ts";

interface Changes {
  readonly rate?: string;
  readonly lengths?: string;
  readonly model?: string;
  readonly engine?: string;
  readonly slo?: string;
}

function scenario(changes: Changes = {}): Promise<LoadedScenario> {
  const { rate = "2/s", lengths = "{ prompt: 500, output: 100 }", model = "llama-3.1-8b_l40s_tp1" } = changes;
  const { engine = "{ batching: auto }", slo = '{ ttft: "p(95)<2s", tpot: "p(95)<50ms" }' } = changes;
  const text = `
replicast: 1
name: tiny
duration: 5m
traffic: [{ arrivals: { kind: poisson, rate: ${rate} }, lengths: ${lengths} }]
deployments: [{ name: chat, model: ${model}, engine: ${engine}, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 1 }]
policies: [{ name: a, kind: idle }, { name: b, kind: idle }]
slo: ${slo}
`;
  return load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: [idle] });
}

const CURVE = `{ shape: { name: net, parameters: 1e9 }, gpu: L40S, latency: { kind: curve, points: [[1, 10ms], [8, 24ms], [64, 136ms]] } }`;

describe("the largest limit", () => {
  it("is found wherever the limits that meet the SLO end, in few trials", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), fc.integer({ min: 1, max: 2000 }), fc.nat(200), (most, end, width) => {
        const start = Math.max(1, Math.min(end, most) - width);
        let trials = 0;
        const found = largestLimit(most, (limit) => {
          trials++;
          return { meets: limit >= start && limit <= end, attainment: 1 / (1 + Math.abs(limit - end)) };
        });
        // an interval between two powers of two that holds neither may be missed; then the closest is told as missing
        if (found.meets) expect(found.limit).toBe(Math.min(most, end));
        else expect(start > largestPower(end)).toBe(true);
        expect(trials).toBeLessThan(25);
      }),
    );
  });

  it("is the one that comes closest where none meets the SLO", () => {
    expect(largestLimit(64, (limit) => ({ meets: false, attainment: limit === 16 ? 0.8 : 0.1 }))).toEqual({ limit: 16, meets: false });
  });
});

function largestPower(most: number): number {
  let power = 1;
  while (power * 2 <= most) power *= 2;
  return power;
}

describe("batching auto", () => {
  it("lowers the sequences until the time per token holds, and says so in result and assumptions", async () => {
    const tight = await scenario({
      rate: "3/s",
      lengths: "{ prompt: 50, output: 400 }",
      slo: '{ tpot: "p(95)<26.7ms", ttft: "p(95)<60s" }',
    });
    const { choices, scenario: limited } = chooseBatchLimits(tight);
    const [choice] = choices;
    expect(choice?.meetsSlo).toBe(true);
    expect(choice?.limit).toBeLessThan(128);
    expect(choice?.limit).toBeGreaterThan(1);
    expect(limited.plan.deployments[0]?.serving.engine.maxSequences).toBe(choice?.limit);
    const result = await run(tight);
    expect(result.batchLimits).toEqual(choices);
    expect(result.assumptions.join("\n")).toContain(`batching auto chose ${choice?.limit} sequences`);
    const comparison = await compare(tight);
    expect(comparison.runs.map(({ batchLimits }) => batchLimits?.[0]?.limit)).toEqual([choice?.limit, choice?.limit]);
  });

  it("keeps the limit given where that meets the SLO, and all limits where nothing is open", async () => {
    expect(chooseBatchLimits(await scenario({ engine: "{ batching: auto, maxSequences: 40 }" })).choices[0]?.limit).toBe(40);
    const fixed = await scenario({ engine: "{ maxSequences: 40 }" });
    expect(chooseBatchLimits(fixed)).toEqual({ scenario: fixed, choices: [] });
    expect(await run(fixed)).not.toHaveProperty("batchLimits");
  });

  it("chooses the size of a dynamic batch: the largest whose own time leaves room for the wait", async () => {
    const engine = "{ batching: auto, dynamic: { maxBatchSize: 64, maxQueueDelay: 1s } }";
    const options = { model: CURVE, engine, lengths: "{ prompt: 1, output: 1 }", rate: "150/s" };
    const { choices } = chooseBatchLimits(await scenario({ ...options, slo: '{ e2e: "p(99)<200ms" }' }));
    const [choice] = choices;
    // held back until the batch is full: about (size − 1) / 150 s, then the batch itself, 8 ms and 2 ms a request
    expect(choice).toMatchObject({ discipline: "dynamic", upTo: 64, meetsSlo: true });
    expect(choice?.limit).toBeGreaterThan(8);
    expect(choice?.limit).toBeLessThan(25);
  });

  it("tells when no limit meets the SLO", async () => {
    const [choice] = chooseBatchLimits(await scenario({ slo: '{ tpot: "p(95)<1ms" }' })).choices;
    expect(choice?.meetsSlo).toBe(false);
  });
});

describe("the sweep over batch limits", () => {
  it("shows the best limit growing with the load and with the answers", async () => {
    const sweep = sweepBatchLimits(await scenario({ engine: "{ maxSequences: 64 }" }), { loadShares: [0.2, 0.8], answers: [0.25, 8] });
    const best = (answers: number, loadShare: number): number =>
      sweep.series.find((series) => series.answers === answers && series.loadShare === loadShare)?.bestLimit ?? 0;
    expect(best(8, 0.8)).toBeGreaterThan(best(8, 0.2));
    expect(best(8, 0.2)).toBeGreaterThan(best(0.25, 0.2));
    expect(sweep.series[0]?.points.map(({ limit }) => limit)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  it("takes loads that the replica keeps up with where it meets the SLO at none", async () => {
    const options = { engine: "{ batching: static, static: { size: 8 } }", slo: '{ tpot: "p(95)<1ms" }' };
    const [series] = sweepBatchLimits(await scenario(options), { loadShares: [0.5] }).series;
    const last = series?.points.at(-1);
    expect(last?.meetsSlo).toBe(false);
    expect((last?.throughputPerSecond ?? 0) / (series?.requestsPerSecond ?? 1)).toBeCloseTo(1, 1);
  });

  it("takes the smallest limit that is as good as the best", () => {
    const point = (limit: number, goodputPerSecond: number, meanE2eSeconds = 1) => ({
      limit,
      goodputPerSecond,
      throughputPerSecond: 1,
      attainment: 1,
      meetsSlo: true,
      meanE2eSeconds,
      ttftP95Seconds: 1,
      tpotP95Seconds: 1,
    });
    expect(bestLimitOf([point(1, 0.5), point(2, 0.991), point(4, 1)])).toBe(2);
    expect(bestLimitOf([point(1, 0.5), point(2, 0.98), point(4, 1), point(8, 0.9)])).toBe(4);
    // nothing meets the SLO: then the fastest is best
    expect(bestLimitOf([point(1, 0, 9), point(2, 0, 3), point(4, 0, 4)])).toBe(2);
  });
});
