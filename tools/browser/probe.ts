import { builtinPolicies } from "@replicast/policies";
import { compare, load, memoryFiles } from "replicast";

const SCENARIO = `
replicast: 1
name: browser-probe
start: 2026-03-29T00:30:00
timeZone: Europe/Berlin
duration: 90m
seed: browser
traffic:
  - arrivals: { kind: modulatedPoisson, rate: { points: [[0s, 2/s], [45m, 12/s], [90m, 3/s]] }, sigma: 0.3, tau: 5m }
    lengths: azure-conversation-2023
  - name: bursts
    arrivals: { kind: onOff, rate: 9/s, burstSize: { median: 40, sigma: 0.7 }, off: { median: 60s, sigma: 1 } }
    lengths: azure-code-2023
deployments:
  - name: chat
    model: llama-3.1-8b_l40s_tp1
    replicas: 2
    engine: { maxSequences: 32 }
    startup: { pull: { median: 20s, sigma: 0.3 }, load: { bandwidth: 2GB/s, fixed: 5s }, warmUp: { mean: 20s } }
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 2, pricePerGpuHour: 1.86, min: 1, max: 6, provision: { median: 60s, sigma: 0.35 } }
policies:
  - { name: hpa, kind: hpa, manifest: hpa.yaml }
  - { name: keda, kind: keda, manifest: keda.yaml }
  - { name: schedule, kind: schedule, timeZone: Europe/Berlin, replicas: 2, windows: [{ from: "01:00", to: "03:30", replicas: 5 }] }
  - { name: forecast, kind: forecast, perReplica: 4, season: none, minReplicas: 1, maxReplicas: 8 }
  - name: max
    kind: max
    of:
      - { kind: fixed, replicas: 1 }
      - { kind: forecast, perReplica: 4, model: autoregression, minReplicas: 1, maxReplicas: 8 }
slo: { ttft: "p(95)<1s", tpot: "p(95)<60ms" }
derive: { spread: log(ttft.p95Seconds / ttft.p50Seconds) }
`;

const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: 8
  metrics:
    - type: Pods
      pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "16" } }
`;

const KEDA = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat }
spec:
  scaleTargetRef: { name: chat }
  minReplicaCount: 1
  maxReplicaCount: 8
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus:9090
        query: histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[1m]))) * 10
        threshold: "5"
`;

/**
 * A comparison that touches everything whose bits could differ between engines: every sampler, zone rules over a change of clocks,
 * PromQL, forecasts, formulas. Returns the result as text.
 */
export async function probe(): Promise<string> {
  const files = memoryFiles({ "scenario.yaml": SCENARIO, "hpa.yaml": HPA, "keda.yaml": KEDA });
  const scenario = await load("scenario.yaml", { files, policies: builtinPolicies });
  return JSON.stringify(await compare(scenario));
}
