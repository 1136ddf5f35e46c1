import {
  createSimulation,
  definePolicy,
  formatIssues,
  InputError,
  type MetricAnswer,
  type MetricRequest,
  type RunResult,
  type SimulateOptions,
  simulate,
} from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "./files.ts";
import { load } from "./load.ts";
import { createMetricSource } from "./metric-source.ts";

const RUNNING: MetricRequest = { name: "running", kind: "pods", metric: "running_now" };
const TIMES: MetricRequest = { name: "times", kind: "promql", query: "timestamp(vllm:num_requests_running) - 1767225600" };
const PHASES: MetricRequest = { name: "phases", kind: "promql", query: "sum by (phase) (kube_pod_status_phase) > 0" };
const READY: MetricRequest = { name: "ready", kind: "promql", query: 'sum(kube_pod_status_ready{condition="true"})' };

type Answers = Record<string, MetricAnswer>;

/** Asks what it is told every 15 s, and asks for one replica after the other. */
const asker = (requests: readonly MetricRequest[], seen: Answers[], wants: (nowSeconds: number) => number) =>
  definePolicy<{ replicas: number }, null>({
    id: "asker",
    parseConfig: (raw) => ({ ok: true, config: raw as { replicas: number } }),
    initialState: () => null,
    timers: () => [{ name: "sync", periodSeconds: 15, phaseSeconds: 7.5 }],
    needs: () => requests,
    queries: () => requests,
    decide({ nowSeconds, metrics }, state) {
      seen.push(metrics);
      return { state, decision: { desiredReplicas: wants(nowSeconds), reason: "Asked", evidence: {} } };
    },
  });

const ADAPTER = `rules:
- seriesQuery: '{__name__=~"^vllm:num_requests_.*",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {matches: "^vllm:num_requests_(.*)$", as: "\${1}_now"}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;

interface Setting {
  readonly metrics?: string;
  readonly adapter?: string;
  readonly wants?: (nowSeconds: number) => number;
}

async function prepare(requests: readonly MetricRequest[], { metrics = "{}", adapter = ADAPTER, wants = () => 2 }: Setting = {}) {
  const seen: Answers[] = [];
  const scenario = `
