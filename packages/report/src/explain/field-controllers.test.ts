import type { DecisionRecord } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { explainDecision } from "./decision.ts";

const decision = (evidence: DecisionRecord["evidence"], reason: string): DecisionRecord => ({
  timeSeconds: 60,
  deployment: "chat",
  timer: "tick",
  specReplicas: 2,
  desiredReplicas: 4,
  readyReplicas: 2,
  reason,
  evidence,
});

describe("controllers of other systems in words", () => {
  it.each([
    {
      system: "Knative",
      reason: "PanicMode",
      evidence: { metric: "concurrency", stableAverage: 12, panicAverage: 50, targetPerPod: 14, readyPods: 2, stablePods: 1, panicPods: 4 },
      because:
        "concurrency averages 12 over the stable and 50 over the panic window, at 14 a pod: 1 and 4 pods, with 2 pods ready; in panic, the larger of the two decides",
    },
    {
      system: "Ray Serve",
      reason: "UpscaleDelay",
      evidence: { ongoingRequests: 40, targetOngoingRequests: 10, wantedReplicas: 4, waitedSeconds: 12, delaySeconds: 30 },
      because:
        "40 ongoing requests at 10 a replica ask for 4 replicas, for 12.0 s of 30.0 s; more must have been wanted for the whole delay",
    },
    {
      system: "WVA",
      reason: "SpareCapacityLow",
      evidence: { unsaturated: 2, avgSpareKv: 0.05, avgSpareQueue: 4, kvSpareTrigger: 0.1, queueSpareTrigger: 3 },
      because:
        "2 replicas not saturated, with 5 % of KV cache and 4 places in the queue to spare; 10 % and 3 are wanted; one replica is added",
    },
    {
      system: "WVA's model",
      reason: "QueueingModel",
      evidence: { requestsPerSecond: 9, avgInputTokens: 300, avgOutputTokens: 100, batchSize: 32, requestsPerSecondOfOne: 2.5 },
      because: "9 requests per second, of 300 and 100 tokens; replicas are that rate ÷ what the queueing model lets one carry",
    },
    {
      system: "AIBrix",
      reason: "ScaleDownCooldown",
      evidence: { metric: "running_requests", valuePerPod: 3, targetPerPod: 10, ratio: 0.3 },
      because: "running_requests is 3 per pod against 10; the last change is too recent for a step down",
    },
    {
      system: "Dynamo's prediction",
      reason: "GpuBudget",
      evidence: { observedPerSecond: 50, predictedPerSecond: 52, engineRps: 5, neededReplicas: 11 },
      because: "52 requests per second predicted, 5 for each engine: 11 replicas; the GPU budget is the most",
    },
    {
      system: "Dynamo's load",
      reason: "EngineTooFull",
      evidence: { engines: 2, readyReplicas: 2, lowerLimit: 1, largestLoad: 1.2 },
      because: "2 engines report, the fullest at 1.2; one replica is added",
    },
  ])("tells $system", ({ reason, evidence, because }) => {
    const text = explainDecision(decision(evidence, reason));
    expect(text.because).toBe(because);
    expect(text.sentences).toHaveLength(3);
    expect(text.sentences.at(-1)).toBe(`2 → 4 (${reason}); 2 replicas ready at that moment.`);
  });
});
