import { builtinPolicies } from "@replicast/policies";
import { formatIssues, type Issue } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import { validateFiles } from "../validate.ts";

/** A cold start of 60 s for the node, 20 s for the device plugin and 10 s to load, and some seconds on top. */
const SCENARIO = `
replicast: 1
name: tiny
duration: 10m
traffic:
  - arrivals: { kind: poisson, rate: 1/s }
    lengths: { prompt: 100, output: 200 }
deployments:
  - name: chat
    model: llama-3.1-8b_l40s_tp1
    replicas: 1
    engine: { maxSequences: 32 }
    startup: { schedule: 1s, pull: 5s, load: 10s, warmUp: 0s }
    readiness: { period: 2s }
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 2, pricePerGpuHour: 1.5, min: 1, max: 2, provision: 60s, allocatable: 20s }
policies:
  - POLICY
slo: { ttft: "p(95)<2s" }
`;

interface Written {
  readonly policy: string;
  readonly manifest?: string;
  readonly changes?: readonly (readonly [from: string, to: string])[];
}

async function warningsOf({ policy, manifest = "", changes = [] }: Written): Promise<readonly Issue[]> {
  const text = changes.reduce((scenario, [from, to]) => scenario.replace(from, to), SCENARIO.replace("POLICY", policy));
  const { warnings } = await load("scenario.yaml", {
    files: memoryFiles({ "scenario.yaml": text, "scaler.yaml": manifest }),
    policies: builtinPolicies,
  });
  return warnings.filter(({ code }) => code !== "manifest_document_ignored");
}

const HPA = "{ name: p, kind: hpa, manifest: scaler.yaml }";
const KEDA = "{ name: p, kind: keda, manifest: scaler.yaml }";

const hpa = (metric: string, more = "", max = 4): string => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: ${max}
  metrics:
    - ${metric}
${more}`;
const pods = (name: string, target: string): string =>
  `{ type: Pods, pods: { metric: { name: "${name}" }, target: { type: AverageValue, averageValue: "${target}" } } }`;
const external = (name: string, target: string): string =>
  `{ type: External, external: { metric: { name: "${name}" }, target: ${target} } }`;

const keda = (query: string, threshold: string, more = ""): string => `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat }
spec:
  scaleTargetRef: { name: chat }
  maxReplicaCount: 4
${more}
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus:9090
        query: ${query}
        threshold: "${threshold}"
