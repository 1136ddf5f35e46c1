// Compare policies on the same traffic from a program: a notebook, a test, a service.
import { builtinPolicies } from "@replicast/policies";
import { compare, load, memoryFiles } from "replicast";

const scenario = await load("scenario.yaml", {
  policies: builtinPolicies,
  files: memoryFiles({
    "scenario.yaml": `
      replicast: 1
      name: lunch-rush
      duration: 1h
      traffic:
        - arrivals: { kind: poisson, rate: { points: [[0s, 3/s], [20m, 12/s], [40m, 12/s], [60m, 3/s]] } }
          lengths: azure-conversation-2023
      deployments:
        - { name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 2, engine: { maxSequences: 32 } }
      nodePools:
        - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 2, max: 8 }
      policies:
        - { name: two, kind: fixed, replicas: 2 }
        - { name: five, kind: fixed, replicas: 5 }
        - { name: HPA, kind: hpa, manifest: hpa.yaml }
      slo: { ttft: "p(95)<1s", tpot: "p(95)<60ms" }`,
    "hpa.yaml": `
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: chat }
      spec:
        scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
        minReplicas: 2
        maxReplicas: 8
        metrics:
          - type: Pods
            pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "20" } }`,
  }),
});

const { ranking, runs, verdict } = await compare(scenario);

console.log(verdict);
for (const name of ranking) {
  const run = runs.find(({ policy }) => policy === name);
  if (run === undefined) continue;
  const attainment = (100 * (run.slo.attainment ?? 0)).toFixed(1);
  console.log(`${name}: $${run.cost.monthlyUsd.toFixed(0)} a month, ${attainment} % of ${run.requests.arrived} requests in time`);
}
