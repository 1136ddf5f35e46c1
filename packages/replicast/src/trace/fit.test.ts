import {
  type ArrivalsConfig,
  createGenerator,
  createRequestRecord,
  createStreams,
  type DistributionConfig,
  parseScenario,
  type TraceRow,
} from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fitFlow, type StreamFit, type TraceFit } from "./fit-flow.ts";
import { fitYaml, streamName } from "./fit-yaml.ts";
import { inBatches } from "./trace-flow.ts";

const PROMPT: DistributionConfig = { kind: "logNormal", median: 800, sigma: 1 };
const OUTPUT: DistributionConfig = { kind: "exponential", mean: 200 };

function generated(arrivals: ArrivalsConfig, durationSeconds: number, name: string = "made"): readonly TraceRow[] {
  const config = { kind: "generator", name, arrivals, lengths: { promptTokens: PROMPT, outputTokens: OUTPUT }, surges: [] } as const;
  const source = createGenerator(config, createStreams("truth"), { durationSeconds, zones: [], startEpochSeconds: 0 });
  const record = createRequestRecord();
  const rows: TraceRow[] = [];
  while (source.next(record)) {
    const { arrivalSeconds: seconds, promptTokens, outputTokens } = record;
    rows.push({ line: rows.length + 1, seconds, promptTokens, outputTokens, tenant: name });
  }
  return rows;
}

const fit = (rows: readonly TraceRow[]): Promise<TraceFit> => fitFlow({ format: "csv", marks: ["tenant"], batches: inBatches(rows) });
const only = (found: TraceFit): StreamFit => found.streams[0] as StreamFit;

describe("a fit of generated traffic", () => {
  it("finds the CV of Gamma gaps within 5 % from 40,000 requests", async () => {
    const { arrivals, tried } = only(await fit(generated({ kind: "gamma", rate: { kind: "constant", perSecond: 10 }, cv: 3 }, 4000)));
    expect(tried[0]?.kind).toBe("gamma");
    expect(Math.abs((arrivals.kind === "gamma" ? arrivals.cv : 0) / 3 - 1)).toBeLessThan(0.05);
  });

  it("follows a moving rate within 5 % at every point that stands for thousands of requests", async () => {
    const points: readonly (readonly [number, number])[] = [
      [0, 5],
      [7200, 25],
      [14_400, 5],
    ];
    const { arrivals } = only(await fit(generated({ kind: "poisson", rate: { kind: "points", points } }, 14_400)));
    expect(arrivals.kind).toBe("poisson");
    if (arrivals.kind !== "poisson" || arrivals.rate.kind !== "points") return;
    expect(arrivals.rate.points.length).toBe(24);
    for (const [seconds, perSecond] of arrivals.rate.points) {
      const truth = seconds < 7200 ? 5 + seconds / 360 : 45 - seconds / 360;
      // the part in the middle spans the corner
      if (Math.abs(seconds - 7200) > 600) expect(Math.abs(perSecond / truth - 1)).toBeLessThan(0.06);
    }
  });

  it("finds bursts, their rate within 5 % and their sizes and silences within 15 % from 600 of them", async () => {
    const truth = { burstSize: { kind: "constant", value: 100 }, offSeconds: { kind: "uniform", min: 20, max: 60 } } as const;
    const { arrivals } = only(await fit(generated({ kind: "onOff", ratePerSecond: 9, ...truth }, 30_000)));
    expect(arrivals.kind).toBe("onOff");
    if (arrivals.kind !== "onOff" || arrivals.burstSize.kind !== "quantiles" || arrivals.offSeconds.kind !== "quantiles") return;
    expect(Math.abs(arrivals.ratePerSecond / 9 - 1)).toBeLessThan(0.05);
    const median = (points: readonly (readonly [number, number])[]): number =>
      (points.find(([p]) => p === 0.5) as readonly [number, number])[1];
    expect(Math.abs(median(arrivals.burstSize.points) / 100 - 1)).toBeLessThan(0.15);
    expect(Math.abs(median(arrivals.offSeconds.points) / 40 - 1)).toBeLessThan(0.15);
  });

  it("draws lengths like those that came: KS distance below 0.03 on what was fitted, below 0.05 on what was held out", async () => {
    const { match, heldOut } = only(await fit(generated({ kind: "poisson", rate: { kind: "constant", perSecond: 10 } }, 2000)));
    for (const field of ["promptTokens", "outputTokens"] as const) {
      expect(match[field].ksDistance).toBeLessThan(0.03);
      expect(heldOut?.[field].ksDistance).toBeLessThan(0.05);
      expect(Math.abs(match[field].quantileErrors.p95)).toBeLessThan(0.02);
    }
    expect(Math.abs((heldOut?.rateRatio ?? 0) - 1)).toBeLessThan(0.1);
  });

  it("keeps tenants apart, the largest first, and prints what a scenario takes", async () => {
    const rows = [
      ...generated({ kind: "poisson", rate: { kind: "constant", perSecond: 4 } }, 1000, "big tenant"),
      ...generated({ kind: "gamma", rate: { kind: "constant", perSecond: 1 }, cv: 3 }, 1000, "2"),
      ...generated(
        { kind: "onOff", ratePerSecond: 5, burstSize: { kind: "constant", value: 20 }, offSeconds: { kind: "constant", value: 30 } },
        1000,
        "bursts",
      ),
    ].sort((a, b) => a.seconds - b.seconds);
    const found = await fit(rows);
    expect(found.streams.map(({ name }) => name)).toEqual(["big tenant", "2", "bursts"]);
    const yaml = fitYaml(found);
    const scenario = `replicast: 1\nname: fitted\nduration: 10m\n${yaml}deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 2 }]\npolicies: [{ name: fixed, kind: fixed, replicas: 1 }]\nslo: { ttft: "p(95)<1s" }\n`;
    const parsed = parseScenario(scenario, "scenario.yaml", [], () => undefined);
    expect(parsed.ok ? [] : parsed.issues).toEqual([]);
    if (parsed.ok) expect(parsed.spec.traffic.map(({ name }) => name)).toEqual(["big-tenant", "2", "bursts"]);
  });

  it("is refused for too few requests, and for requests that all come at once", async () => {
    const rows = (count: number, gap: number): readonly TraceRow[] =>
      Array.from({ length: count }, (_, i) => ({ line: i + 1, seconds: i * gap, promptTokens: 1, outputTokens: 1 }));
    await expect(fit(rows(99, 1))).rejects.toMatchObject({ issues: [{ code: "trace_too_few_to_fit", data: { requests: 99 } }] });
    await expect(fit(rows(200, 0))).rejects.toMatchObject({ issues: [{ code: "trace_too_few_to_fit" }] });
  });
});

describe("streamName", () => {
  it.each([
    { tenant: "team a/b", name: '"team-a-b"' },
    { tenant: "_x_", name: '"x"' },
    { tenant: "…", name: '"stream"' },
  ])("writes $tenant as $name", ({ tenant, name }) => {
    expect(streamName(tenant)).toBe(name);
  });
});
