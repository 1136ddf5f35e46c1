import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtinPolicies } from "@replicast/policies";
import { describe, expect, it } from "vitest";
import { load, memoryFiles, type RunResult, run } from "../src/index.ts";

const folder = process.env["REPLICAST_MANIFESTS"];

interface Case {
  readonly file: string;
  /** What the autoscaler scales. */
  readonly target: string;
  readonly server?: "vllm" | "triton" | "vllm on two nodes";
  readonly namespace?: string;
  /** What the cluster's adapter offers. */
  readonly adapter?: string;
  /** The adapter's own configuration. */
  readonly adapterFile?: string;
  /** What stands for triggers whose source is outside. */
  readonly triggers?: string;
  /** Warnings of loading. */
  readonly warned?: readonly string[];
  /** More pods than at the start within ten minutes. */
  readonly scales: boolean;
  /** How the policy fares when its query fails. */
  readonly blind?: "undecided" | "fallback";
}

const WAITING = "avg by (pod) (vllm:num_requests_waiting)";
const QUEUE_MICROSECONDS =
  "sum by (pod) (rate(nv_inference_queue_duration_us[1m])) / sum by (pod) (rate(nv_inference_request_success[1m]))";
const WANTED = "ceil(sum(vllm:num_requests_running + vllm:num_requests_waiting) / 8)";
/** Fails from the second pod on: the known trap. */
const MANY = { warned: ["query_returns_many"], blind: "undecided" } as const;
/** Only vLLM's arguments are read. */
const TRITON = { server: "triton", warned: ["manifest_not_modelled"] } as const;

const CASES: readonly Case[] = [
  {
    file: "gke-gemma-kv-cache-hpa.yaml",
    target: "gemma",
    adapter: `[{ as: "prometheus.googleapis.com|vllm:gpu_cache_usage_perc|gauge", query: avg by (pod) (vllm:kv_cache_usage_perc) }]`,
    scales: false, // requests wait while the cache is nearly empty: the blind gauge
  },
  {
    file: "gke-t5-torchserve-hpa.yaml",
    target: "t5-inference",
    ...TRITON,
    adapter: `[{ as: "prometheus.googleapis.com|ts_queue_latency_microseconds|counter", query: '${QUEUE_MICROSECONDS}' }]`,
    scales: true,
  },
  {
    file: "gke-vllm-multihost-hpa.yaml",
    target: "vllm",
    server: "vllm on two nodes",
    adapter: `[{ as: "prometheus.googleapis.com|vllm:num_requests_waiting|gauge", query: ${WAITING} }]`,
    scales: true,
  },
  {
    file: "kaito-composite-formula.yaml",
    target: "phi-4",
    triggers: "{ vllm_num_requests_waiting: { query: avg(vllm:num_requests_waiting) }, readiness_gate: { series: [[0, 1]] } }",
    warned: ["keda_target_kind_unknown", "keda_period_irrelevant"],
    scales: true,
  },
  { file: "kserve-keda-vllm-running.yaml", target: "huggingface-qwen-predictor", ...MANY, scales: true },
  {
    file: "kubernetes-examples-vllm-running-hpa.yaml",
    target: "vllm-gemma-deployment",
    adapterFile: "kubernetes-examples-prometheus-adapter.yaml",
    scales: true,
  },
  {
    file: "llm-d-wva-hpa-external.yaml",
    target: "vllme-deployment",
    adapter: `[{ as: wva_desired_replicas, query: '${WANTED}' }]`,
    warned: ["stabilization_below_cold_start"],
    scales: true,
  },
  {
    file: "llm-d-wva-keda.yaml",
    target: "vllme-deployment",
    triggers: `{ wva-desired-replicas: { query: '${WANTED}' } }`,
    warned: ["stabilization_below_cold_start", "cooldown_below_cold_start"],
    scales: true,
  },
  {
    file: "nim-operator-object-hpa.yaml",
    target: "meta-llama-3-2-1b-instruct",
    adapter: "[{ as: gpu_cache_usage_perc, query: max(vllm:kv_cache_usage_perc) }]",
    scales: false, // the blind gauge again
  },
  {
    file: "triton-onprem-hpa.yaml",
    target: "triton-inference-server",
    ...TRITON,
    adapterFile: "triton-onprem-prometheus-adapter.yaml",
    scales: true,
  },
  {
    file: "triton-trtllm-queue-compute-hpa.yaml",
    target: "triton-trtllm",
    ...TRITON,
    adapter:
      '[{ as: "triton:queue_compute:ratio", query: "rate(nv_inference_queue_duration_us[1m]) / clamp_min(rate(nv_inference_compute_infer_duration_us[1m]), 1)" }]',
    scales: true,
  },
  {
    file: "vllm-production-stack-hpa-object-metric.yaml",
    target: "vllm-llama3-deployment-vllm",
    adapterFile: "vllm-production-stack-prometheus-adapter.yaml",
    warned: ["adapter_rule_finds_nothing"], // a counter of the router, which is not simulated
    scales: true,
  },
  {
    file: "vllm-production-stack-keda-chart-defaults.yaml",
    target: "vllm-llama3-deployment-vllm",
    ...MANY,
    blind: "fallback",
    scales: true,
  },
  {
    file: "vllm-production-stack-keda-tutorial.yaml",
    target: "vllm-llama3-deployment-vllm",
    ...MANY,
    warned: ["keda_period_irrelevant", "keda_period_irrelevant", "query_returns_many"],
    scales: true,
  },
];

