// The same four GPUs, once as four equal replicas, once as two that compute prompts and two that decode.
import { builtinPolicies } from "@replicast/policies";
import { load, memoryFiles, run } from "replicast";

const decode = "{ name: chat, model: llama-3.1-8b_h100_tp1";
const deployments = {
  "four of a kind": `[${decode}, replicas: 4 }]`,
  "two and two": `[${decode}, replicas: 2, disaggregation: { prefill: prompts, bandwidth: 40GB/s } },
                   { name: prompts, model: llama-3.1-8b_h100_tp1, replicas: 2 }]`,
};

for (const [name, written] of Object.entries(deployments)) {
  const scenario = await load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({
      "scenario.yaml": `
        replicast: 1
        name: long-prompts
        duration: 30m
        traffic:
          - deployment: chat
            arrivals: { kind: poisson, rate: 24/s }
            lengths: { prompt: { median: 2000, sigma: 0.7 }, output: { median: 150, sigma: 0.6 } }
        deployments: ${written}
        nodePools: [{ name: h100, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 3, min: 4, max: 4 }]
        policies: [{ name: as it is, kind: fixed, replicas: ${name === "two and two" ? 2 : 4}, deployment: chat }]
        slo: { ttft: "p(95)<1s", itl: "p(99)<50ms" }`,
    }),
  });
  // without capacities: what the load required is not asked here
  const { latency, requests } = await run(scenario, "as it is", { capacity: [] });
  const ms = (seconds: number | null): string => `${((seconds ?? 0) * 1000).toFixed(0)} ms`;
  console.log(
    `${name}: ${requests.completed} answers, TTFT p50 ${ms(latency.ttft.p50Seconds)}, p95 ${ms(latency.ttft.p95Seconds)}; ITL p50 ${ms(latency.itl.p50Seconds)}, p99 ${ms(latency.itl.p99Seconds)}`,
  );
}
