import { builtinPolicies } from "@replicast/policies";
import { createSimulation, type RunResult, type SimulateOptions } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { type LoadedScenario, load, memoryFiles } from "../src/index.ts";
import { createMetricSource } from "../src/metric-source.ts";

const SERVICE = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: chat }
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/target: "20"
        autoscaling.knative.dev/max-scale: "6"
    spec: { containerConcurrency: 32, containers: [{ image: vllm }] }
`;

const AUTOSCALER = `
apiVersion: autoscaling.aibrix.ai/v1alpha1
kind: PodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: 6
  scalingStrategy: KPA
  metricsSources:
    - { metricSourceType: pod, protocolType: http, port: "8000", path: metrics, targetMetric: num_requests_running, targetValue: "15" }
`;

const ENTRIES = {
  knative: "kind: knative, manifest: service.yaml",
  "knative to zero": "kind: knative, annotations: { autoscaling.knative.dev/target: 20, autoscaling.knative.dev/max-scale: 6 }",
  "ray-serve":
    "kind: ray-serve, autoscaling_config: { min_replicas: 1, max_replicas: 6, target_ongoing_requests: 15, downscale_delay_s: 120 }",
  "wva saturation": "kind: wva, maxReplicas: 6, saturation: {}",
  "wva behind an HPA":
    "kind: wva, hpa: { spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }, minReplicas: 1, maxReplicas: 6, behavior: { scaleDown: { stabilizationWindowSeconds: 60 } }, metrics: [{ type: External, external: { metric: { name: wva_desired_replicas }, target: { type: AverageValue, averageValue: 1 } } }] } }",
  "wva to zero": "kind: wva, maxReplicas: 6, scaleToZero: { retentionPeriodSeconds: 120 }",
  "wva model":
    "kind: wva, maxReplicas: 6, queueingModel: { alpha: 20, beta: 0.4, gamma: 30, delta: 0.02, maxBatchSize: 32, slo-ttft: 1000, slo-tpot: 40 }",
  "aibrix APA":
    "kind: aibrix, spec: { scalingStrategy: APA, maxReplicas: 6, metricsSources: [{ metricSourceType: pod, targetMetric: num_requests_running, targetValue: 15 }] }",
  "aibrix KPA": "kind: aibrix, manifest: autoscaler.yaml",
  "dynamo throughput": "kind: dynamo, engine_rps: 6, max_gpu_budget: 6, throughput_adjustment_interval: 60",
  "dynamo load":
    "kind: dynamo, enable_throughput_scaling: false, enable_load_scaling: true, component: decode, optimization_target: latency, max_gpu_budget: 6",
} as const;

type Name = keyof typeof ENTRIES;

/** Three requests a second for five minutes, then twelve for ten, then none; a replica is there after a minute. */
function open(entry: string, replicas = 1): Promise<LoadedScenario> {
  const text = `
replicast: 1
name: field
duration: 25m
seed: 3
traffic:
  - arrivals: { kind: poisson, rate: { points: [[0s, 3/s], [5m, 3/s], [5m1s, 12/s], [15m, 12/s], [15m1s, 0/s]] } }
    lengths: { prompt: 300, output: 120 }
deployments:
  - name: chat
    model: llama-3.1-8b_l40s_tp1
    replicas: ${replicas}
    engine: { maxSequences: 32, warmUp: { factor: 1 } }
    startup: { pull: 10s, load: 10s, compile: 0s, capture: 0s, warmUp: 0s }
    gateway: { maxQueued: unlimited, queueTimeout: never }
    client: { timeout: never }
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 6, provision: 20s }]
policies: [{ name: it, ${entry} }]
slo: { ttft: "p(95)<2s" }
`;
  const files = memoryFiles({ "scenario.yaml": text, "service.yaml": SERVICE, "autoscaler.yaml": AUTOSCALER });
  return load("scenario.yaml", { files, policies: builtinPolicies });
}

function optionsOf({ plan, bind, openTrace }: LoadedScenario): SimulateOptions {
  return { policy: "it", controllers: bind("it"), metricSource: createMetricSource(plan), openTrace };
}

async function runOf(name: Name, replicas = 1): Promise<RunResult> {
  const scenario = await open(ENTRIES[name], replicas);
  return createSimulation(scenario.plan, optionsOf(scenario)).result();
}

const specAt = ({ deployments }: RunResult, atSeconds: number): number =>
  deployments[0]?.desired.findLast(([seconds]) => seconds <= atSeconds)?.[1] ?? Number.NaN;

describe.each(Object.keys(ENTRIES) as Name[])("%s", (name) => {
  it("scales out with the load and in after it, on what the endpoints show, and misses no look", async () => {
    const result = await runOf(name);
    const [before, during, after] = [
      specAt(result, 299),
      Math.max(...[600, 700, 800, 899].map((at) => specAt(result, at))),
      specAt(result, 1499),
    ];
    expect(during).toBeGreaterThan(before);
    expect(after).toBeLessThan(during);
    expect(result.undecided).toEqual({});
    expect(result.requests).toMatchObject({ rejected: 0, timedOut: 0, inFlight: 0 });
  });

  it("continues to the same bytes when it is saved in the middle of it all", async () => {
    const scenario = await open(ENTRIES[name]);
    const whole = createSimulation(scenario.plan, optionsOf(scenario)).result();
    const first = createSimulation(scenario.plan, optionsOf(scenario));
    first.runTo(421.3);
    const saved = JSON.parse(JSON.stringify(first.save().loop)) as unknown;
    expect(saved).toEqual(first.save().loop);
    expect(JSON.stringify(createSimulation(scenario.plan, optionsOf(scenario), first.save()).result())).toBe(JSON.stringify(whole));
  });
});

describe("scale to zero", () => {
  it.each([
    { name: "knative to zero", from: "a stable window without requests, the activator being in the path", least: 60, most: 60 + 30 },
    { name: "wva to zero", from: "the retention period without requests", least: 120, most: 120 + 90 },
  ] as const)("of $name comes some time after the last request", async ({ name, least, most }) => {
    const result = await runOf(name);
    const gone = result.deployments[0]?.desired.find(([seconds, replicas]) => seconds > 900 && replicas === 0)?.[0] ?? 0;
    expect(gone).toBeGreaterThan(900 + least);
    expect(gone).toBeLessThan(900 + most);
  });

  it.each(["knative to zero", "wva to zero"] as const)(
    "of %s holds requests until the first pod is ready, and loses none",
    async (name) => {
      const result = await runOf(name, 0);
      const [first] = result.decisions.filter(({ desiredReplicas }) => desiredReplicas > 0);
      expect(first?.timeSeconds).toBeLessThanOrEqual(3);
      expect(result.latency.ttft.maxSeconds).toBeGreaterThan(20);
      expect(result.requests.completed).toBe(result.requests.arrived);
    },
  );
});