const ADAPTER_FILES: readonly string[] = CASES.flatMap(({ adapterFile = [] }) => adapterFile);

const container = (image: string, args: string, gpus: number): string => `
        - name: server
          image: ${image}
          args: ${args}
          resources: { limits: { nvidia.com/gpu: ${gpus}, cpu: 8, memory: 64Gi } }
          readinessProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5 }
          startupProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5, failureThreshold: 120 }
          ports: [{ containerPort: 8000 }]
`;

const VLLM = (parallel: string): string =>
  `[--model=meta-llama/Llama-3.1-8B-Instruct, --max-num-seqs=8, --gpu-memory-utilization=0.9${parallel}]`;

function workload({ target, server = "vllm" }: Case): string {
  const template = (spec: string) => `metadata: { labels: { app: ${target} } }\n    spec:\n      containers:${spec}`;
  const head = (api: string, kind: string) => `apiVersion: ${api}\nkind: ${kind}\nmetadata: { name: ${target}, namespace: default }\n`;
  if (server === "vllm on two nodes") {
    const spec = container("vllm/vllm-openai:latest", VLLM(", --tensor-parallel-size=2"), 1);
    return `${head("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet")}spec:
  replicas: 1
  leaderWorkerTemplate:
    size: 2
    workerTemplate: { spec: { containers: [{ name: worker, resources: { limits: { nvidia.com/gpu: 1 } } }] } }
    leaderTemplate:
      ${template(spec).replaceAll("\n", "\n  ")}`;
  }
  const spec =
    server === "triton"
      ? container("nvcr.io/nvidia/tritonserver:24.05-py3", "[tritonserver]", 1)
      : container("vllm/vllm-openai:latest", VLLM(""), 1);
  return `${head("apps/v1", "Deployment")}spec:\n  replicas: 1\n  template:\n    ${template(spec)}`;
}

/** More than one replica carries, of a server whose batch holds eight. */
function scenario(example: Case, policy: string): string {
  const isTriton = example.server === "triton";
  const own = isTriton
    ? "model: { shape: { name: classifier, parameters: 25000000 }, gpu: L40S, latency: { kind: curve, points: [[1, 20ms], [8, 80ms]] } }, engine: { batching: dynamic, dynamic: { maxBatchSize: 8 } }, "
    : "";
  return `replicast: 1
name: as-deployed
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: ${isTriton ? 120 : 6}/s }, lengths: { prompt: 500, output: ${isTriton ? 1 : 100} } }]
deployments: [{ manifest: workload.yaml, ${own}startup: { pull: 5s, load: 20s, warmUp: 5s }${example.namespace === undefined ? "" : `, namespace: ${example.namespace}`} }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 12, max: 12 }]
${metrics(example)}policies:
  - { name: as deployed, kind: ${policy}, manifest: policy.yaml${example.triggers === undefined ? "" : `, triggers: ${example.triggers}`} }
slo: { ttft: "p(95)<2s" }
`;
}

function metrics({ adapter, adapterFile }: Case): string {
  if (adapterFile !== undefined) return "metrics: { adapterConfig: adapter.yaml }\n";
  return adapter === undefined ? "" : `metrics: { adapter: ${adapter} }\n`;
}

const textOf = (file: string): string => readFileSync(join(folder as string, file), "utf8");

function open(example: Case): ReturnType<typeof load> {
  const manifest = textOf(example.file);
  const policy = manifest.includes("kind: ScaledObject") ? "keda" : "hpa";
  const texts = { "scenario.yaml": scenario(example, policy), "workload.yaml": workload(example), "policy.yaml": manifest };
  const adapter = example.adapterFile === undefined ? {} : { "adapter.yaml": textOf(example.adapterFile) };
  return load("scenario.yaml", { policies: builtinPolicies, files: memoryFiles({ ...texts, ...adapter }) });
}

/** Needs manifests of public projects, which are not part of the repository: set REPLICAST_MANIFESTS to the folder that holds them. */
describe.skipIf(folder === undefined)("public manifests in $REPLICAST_MANIFESTS", () => {
  it("are all in the table", () => {
    const files = readdirSync(folder as string).filter((file) => file.endsWith(".yaml"));
    expect([...CASES.map(({ file }) => file), ...ADAPTER_FILES].sort()).toEqual(files.sort());
  });

  for (const example of CASES) {
    it(`run ten minutes of a cluster with ${example.file}, which ${example.scales ? "scales" : "does not scale"}`, async () => {
      const loaded = await open(example);
      expect(loaded.warnings.filter(({ code }) => code !== "manifest_document_ignored").map(({ code }) => code)).toEqual(
        example.warned ?? [],
      );
      const result: RunResult = await run(loaded, "as deployed", { capacity: [] });
      expect(result.requests.completed).toBeGreaterThan(500);
      const [deployment] = result.deployments;
      if (example.scales) expect(deployment?.replicasMax).toBeGreaterThan(1);
      else expect(deployment?.replicasMax).toBe(1);
      const undecided = Object.values(result.undecided).reduce((sum, count) => sum + count, 0);
      if (example.blind === "undecided") expect(undecided).toBeGreaterThan(5);
      else expect(undecided).toBeLessThan(5);
      // The manifest's fallback ends at two replicas, whatever waits.
      if (example.blind === "fallback") expect(deployment?.desired.at(-1)?.[1]).toBe(2);
    });
  }
});
