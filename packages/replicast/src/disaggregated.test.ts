import { builtinPolicies } from "@replicast/policies";
import type { DeploymentCapacity, RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { capacity } from "./capacity.ts";
import { memoryFiles } from "./files.ts";
import { type LoadedScenario, load } from "./load.ts";
import { run } from "./run.ts";

/** Prompts on one pool, answers on another, each scaled by its own metrics; two nodes each. */
const SCENARIO = `
replicast: 1
name: pair
duration: 30m
traffic:
  - { name: chat, deployment: decode, arrivals: { kind: poisson, rate: 4/s }, lengths: { prompt: { median: 1500, sigma: 0.5 }, output: { median: 120, sigma: 0.5 } } }
deployments:
  - name: decode
    model: llama-3.1-8b_h100_tp1
    replicas: 1
    disaggregation: { prefill: prefill, bandwidth: 40GB/s }
  - name: prefill
    model: llama-3.1-8b_h100_tp1
    replicas: 1
nodePools:
  - { name: one, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 3, min: 2, max: 4 }
policies:
  - { name: one each, deployments: { decode: { kind: fixed, replicas: 1 }, prefill: { kind: fixed, replicas: 1 } } }
  - name: scaled
    deployments:
      decode: { kind: hpa, manifest: decode.yaml }
      prefill: { kind: hpa, manifest: prefill.yaml }
slo: { ttft: "p(95)<1s", tpot: "p(95)<40ms" }
`;

const hpa = (name: string, metric: string, value: string): string => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ${name} }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${name} }
  minReplicas: 1
  maxReplicas: 2
  metrics:
    - type: Pods
      pods: { metric: { name: "${metric}" }, target: { type: AverageValue, averageValue: "${value}" } }`;

const open = (text = SCENARIO): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({
      "scenario.yaml": text,
      "decode.yaml": hpa("decode", "vllm:num_requests_running", "3"),
      "prefill.yaml": hpa("prefill", "vllm:num_requests_running", "50"),
    }),
  });

/** Two GPUs are all there can be; prompts all alike. */
const small = (bandwidth: string): string =>
  SCENARIO.replace(/lengths: .* }$/m, "lengths: { prompt: 1600, output: 100 } }")
    .replace("min: 2, max: 4", "min: 1, max: 2")
    .replace("40GB/s", bandwidth);

const deploymentOf = (result: RunResult, name: string): RunResult["deployments"][number] =>
  result.deployments.find((deployment) => deployment.name === name) as RunResult["deployments"][number];

describe("a scenario whose prompts are computed by another deployment", () => {
  it("scales each pool by its own metrics, serves every request, and tells what each needed", async () => {
    const scenario = await open();
    const kappa = (requestsPerSecond: number) => [{ replicas: 1, requestsPerSecond }];
    const work = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
    const capacity = [
      { deployment: "decode", points: kappa(3), work },
      { deployment: "prefill", points: kappa(1.5), work },
    ];
    const result = await run(scenario, "scaled", { capacity });
    const decode = deploymentOf(result, "decode");
    const prefill = deploymentOf(result, "prefill");
    expect(decode.replicasMax).toBe(2);
    expect(prefill.replicasMax).toBe(1);
    expect(result.requests.completed + result.requests.inFlight).toBe(result.requests.arrived);
    // both are offered the same 4 requests a second, of which a replica carries 3 here and 1.5 there
    const most = (steps: RunResult["deployments"][number]["required"]): number => Math.max(...steps.map(([, replicas]) => replicas));
    expect(most(decode.required)).toBe(2);
    expect(most(prefill.required)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...prefill.perMinute.running)).toBeGreaterThan(0);
    expect(Math.max(...decode.perMinute.running)).toBeGreaterThan(0);
    expect(result.cost.equationUsd).toBeGreaterThan(0);
  }, 60_000);

  it("measures what a replica of each pool carries while the other one is ample: only the decode side suffers from a slow link", async () => {
    const slo = "p(95)<2s";
    const [fastDecode, fastPrefill] = capacity(await open(small("40GB/s").replace("p(95)<1s", slo))).map(loadOf);
    const [slowDecode, slowPrefill] = capacity(await open(small("1GB/s").replace("p(95)<1s", slo))).map(loadOf);
    // one prompt of 1,600 tokens, 128 KiB each, takes 0.21 s on the slow link: 4.8 a second at most
    expect(slowDecode).toBeGreaterThan(3);
    expect(slowDecode).toBeLessThan(4.8);
    expect(fastDecode).toBeGreaterThan(4 * (slowDecode as number));
    // the other side holds its blocks longer, and answers come later
    expect(slowPrefill).toBeLessThanOrEqual((fastPrefill as number) * 1.02);
    expect(slowPrefill).toBeGreaterThan(0.7 * (fastPrefill as number));
    // 1,600 tokens of compute alone take 36 ms
    expect(fastPrefill).toBeGreaterThan(10);
    expect(fastPrefill).toBeLessThan(28);
  }, 120_000);
});

const loadOf = ({ points }: DeploymentCapacity): number | undefined => points[0]?.requestsPerSecond;
