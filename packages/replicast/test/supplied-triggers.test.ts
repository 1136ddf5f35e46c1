import { builtinPolicies } from "@replicast/policies";
import { InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { load, memoryFiles, type RunResult, run } from "../src/index.ts";

const MANIFEST = `
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: { name: kafka }
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat }
spec:
  scaleTargetRef: { name: chat }
  minReplicaCount: 1
  maxReplicaCount: 6
  triggers:
    - type: kafka
      name: prompts
      metadata: { bootstrapServers: "kafka:9092", topic: prompts, lagThreshold: "10" }
      authenticationRef: { name: kafka }
`;

const scenario = (triggers: string): string => `
replicast: 1
name: behind-kafka
duration: 20m
traffic:
  - { deployment: chat, arrivals: { kind: poisson, rate: 1/s }, lengths: azure-conversation-2023 }
deployments:
  - { name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, shutdown: { grace: 10m } }
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 8 }
policies:
  - { name: kafka, kind: keda, manifest: so.yaml, kubernetes: "1.32"${triggers} }
slo: { ttft: "p(95)<2s" }
`;

const open = (triggers: string) =>
  load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({ "scenario.yaml": scenario(triggers), "so.yaml": MANIFEST }),
  });

describe("a trigger whose source is not simulated", () => {
  it("scales by the scenario's series, and notes that credentials have no effect", async () => {
    const loaded = await open(", triggers: { prompts: { series: [[0, 0], [60, 40]] } }");
    expect(loaded.warnings.map(({ code }) => code)).toEqual(["manifest_credentials_ignored"]);
    const result: RunResult = await run(loaded, "kafka", { capacity: [] });
    expect(result.deployments[0]?.replicasMax).toBe(4);
    expect(result.undecided).toEqual({});
  });

  it("scales by a query over what the simulation exports", async () => {
    const result: RunResult = await run(await open(", triggers: { prompts: { query: 'vector(55)' } }"), "kafka", { capacity: [] });
    expect(result.deployments[0]?.replicasMax).toBe(6);
  });

  it("is refused where nothing says its values, with the line of the manifest", async () => {
    const refused = await open("").catch((error: unknown) => error);
    expect((refused as InputError).issues.find(({ severity }) => severity !== "warning")).toMatchObject({
      code: "keda_trigger_needs_values",
      file: "so.yaml",
      line: 14,
    });
    expect(refused).toBeInstanceOf(InputError);
  });

  it("has a query checked like any other", async () => {
    const refused = await open(", triggers: { prompts: { query: 'sum(gateway_que_depth)' } }").catch((error: unknown) => error);
    expect((refused as InputError).issues.find(({ code }) => code === "metric_not_exported")).toMatchObject({
      path: ["policies", 0, "triggers", "prompts", "query"],
    });
  });
});
