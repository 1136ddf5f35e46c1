import { builtinPolicies } from "@replicast/policies";
import { createMetricSource, load, memoryFiles } from "replicast";
import type { BenchCase } from "./cases.ts";

/** A fleet of a measured model under generated traffic: 70B on four H100s, a node of its own for every replica, or 8B on one. */
export interface FleetShape {
  readonly replicas: number;
  /** Arrivals per replica and second. 12.0 is what one carries at most with conversation lengths: 7.2 is 60 % of it. */
  readonly perSecond: number;
  readonly durationSeconds: number;
  /** Tensor-parallel 70B when left out. With one H100 a replica, four replicas share a node. */
  readonly model?: "llama-2-70b_h100_tp4" | "llama-3.1-8b_h100_tp1";
  readonly latency?: "roofline" | "linear";
  /** Tokens of every answer; the lengths of real conversations when left out. */
  readonly answerTokens?: number;
  /** An HPA reads a metric of every pod at each sync, every 15 s, after as many scrapes. Without it nothing reads anything. */
  readonly isSynced?: boolean;
}

const GPUS_PER_NODE = 4;

/** The fleet as a scenario that a user could have written, loaded as theirs would be. */
export async function fleet(title: string, shape: FleetShape): Promise<BenchCase> {
  const files = memoryFiles({ "scenario.yaml": JSON.stringify(scenarioOf(shape)), "hpa.yaml": JSON.stringify(manifestOf(shape.replicas)) });
  const { plan, bind } = await load("scenario.yaml", { files, policies: builtinPolicies });
  const policy = shape.isSynced === true ? "synced" : "fixed";
  return { title, plan, policy, controllers: bind(policy), metricSource: createMetricSource(plan) };
}

function scenarioOf(shape: FleetShape): object {
  const { replicas, perSecond, durationSeconds, model = "llama-2-70b_h100_tp4", latency = "roofline", answerTokens } = shape;
  const nodes = model === "llama-2-70b_h100_tp4" ? replicas : Math.ceil(replicas / GPUS_PER_NODE);
  return {
    replicast: 1,
    name: "fleet",
    start: "2026-03-02T00:00:00",
    timeZone: "UTC",
    duration: `${durationSeconds}s`,
    seed: 1,
    traffic: [
      {
        arrivals: { kind: "poisson", rate: `${replicas * perSecond}/s` },
        lengths: answerTokens === undefined ? "azure-conversation-2023" : { prompt: 1000, output: answerTokens },
      },
    ],
    deployments: [{ name: "chat", model, latency, replicas, gateway: { maxQueued: 1_000_000 } }],
    slo: { ttft: "p(95)<2s", tpot: "p(95)<100ms" },
    nodePools: [{ name: "pool", gpu: "H100", gpusPerNode: GPUS_PER_NODE, pricePerGpuHour: 3, max: nodes, provision: "60s" }],
    policies: [
      { name: "fixed", kind: "fixed", replicas },
      { name: "synced", kind: "hpa", manifest: "hpa.yaml" },
    ],
  };
}

/** Syncs on every pod's running sequences, and may not scale: the figures are those of a fleet that stays. */
function manifestOf(replicas: number): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "chat" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat" },
      minReplicas: replicas,
      maxReplicas: replicas,
      metrics: [
        { type: "Pods", pods: { metric: { name: "vllm:num_requests_running" }, target: { type: "AverageValue", averageValue: "8" } } },
      ],
    },
  };
}
