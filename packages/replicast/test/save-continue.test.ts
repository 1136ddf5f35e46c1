import { builtinPolicies } from "@replicast/policies";
import { createSimulation, type RunResult, type SimulateOptions } from "@replicast/sim-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createMetricSource, type LoadedScenario, load, memoryFiles } from "../src/index.ts";

const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: 6
  metrics: [{ type: Pods, pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "4" } } }]
  behavior: { scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: Pods, value: 1, periodSeconds: 60 }] } }
`;
const SCALED_OBJECT = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat }
spec:
  scaleTargetRef: { name: chat }
  minReplicaCount: 0
  maxReplicaCount: 6
  cooldownPeriod: 60
  triggers: [{ type: prometheus, metadata: { serverAddress: "http://prometheus", query: "sum(gateway_requests_in_flight)", threshold: "4" } }]
`;

const POD_AUTOSCALER = {
  scalingStrategy: "KPA",
  minReplicas: 1,
  maxReplicas: 6,
  metricsSources: [{ metricSourceType: "pod", targetMetric: "num_requests_running", targetValue: "4" }],
};

/** One entry per kind of policy: a kind without one is not tested, and the first test says so. */
const ENTRIES: Readonly<Record<string, string>> = {
  fixed: "replicas: 3",
  hpa: "manifest: hpa.yaml",
  keda: "manifest: scaled-object.yaml",
  schedule: 'timeZone: UTC, replicas: 1, windows: [{ days: mon, from: "09:03", to: "09:08", replicas: 4 }]',
  forecast: 'query: "sum(rate(gateway_requests_total[1m]))", perReplica: 2, maxReplicas: 6, season: none',
  max: "of: [{ kind: fixed, replicas: 2 }, { kind: hpa, manifest: hpa.yaml }]",
  knative:
    'annotations: { autoscaling.knative.dev/target: "4", autoscaling.knative.dev/min-scale: "1", autoscaling.knative.dev/max-scale: "6" }',
  "ray-serve":
    "autoscaling_config: { min_replicas: 1, max_replicas: 6, target_ongoing_requests: 4, upscale_delay_s: 5, downscale_delay_s: 60 }",
  wva: "maxReplicas: 6, scaleToZero: { retentionPeriodSeconds: 120 }",
  aibrix: `spec: ${JSON.stringify(POD_AUTOSCALER)}, scaleDownCooldownSeconds: 60`,
  dynamo:
    "engine_rps: 2, max_gpu_budget: 6, throughput_adjustment_interval: 30, load_predictor: kalman, enable_load_scaling: true, context_length: 8192",
};
/** A policy within a policy has state of its own. */
const FLOORED: Readonly<Record<string, string>> = {
  hpa: `${ENTRIES["hpa"]}, floor: { kind: forecast, ${ENTRIES["forecast"]} }`,
  keda: `${ENTRIES["keda"]}, floor: { kind: schedule, ${ENTRIES["schedule"]} }`,
};
const CASES = [
  ...Object.entries(ENTRIES).map(([kind, entry]) => ({ kind, entry, title: kind })),
  ...Object.entries(FLOORED).map(([kind, entry]) => ({ kind, entry, title: `${kind} with a floor` })),
];

const scenario = (kind: string, entry: string): string => `
replicast: 1
name: saved
start: 2026-03-02T09:00:00
duration: 12m
seed: 5
traffic: [{ arrivals: { kind: poisson, rate: { points: [[0s, 1/s], [200s, 1/s], [210s, 8/s], [400s, 8/s], [410s, 0/s]] } }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, client: { timeout: 20s, retries: 1 } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, min: 1, max: 6, provision: 30s }]
faults: [{ kind: podCrash, deployment: chat, at: 5m }]
policies: [{ name: ${kind}, kind: ${kind}, ${entry} }]
slo: { ttft: "p(95)<1s" }
`;

const open = (kind: string, entry: string): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    files: memoryFiles({ "scenario.yaml": scenario(kind, entry), "hpa.yaml": HPA, "scaled-object.yaml": SCALED_OBJECT }),
    policies: builtinPolicies,
  });

describe("a run that is saved and continued", () => {
  it("is tested with every kind of policy there is", () => {
    expect(Object.keys(ENTRIES).sort()).toEqual(builtinPolicies.map(({ id }) => id).sort());
  });

  describe.each(CASES)("under $title", ({ kind, entry }) => {
    let loaded: LoadedScenario;
    let whole: RunResult;
    const options = (): SimulateOptions => ({
      policy: kind,
      controllers: loaded.bind(kind),
      metricSource: createMetricSource(loaded.plan),
      openTrace: loaded.openTrace,
      capacity: [
        {
          deployment: "chat",
          points: [{ replicas: 1, requestsPerSecond: 2 }],
          work: { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 },
        },
      ],
    });
    beforeAll(async () => {
      loaded = await open(kind, entry);
      whole = createSimulation(loaded.plan, options()).result();
    });

    it("ends as if it had not stopped, byte for byte, wherever it was saved", () => {
      expect(whole.requests.completed).toBeGreaterThan(1000);
      expect(whole.blame?.violations).toBe(whole.slo.violations);
      fc.assert(
        fc.property(fc.double({ min: 0, max: 720, noNaN: true }), fc.double({ min: 0, max: 720, noNaN: true }), (first, second) => {
          const run = createSimulation(loaded.plan, options());
          run.runTo(Math.min(first, second));
          const next = createSimulation(loaded.plan, options(), structuredClone(run.save()));
          next.runTo(Math.max(first, second));
          const last = createSimulation(loaded.plan, options(), structuredClone(next.save()));
          expect(JSON.stringify(last.result())).toBe(JSON.stringify(whole));
          // whoever was saved goes on, too
          expect(JSON.stringify(run.result())).toBe(JSON.stringify(whole));
        }),
        { numRuns: 4, seed: 7 },
      );
    });
  });
});