`;
const ALWAYS_ONE = "  minReplicaCount: 1";

describe("warnings before a run", () => {
  it.each([
    { target: "29", codes: [], because: "29 × 1.1 is still below the 32 that run at most" },
    { target: "30", codes: ["target_unreachable"], because: "scaling up takes more than 33, and 32 run at most" },
  ])("a target of $target running requests: $because", async ({ target, codes }) => {
    const warnings = await warningsOf({ policy: HPA, manifest: hpa(pods("vllm:num_requests_running", target)) });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it("says file, line, reason and fix", async () => {
    const warnings = await warningsOf({ policy: HPA, manifest: hpa(pods("vllm:kv_cache_usage_perc", "1.2")) });
    expect(warnings).toMatchObject([{ code: "target_unreachable", severity: "warning", file: "scaler.yaml", line: 9 }]);
    expect(formatIssues(warnings)).toMatch(
      /^scaler\.yaml:9:\d+: warning\[target_unreachable\]: spec\.metrics\[0\]\.pods\.target\.averageValue: the target 1\.2 is out of reach: the metric never exceeds 1 for a replica, and more replicas are asked for only above 1\.32 \(tolerance 10 %\)\n {2}hint: /,
    );
  });

  it.each([
    {
      query: "sum(vllm:num_requests_running)",
      threshold: "40",
      code: "target_unreachable",
      because: "a sum is bounded replica by replica",
    },
    { query: "100 * sum(max_over_time(vllm:kv_cache_usage_perc[2m]))", threshold: "95", code: "target_unreachable", because: "percent" },
    { query: "max(vllm:kv_cache_usage_perc)", threshold: "0.5", code: "target_caps_replicas", because: "1 ÷ 0.5 asks for two" },
    { query: "avg(DCGM_FI_DEV_GPU_UTIL)", threshold: "20", code: "gpu_utilization_trigger", because: "busy is not full" },
    {
      query: "sum(rate(vllm:generation_tokens_total[20s]))",
      threshold: "400",
      code: "window_below_scrapes",
      because: "15 s between scrapes",
    },
  ])("$query: $because", async ({ query, threshold, code }) => {
    const warnings = await warningsOf({ policy: KEDA, manifest: keda(query, threshold, ALWAYS_ONE) });
    expect(warnings.map((issue) => [issue.code, issue.file])).toEqual([[code, "scaler.yaml"]]);
    expect(warnings[0]?.line).toBeGreaterThan(5);
  });

  it.each([
    { query: "sum(vllm:num_requests_waiting)", threshold: "500", because: "a queue has no bound" },
    { query: "sum(vllm:num_requests_running + vllm:num_requests_waiting)", threshold: "90", because: "nor has a sum with one" },
    { query: "sum(vllm:num_requests_running) / 2", threshold: "14", because: "half of 32 is above 15.4" },
    { query: "sum(rate(vllm:generation_tokens_total[30s]))", threshold: "400", because: "two scrapes fit" },
    { query: "max(vllm:kv_cache_usage_perc)", threshold: "0.25", because: "1 ÷ 0.25 asks for all four" },
  ])("nothing about $query with $threshold: $because", async ({ query, threshold }) => {
    expect(await warningsOf({ policy: KEDA, manifest: keda(query, threshold, ALWAYS_ONE) })).toEqual([]);
  });

  it.each([
    { query: "max(vllm:kv_cache_usage_perc) by (pod)", target: "700m", codes: [], because: "a group for each pod is a value for each" },
    { query: "sum without (model_name) (vllm:kv_cache_usage_perc)", target: "700m", codes: [], because: "so is what keeps the pods" },
    { query: "max by (pod) (vllm:kv_cache_usage_perc)", target: "1", codes: ["target_unreachable"], because: "no cache is over-full" },
    { query: "max(vllm:kv_cache_usage_perc)", target: "700m", codes: [], because: "a Pods metric is never shared out" },
  ])("a Pods metric that an adapter makes by $query against $target: $because", async ({ query, target, codes }) => {
    const warnings = await warningsOf({
      policy: HPA,
      manifest: hpa(pods("kv", target)),
      changes: [["slo:", `metrics: { adapter: [{ as: kv, query: "${query}" }] }\nslo:`]],
    });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it("compares a Value target with one value, and an external AverageValue with what pods add up to", async () => {
    const value = await warningsOf({
      policy: HPA,
      manifest: hpa(external("kv", '{ type: Value, value: "1" }')),
      changes: [["slo:", "metrics: { adapter: [{ as: kv, query: avg(vllm:kv_cache_usage_perc) }] }\nslo:"]],
    });
    const average = await warningsOf({
      policy: HPA,
      manifest: hpa(external("vllm:num_requests_running", '{ type: AverageValue, averageValue: "31" }')),
    });
    expect([value, average].map((found) => found.map(({ code }) => code))).toEqual([["target_unreachable"], ["target_unreachable"]]);
  });

  it("knows that cpu and memory do not follow the load", async () => {
    const cpu = "{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }";
    const [warning] = await warningsOf({ policy: HPA, manifest: hpa(cpu) });
    expect(warning).toMatchObject({ code: "resource_not_modelled", data: { percent: 50, target: 70 } });
  });

  it.each([
    { window: 11, codes: ["stabilization_below_cold_start"], because: "a replica needs 12 s even where its node is still there" },
    { window: 12, codes: [], because: "the node is kept for ten minutes" },
  ])("a scale-down window of $window s: $because", async ({ window, codes }) => {
    const behavior = `  behavior: { scaleDown: { stabilizationWindowSeconds: ${window} } }\n`;
    const warnings = await warningsOf({ policy: HPA, manifest: hpa(pods("vllm:num_requests_running", "16"), behavior) });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it("compares the window with a whole cold start when the node goes, too", async () => {
    const behavior = "  behavior: { scaleDown: { stabilizationWindowSeconds: 60 } }\n";
    const warnings = await warningsOf({
      policy: HPA,
      manifest: hpa(pods("vllm:num_requests_running", "16"), behavior),
      changes: [["allocatable: 20s", "allocatable: 20s, scaleDownUnneeded: 10s"]],
    });
    expect(warnings).toMatchObject([
      { code: "stabilization_below_cold_start", line: 10, data: { coldStartSeconds: 102, windowSeconds: 60 } },
    ]);
  });

  it.each([
    { more: "  cooldownPeriod: 60", codes: ["cooldown_below_cold_start"], because: "102 s without anyone to serve" },
    { more: "  pollingInterval: 120", codes: ["period_above_cold_start"], because: "the wait for a look is longer than the start" },
    { more: "  cooldownPeriod: 60\n  pollingInterval: 120\n  minReplicaCount: 1", codes: [], because: "the last replica never goes" },
  ])("KEDA at zero with $more: $because", async ({ more, codes }) => {
    const warnings = await warningsOf({ policy: KEDA, manifest: keda("sum(vllm:num_requests_waiting)", "5", more) });
    // KEDA's own webhook has its say, too.
    expect(warnings.map(({ code }) => code).filter((code) => code !== "keda_period_irrelevant")).toEqual(codes);
  });

  it.each([
    { policy: "{ name: p, kind: fixed, replicas: 5 }", code: "max_replicas_above_pools", path: ["policies", 0, "replicas"] },
    {
      policy: "{ name: p, kind: forecast, perReplica: 1, minReplicas: 5, maxReplicas: 9, season: none }",
      code: "min_replicas_above_pools",
      path: ["policies", 0, "minReplicas"],
    },
    {
      policy: "{ name: p, kind: forecast, perReplica: 1, maxReplicas: 4, season: none, horizonSeconds: 60 }",
      code: "lead_below_cold_start",
      path: ["policies", 0, "horizonSeconds"],
    },
    {
      policy: '{ name: p, kind: schedule, timeZone: UTC, replicas: 1, windows: [{ from: "08:00", to: "09:00", replicas: 2 }] }',
      code: "lead_below_cold_start",
      path: ["policies", 0],
    },
    {
      policy: "{ name: p, deployments: { chat: { kind: fixed, replicas: 6 } } }",
      code: "max_replicas_above_pools",
      path: ["policies", 0, "deployments", "chat", "replicas"],
    },
    {
      policy: "{ name: p, kind: knative, annotations: { autoscaling.knative.dev/max-scale: 9 } }",
      code: "max_replicas_above_pools",
      path: ["policies", 0, "annotations", "autoscaling.knative.dev/max-scale"],
    },
    {
      policy: "{ name: p, kind: ray-serve, autoscaling_config: { max_replicas: 3, downscale_delay_s: 5 } }",
      code: "stabilization_below_cold_start",
      path: ["policies", 0, "autoscaling_config", "downscale_delay_s"],
    },
    {
      policy: "{ name: p, kind: wva, maxReplicas: 3, scaleToZero: { retentionPeriodSeconds: 5 } }",
      code: "cooldown_below_cold_start",
      path: ["policies", 0, "scaleToZero", "retentionPeriodSeconds"],
    },
    {
      policy: "{ name: p, kind: dynamo, engine_rps: 5, min_endpoint: 6 }",
      code: "min_replicas_above_pools",
      path: ["policies", 0, "min_endpoint"],
    },
    {
      policy:
        "{ name: p, kind: aibrix, spec: { scalingStrategy: APA, maxReplicas: 9, metricsSources: [{ metricSourceType: pod, targetMetric: num_requests_running, targetValue: 9 }] } }",
      code: "max_replicas_above_pools",
      path: ["policies", 0, "spec", "maxReplicas"],
    },
  ])("$code at its place in the scenario: $policy", async ({ policy, code, path }) => {
    expect((await warningsOf({ policy })).map((issue) => [issue.code, issue.path, issue.line])).toEqual([[code, path, expect.any(Number)]]);
  });

  it("holds an HPA's maximum against the pools, and tells it once for two policies with one manifest", async () => {
    const manifest = hpa(pods("vllm:num_requests_running", "16"), "", 5);
    const warnings = await warningsOf({ policy: `${HPA}\n  - { name: q, kind: hpa, manifest: scaler.yaml, tolerance: 0.2 }`, manifest });
    expect(warnings).toMatchObject([
      { code: "max_replicas_above_pools", file: "scaler.yaml", line: 7, data: { replicas: 5, roomReplicas: 4 } },
    ]);
  });

  it.each([
    { changes: [["output: 200", "output: 4000"]], codes: ["grace_below_longest_answer"], because: "4,000 tokens take minutes" },
    {
      changes: [
        ["output: 200", "output: 4000"],
        ["maxSequences: 32", "maxSequences: 32, maxOutputTokens: 200"],
      ],
      codes: [],
      because: "answers end earlier",
    },
    {
      changes: [
        ["output: 200", "output: 4000"],
        ["readiness:", "shutdown: { grace: 10m }\n    readiness:"],
      ],
      codes: [],
      because: "there is time",
    },
    {
      changes: [
        ["output: 200", "output: 4000"],
        ["readiness:", "shutdown: { onTerminate: abort }\n    readiness:"],
      ],
      codes: [],
      because: "a server that aborts waits for nobody",
    },
  ] as const)("answers of 4,000 tokens with $changes: $because", async ({ changes, codes }) => {
    const warnings = await warningsOf({ policy: "{ name: p, kind: fixed, replicas: 1 }", changes });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe("warnings about a manifest by itself", () => {
  it("tells what needs no scenario", async () => {
    const text = hpa(`${pods("vllm:kv_cache_usage_perc", "1")}\n    - ${pods("DCGM_FI_DEV_GPU_UTIL", "60")}`);
    const issues = await validateFiles(["hpa.yaml"], { files: memoryFiles({ "hpa.yaml": text }), policies: builtinPolicies });
    expect(issues.map(({ code, file, line }) => [code, file, line])).toEqual([
      ["gpu_utilization_trigger", "hpa.yaml", 10],
      ["target_unreachable", "hpa.yaml", 9],
    ]);
  });
});
