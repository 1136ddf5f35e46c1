import { builtinPolicies } from "@replicast/policies";
import { InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { load, memoryFiles, type RunResult, run } from "../src/index.ts";

const keda = (query: string): string => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat }
spec:
  scaleTargetRef: { name: chat }
  minReplicaCount: 2
  maxReplicaCount: 8
  triggers:
    - type: prometheus
      metadata: { serverAddress: http://prometheus, query: '${query}', threshold: "10" }
`;

/** More than two replicas carry, behind flow control; scaled by what waits there. */
const scenario = (gateway: string): string => `
replicast: 1
name: behind-a-gateway
duration: 20m
traffic:
  - { name: people, arrivals: { kind: poisson, rate: 10/s }, lengths: azure-conversation-2023 }
  - { name: batch, arrivals: { kind: poisson, rate: 5/s }, lengths: azure-conversation-2023 }
deployments:
  - { name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 2, engine: { maxSequences: 48 }, gateway: ${gateway} }
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 2, max: 8 }
policies:
  - { name: gateway queue, kind: keda, manifest: queue.yaml }
  - { name: two, kind: fixed, replicas: 2 }
slo: { ttft: "p(95)<2s" }
`;

const FLOW_CONTROL = `{ routing: leastRequests, flowControl: { queueDepthThreshold: 2, bands: [{ priority: -1, streams: [batch] }] } }`;

const open = (gateway: string) =>
  load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({
      "scenario.yaml": scenario(gateway),
      "queue.yaml": keda(`sum(llm_d_epp_flow_control_queue_size{inference_pool="chat"})`),
    }),
  });

describe("scaling behind flow control", () => {
  it("reads the gateway's queue by PromQL, under the name the real gateway exports", async () => {
    const loaded = await open(FLOW_CONTROL);
    const of = (policy: string): Promise<RunResult> => run(loaded, policy, { capacity: [] });
    const [scaled, fixed] = [await of("gateway queue"), await of("two")];
    expect(scaled.deployments[0]?.replicasMax).toBeGreaterThan(2);
    expect(scaled.undecided).toEqual({});
    expect(fixed.requests.timedOut).toBeGreaterThan(200);
    expect(scaled.requests.timedOut).toBeLessThan(0.5 * fixed.requests.timedOut);
  });

  it("is refused when the gateway has none", async () => {
    const issues = await open("{ routing: inferenceGateway }").then(
      () => [],
      (error: unknown) => (error instanceof InputError ? error.issues : []),
    );
    expect(issues).toMatchObject([
      { code: "metric_not_enabled", data: { metric: "llm_d_epp_flow_control_queue_size", needs: "flowControl" } },
    ]);
  });
});