replicast: 1
name: tiny
start: 2026-01-01T00:00:00
timeZone: UTC
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: 4/s }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 2 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 2, pricePerGpuHour: 2, max: 2, min: 1 }]
policies: [{ name: ask, kind: asker, replicas: 2 }]
slo: { ttft: "p(95)<1s" }
metrics: ${metrics}
`;
  const files = memoryFiles({ "scenario.yaml": scenario, "adapter.yaml": adapter });
  const { plan, bind, warnings } = await load("scenario.yaml", { files, policies: [asker(requests, seen, wants)] });
  const options: SimulateOptions = { policy: "ask", controllers: bind("ask"), metricSource: createMetricSource(plan) };
  return { plan, options, seen, warnings };
}

const valuesOf = (answer: MetricAnswer | undefined): Record<string, number> =>
  answer?.ok === true
    ? Object.fromEntries(answer.elements.map(({ labels, value }) => [labels["pod"] ?? labels["phase"] ?? "", value]))
    : {};

describe("a prometheus-adapter's own configuration", () => {
  it("offers its metrics to the policies of a run, pod by pod", async () => {
    const { plan, options, seen } = await prepare([RUNNING], { metrics: "{ adapterConfig: adapter.yaml }" });
    simulate(plan, options);
    const last = seen.at(-1)?.["running"];
    expect(last).toMatchObject({ ok: true, ageSeconds: 7.5 });
    expect(Object.keys(valuesOf(last))).toHaveLength(2);
  });

  it("is refused with the place of the rule that is wrong, and when it is not there", async () => {
    const issuesOf = async (setting: Setting): Promise<string> => {
      try {
        await prepare([TIMES], setting);
        return "";
      } catch (error) {
        return error instanceof InputError ? formatIssues(error.issues) : String(error);
      }
    };
    const wrong = await issuesOf({ metrics: "{ adapterConfig: adapter.yaml }", adapter: "rules:\n- {seriesQuery: 'sum(up)'}\n" });
    expect(wrong).toContain("adapter.yaml");
    expect(wrong).toContain("rules[0].seriesQuery");
    expect(wrong).toContain("it must be a series selector");
    const missing = await issuesOf({ metrics: "{ adapterConfig: nowhere.yaml }" });
    expect(missing).toContain("scenario.yaml:12");
    expect(missing).toContain('there is no file "nowhere.yaml"');
    const query = await issuesOf({
      metrics: "{ adapterConfig: adapter.yaml }",
      adapter: "rules:\n- {seriesQuery: up, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}'}\n",
    });
    expect(query).toContain("invalid_query");
  });
});

describe("scrapes", () => {
  it("come at the same instants unless they are spread; then each target keeps a place of its own", async () => {
    const together = await prepare([TIMES]);
    simulate(together.plan, together.options);
    expect(new Set(Object.values(valuesOf(together.seen.at(-1)?.["times"])))).toEqual(new Set([585]));
    const spread = await prepare([TIMES], { metrics: "{ scrapeOffset: spread }" });
    simulate(spread.plan, spread.options);
    const places = spread.seen.slice(-10).map((answers) => {
      const times = valuesOf(answers["times"]);
      expect(Object.keys(times)).toHaveLength(2);
      return Object.entries(times).map(([pod, time]) => `${pod} ${Math.round((time % 15) * 1000)}`);
    });
    expect(new Set(places.flat()).size).toBe(2);
    for (const { times } of spread.seen.slice(1)) expect(times?.ok === true && (times.ageSeconds ?? 99) < 15).toBe(true);
  });

  it("move with no other policy: the n-th pod has the same place", async () => {
    const timesOf = async (wants: (nowSeconds: number) => number): Promise<Record<string, number>> => {
      const { plan, options, seen } = await prepare([TIMES], { metrics: "{ scrapeOffset: spread }", wants });
      simulate(plan, options);
      return valuesOf(seen.at(-1)?.["times"]);
    };
    const two = await timesOf(() => 2);
    const four = await timesOf(() => 4);
    for (const [pod, time] of Object.entries(two)) expect(four[pod]).toBe(time);
    expect(new Set(Object.values(four)).size).toBe(4);
  });

  it("continue when a spread run is saved and resumed, to the same bytes", async () => {
    const wants = (nowSeconds: number): number => (nowSeconds < 150 ? 4 : nowSeconds < 300 ? 1 : 3);
    const { plan, options, seen } = await prepare([RUNNING, TIMES, PHASES, READY], {
      metrics: "{ scrapeOffset: spread, adapterConfig: adapter.yaml }",
      wants,
    });
    const whole: RunResult = simulate(plan, options);
    const seenWhole = JSON.stringify(seen);
    for (const moment of [100.2, 153, 301, 450]) {
      seen.length = 0;
      const first = createSimulation(plan, options);
      first.runTo(moment);
      const resumed = createSimulation(plan, { ...options, metricSource: createMetricSource(plan) }, first.save());
      expect(JSON.stringify(resumed.result())).toBe(JSON.stringify(whole));
      expect(JSON.stringify(seen)).toBe(seenWhole);
    }
  });

  it("end the series of a pod that is gone at the place where it would have been scraped next", async () => {
    const { plan, options, seen } = await prepare([TIMES], {
      metrics: "{ scrapeOffset: spread }",
      wants: (nowSeconds) => (nowSeconds < 300 ? 4 : 1),
    });
    simulate(plan, options);
    expect(Object.keys(valuesOf(seen.at(-1)?.["times"]))).toHaveLength(1);
  });
});

describe("kube-state-metrics", () => {
  it("shows pods before they serve, and which are ready", async () => {
    const { plan, options, seen } = await prepare([PHASES, READY], { wants: (nowSeconds) => (nowSeconds < 60 ? 2 : 4) });
    simulate(plan, options);
    const phases = seen.map(({ phases: answer }) => valuesOf(answer));
    expect(phases.some((values) => (values["Pending"] ?? 0) > 0 && (values["Running"] ?? 0) > 0)).toBe(true);
    expect(phases.at(-1)).toEqual({ Running: 4 });
    expect(valuesOf(seen.at(-1)?.["ready"])).toEqual({ "": 4 });
  });

  it("ends the series of a pod that is gone", async () => {
    const { plan, options, seen } = await prepare([PHASES], { wants: (nowSeconds) => (nowSeconds < 200 ? 2 : 1) });
    simulate(plan, options);
    expect(valuesOf(seen.at(-1)?.["phases"])).toEqual({ Running: 1 });
  });
});
