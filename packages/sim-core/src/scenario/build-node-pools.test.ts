import { describe, expect, it } from "vitest";
import type { NodePoolConfig } from "../cluster/config.ts";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";
import type { Plan } from "./plan.ts";

function build(pool: string, more = ""): { readonly plan?: Plan; readonly issues: readonly Issue[] } {
  const text = `replicast: 1
name: pools
duration: 1h
traffic:
  - arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: 50 }
deployments:
  - { name: chat, model: llama-2-70b_h100_tp4, replicas: 2 }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2${pool === "" ? "" : `, ${pool}`} }
${more}
policies:
  - { name: two, kind: constant, replicas: 2 }
slo: { ttft: "p(95)<2s" }
`;
  const parsed = parseScenario(text, "pools.yaml");
  if (!parsed.ok) return { issues: parsed.issues };
  const result = buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: {} }),
  });
  return result.ok ? { plan: result.plan, issues: result.warnings } : { issues: result.issues };
}

const poolOf = (pool: string): NodePoolConfig | undefined => build(pool).plan?.cluster.nodePools[0];

describe("a node pool", () => {
  it("says nothing of what it was not asked for, so that plans of before keep their hash", () => {
    const known = ["name", "gpu", "gpusPerNode", "gpuMemoryBytes", "pricePerGpuHourUsd", "minNodes", "maxNodes", "provisionSeconds"];
    const more = ["allocatableSeconds", "scanIntervalSeconds", "scaleDownUnneededSeconds", "scaleDownDelayAfterAddSeconds"];
    expect(Object.keys(poolOf("") ?? {})).toEqual([...known, ...more, "terminationSeconds", "minimumBillingSeconds"]);
    expect(Object.keys(build("").plan?.cluster ?? {})).toEqual(["nodePools", "deployments"]);
  });

  it("reads how its nodes are sold and how that fails", () => {
    const pool = poolOf(
      "capacity: spot, zone: b, priority: 7, requestFailure: 20%, maxProvision: 10m, gpuLabel: false, scaleDownUtilization: 0.5, " +
        "commitment: { nodes: 1, pricePerGpuHour: 1.5 }, stockOuts: [{ from: 5m, to: 10m }], backOff: { initial: 1m }",
    );
    expect(pool).toMatchObject({
      priceClass: "spot",
      zone: "b",
      priority: 7,
      requestFailureProbability: 0.2,
      maxProvisionSeconds: 600,
      hasGpuLabel: false,
      scaleDownUtilization: 0.5,
      commitment: { nodes: 1, pricePerGpuHourUsd: 1.5 },
      stockOuts: [{ fromSeconds: 300, toSeconds: 600 }],
      backOff: { initialSeconds: 60, maxSeconds: 1800, resetSeconds: 10_800 },
    });
  });

  it("reads Karpenter's settings with Karpenter's defaults", () => {
    expect(poolOf("karpenter: {}")?.karpenter).toEqual({
      batchIdleSeconds: 1,
      batchMaxSeconds: 10,
      consolidationPolicy: "WhenEmptyOrUnderutilized",
      consolidateAfterSeconds: 0,
      expireAfterSeconds: 720 * 3600,
      budgets: [{ share: 0.1 }],
    });
    const written = poolOf(
      "karpenter: { consolidateAfter: never, budgets: [{ nodes: '3', reasons: [Empty] }, { nodes: 20% }] }",
    )?.karpenter;
    expect(written?.consolidateAfterSeconds).toBe(Number.POSITIVE_INFINITY);
    const more = poolOf(
      "karpenter: { terminationGracePeriod: 1h, nodePool: gpu, budgets: [{ nodes: 0, schedule: '@daily', duration: 1h }] }",
    );
    expect(more?.karpenter).toMatchObject({
      terminationGraceSeconds: 3600,
      nodePool: "gpu",
      budgets: [{ nodes: 0, windows: [[0, 3600]] }],
    });
    expect(written?.budgets).toEqual([{ nodes: 3, reasons: ["Empty"] }, { share: 0.2 }]);
  });

  it("reads expanders and quotas", () => {
    const { plan } = build("", "autoscaler: { expander: [priority, least-waste], quotas: [{ nodePools: [h100], gpus: 16 }] }");
    expect(plan?.cluster).toMatchObject({ expanders: ["priority", "least-waste"], quotas: [{ nodePools: ["h100"], gpus: 16 }] });
  });
});

describe("a node pool that cannot be", () => {
  it.each([
    ["commitment: { nodes: 3, pricePerGpuHour: 1 }", "", "commitment_above_max", "nodePools.0.commitment.nodes"],
    ["stockOuts: [{ from: 10m, to: 5m }]", "", "window_ends_before_start", "nodePools.0.stockOuts.0.to"],
    ["backOff: { initial: 1h }", "", "min_above_max", "nodePools.0.backOff"],
    ["", "autoscaler: { quotas: [{ nodePools: [a100], gpus: 16 }] }", "unknown_node_pool", "autoscaler.quotas.0.nodePools.0"],
    ["", "autoscaler: { quotas: [{ nodePools: [h100] }] }", "quota_without_limit", "autoscaler.quotas.0"],
    ["", "autoscaler: { quotas: [{ nodePools: [h100], cpu: 99 }] }", "quota_of_unknown_size", "autoscaler.quotas.0.cpu"],
    ["", "autoscaler: { quotas: [{ nodePools: [h100], gpus: 4 }] }", "quota_exceeded_at_start", "autoscaler.quotas.0.gpus"],
  ])("%s %s is refused: %s", (pool, more, code, path) => {
    const [issue] = build(pool, more).issues;
    expect([issue?.code, issue?.path.join(".")]).toEqual([code, path]);
    expect(describeIssue(issue as Issue).hint).toBeTruthy();
  });
});
