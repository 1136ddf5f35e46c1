import { describe, expect, it } from "vitest";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";
import type { Plan } from "./plan.ts";

function build(model: string, utilization: number, replicas: number): { readonly plan?: Plan; readonly issues: readonly Issue[] } {
  const text = `replicast: 1
name: shared
duration: 1h
traffic:
  - arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: 50 }
deployments:
  - name: chat
    model: ${model}
    engine: { gpuMemoryUtilization: ${utilization}, maxModelTokens: 2048 }
    replicas: 5
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 4, timeSlicing: { replicas: ${replicas} }, pricePerGpuHour: 4, max: 1, headroom: { pods: 1 } }
policies:
  - { name: two, kind: constant, replicas: 5 }
slo: { ttft: "p(95)<2s" }
`;
  const parsed = parseScenario(text, "shared.yaml");
  if (!parsed.ok) return { issues: parsed.issues };
  const result = buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: {} }),
  });
  return result.ok ? { plan: result.plan, issues: result.warnings } : { issues: result.issues };
}

describe("a pool with time-sliced GPUs", () => {
  it("offers GPUs × replicas slots, and a balloon of a whole node is as many", () => {
    const [pool] = build("llama-3.1-8b_h100_tp1", 0.25, 4).plan?.cluster.nodePools ?? [];
    expect(pool).toMatchObject({ gpusPerNode: 16, slotsPerGpu: 4, pricePerGpuHourUsd: 4, headroom: { pods: 1, gpus: 16 } });
  });

  it("is refused where the replicas of one GPU do not fit its memory, with the sum and what would fit", () => {
    const { issues } = build("llama-3.1-8b_h100_tp1", 0.3, 4);
    expect(issues.map(({ code, path }) => [code, path.join(".")])).toEqual([
      ["shared_gpu_memory_exceeded", "deployments.0.engine.gpuMemoryUtilization"],
    ]);
    const { text, hint } = describeIssue(issues[0] as Issue);
    expect(text).toContain("4 × 0.3 × 80 GB = 96 GB");
    expect(hint).toBe("set engine.gpuMemoryUtilization to 0.25 at most, or timeSlicing.replicas to 3");
  });

  it("lets thirds fill the memory to the byte", () => {
    expect(build("llama-3.1-8b_h100_tp1", 1 / 3, 3).issues).toEqual([]);
  });

  it("is refused to a replica of several GPUs: slots of one GPU are no second one", () => {
    const { issues } = build("llama-3.1-8b_h100_tp2", 0.25, 4);
    expect(issues).toMatchObject([{ code: "shared_gpu_takes_one", path: ["deployments", 0, "model"], data: { gpusPerReplica: 2 } }]);
  });
});
