// A latency model of your own: seconds of any step, from what the step computes.
import { builtinPolicies } from "@replicast/policies";
import { load, memoryFiles, run, type UserLatency } from "replicast";

/** A server that reads its weights in 12 ms, computes 30 µs per token and 40 ns per context token, whichever takes longer. */
const own: UserLatency = {
  name: "hard roofline",
  stepSeconds: ({ promptTokens, decodeSequences, contextTokens }) =>
    0.002 + Math.max(0.012, 3e-5 * (promptTokens + decodeSequences)) + 4e-8 * contextTokens,
  // Affine in the context while only decoding: such steps are fast-forwarded. Leave it out if yours is not.
  perContextTokenSeconds: 4e-8,
  requestOverheadSeconds: 0.015,
};

const files = memoryFiles({
  "scenario.yaml": `
    replicast: 1
    name: own-latency
    duration: 10m
    traffic:
      - { arrivals: { kind: poisson, rate: 3/s }, lengths: azure-conversation-2023 }
    deployments:
      - { name: chat, model: llama-3.1-8b_h100_tp1, replicas: 1 }
    nodePools:
      - { name: h100, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 2.5, min: 1, max: 1 }
    policies:
      - { name: fixed, kind: fixed, replicas: 1 }
    slo: { ttft: "p(95)<1s" }`,
});

const scenario = await load("scenario.yaml", { files, policies: builtinPolicies, latencyModels: { chat: own } });
const { latency, requests } = await run(scenario);
console.log(scenario.plan.assumptions.find((text) => text.includes(own.name)));
console.log(`${requests.completed} requests, median time per token ${((latency.tpot.p50Seconds ?? 0) * 1000).toFixed(1)} ms`);
