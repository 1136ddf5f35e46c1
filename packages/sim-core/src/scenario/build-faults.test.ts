import { describe, expect, it } from "vitest";
import type { Issue, Json } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { type BuildResult, buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";
import type { Plan } from "./plan.ts";

const scenarioWith = (rest: string, deployment = "") => `replicast: 1
name: tiny
duration: 10h
traffic:
  - name: people
    arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: 50 }
  - name: crowd
    users: 3
    think: { mean: 10s }
    lengths: { prompt: 100, output: 50 }
deployments:
  - name: chat
    model: llama-2-70b_h100_tp4
    replicas: 2
${deployment}
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2, zone: east }
policies:
  - { name: two, kind: constant, replicas: 2 }
slo: { ttft: "p(95)<2s" }
${rest}
`;

function build(rest: string, deployment?: string): BuildResult {
  const parsed = parseScenario(scenarioWith(rest, deployment), "tiny.yaml");
  if (!parsed.ok) return { ok: false, issues: parsed.issues };
  return buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: (_, raw) => ({ ok: true, config: raw as unknown as Json }),
  });
}

function planOf(rest: string, deployment?: string): Plan {
  const result = build(rest, deployment);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan;
}

function issuesOf(rest: string, deployment?: string): readonly Issue[] {
  const result = build(rest, deployment);
  return result.ok ? [] : result.issues;
}

const fault = (text: string): unknown => planOf(`faults: [${text}]`).faults[0];

describe("faults of a scenario", () => {
  it.each([
    {
      text: "{ kind: podCrash, at: 5m }",
      means: { kind: "podCrash", atSeconds: 300, deployment: "chat", podIndex: 0 },
      because: "the oldest pod of the only deployment",
    },
    {
      text: "{ kind: podCrash, at: { every: { mean: 1h } } }",
      means: { kind: "podCrash", everySeconds: { kind: "exponential", mean: 3600 }, fromSeconds: 0, toSeconds: 36_000, deployment: "chat" },
      because: "a repeated one draws whom it hits",
    },
    {
      text: "{ kind: nodeLoss, at: 1m, pool: h100 }",
      means: { kind: "nodeLoss", atSeconds: 60, pool: "h100", nodeIndex: 0, detectSeconds: 50 },
      because: "the controller manager's default",
    },
    {
      text: "{ kind: spotReclaim, at: 1m, pool: h100 }",
      means: { kind: "spotReclaim", atSeconds: 60, pool: "h100", nodes: 1, noticeSeconds: 120 },
      because: "one node, two minutes",
    },
    {
      text: "{ kind: metricsOutage, from: 1m, to: 2m, answer: error }",
      means: { kind: "metricsOutage", fromSeconds: 60, toSeconds: 120 },
      because: "an error is what happens by default",
    },
    {
      text: "{ kind: stockOut, pool: h100, at: { every: 2h, to: 8h }, for: { min: 5m, max: 10m } }",
      means: {
        kind: "stockOut",
        pool: "h100",
        everySeconds: { kind: "constant", value: 7200 },
        forSeconds: { kind: "uniform", min: 300, max: 600 },
        fromSeconds: 0,
        toSeconds: 28_800,
      },
      because: "windows repeat with lengths of their own",
    },
    {
      text: "{ kind: scrapeLoss, from: 1m, to: 2m, share: 30% }",
      means: { kind: "scrapeLoss", fromSeconds: 60, toSeconds: 120, deployment: "chat", share: 0.3 },
      because: "a share of the scrapes",
    },
    {
      text: "{ kind: slowStorage, from: 1m, to: 2m, factor: 4 }",
      means: { kind: "slowStorage", fromSeconds: 60, toSeconds: 120, factor: 4 },
      because: "all deployments feel it",
    },
  ])("$text: $because", ({ text, means }) => {
    expect(fault(text)).toEqual(means);
  });
});

it.each([
  { rest: "faults: [{ kind: stockOut, pool: h100, from: 1m }]", code: "fault_without_time", path: "faults.0" },
  { rest: "faults: [{ kind: stockOut, pool: h100, from: 1m, to: 2m, for: 3m }]", code: "fault_without_time", path: "faults.0" },
  { rest: "faults: [{ kind: stockOut, pool: h100, at: { every: 1h } }]", code: "fault_without_time", path: "faults.0" },
  { rest: "faults: [{ kind: oomKill, at: { every: 1s } }]", code: "too_many_faults", path: "faults.0.at.every" },
  { rest: "faults: [{ kind: oomKill, at: { every: 0s } }]", code: "too_many_faults", path: "faults.0.at.every" },
  { rest: "faults: [{ kind: oomKill, at: { every: 1h, from: 3h, to: 2h } }]", code: "window_ends_before_start", path: "faults.0.at.to" },
  { rest: "faults: [{ kind: nodeLoss, at: 1m, pool: a100 }]", code: "unknown_node_pool", path: "faults.0.pool" },
  { rest: "faults: [{ kind: zoneOutage, from: 1m, to: 2m, zone: west }]", code: "unknown_zone", path: "faults.0.zone" },
  {
    rest: "faults: [{ kind: trafficSurge, from: 1m, to: 2m, stream: poeple, factor: 2 }]",
    code: "unknown_stream",
    path: "faults.0.stream",
  },
  {
    rest: "faults: [{ kind: trafficSurge, from: 1m, to: 2m, stream: crowd, factor: 2 }]",
    code: "surge_not_generated",
    path: "faults.0.stream",
  },
  { rest: "updates: [{ at: 1m, deployment: chta }]", code: "unknown_deployment", path: "updates.0.deployment" },
  { rest: "updates: [{ at: 1m, maxSurge: 25 % }]", code: "invalid_share", path: "updates.0.maxSurge" },
])("$rest is refused: $code", ({ rest, code, path }) => {
  const issues = issuesOf(rest);
  expect(issues.map((issue) => [issue.code, issue.path.join(".")])).toEqual([[code, path]]);
  const [issue] = issues;
  if (issue !== undefined) expect(JSON.stringify(describeIssue(issue))).not.toContain("undefined");
});

describe("updates and shutdown", () => {
  it("has the Deployment's defaults", () => {
    const update = { atSeconds: 60, deployment: "chat", maxSurge: { share: 0.25 }, maxUnavailable: { share: 0.25 }, isNewImage: true };
    expect(planOf("updates: [{ at: 1m }]").updates).toEqual([update]);
    expect(planOf("updates: [{ at: 1m, maxSurge: 1, maxUnavailable: 50%, image: same }]").updates).toEqual([
      { ...update, maxSurge: { pods: 1 }, maxUnavailable: { share: 0.5 }, isNewImage: false },
    ]);
    expect(planOf("").updates).toBeUndefined();
  });

  it("takes what a deployment's strategy says where the update says nothing", () => {
    const strategy = "    strategy: { maxSurge: 150%, maxUnavailable: 0, minReady: 30s }";
    const plan = planOf("updates: [{ at: 1m }, { at: 2m, maxUnavailable: 1 }]", strategy);
    expect(plan.updates).toMatchObject([
      { maxSurge: { share: 1.5 }, maxUnavailable: { pods: 0 } },
      { maxSurge: { share: 1.5 }, maxUnavailable: { pods: 1 } },
    ]);
    expect(plan.cluster.deployments[0]?.minReadySeconds).toBe(30);
    expect(planOf("updates: [{ at: 1m }]", "    strategy: { type: Recreate }").updates).toMatchObject([{ isRecreate: true }]);
  });

  it.each([
    {
      strategy: "{ maxSurge: 0, maxUnavailable: 0% }",
      update: "",
      code: "update_stands_still",
      path: "deployments.0.strategy.maxUnavailable",
    },
    { strategy: "{ maxSurge: 0% }", update: ", maxUnavailable: 0", code: "update_stands_still", path: "updates.0.maxUnavailable" },
    { strategy: "{ type: Recreate, maxSurge: 1 }", update: "", code: "rolling_recreate", path: "deployments.0.strategy" },
    { strategy: "{ type: Recreate }", update: ", maxSurge: 1", code: "rolling_recreate", path: "updates.0" },
    { strategy: "{ minReady: 10m }", update: "", code: "deadline_within_min_ready", path: "deployments.0.strategy.progressDeadline" },
    { strategy: "{ maxUnavailable: 101% }", update: "", code: "invalid_share", path: "deployments.0.strategy.maxUnavailable" },
    { strategy: "{}", update: ", nodePool: h100", code: "drift_without_karpenter", path: "updates.0.nodePool" },
    { strategy: "{}", update: ", nodePool: a100", code: "unknown_node_pool", path: "updates.0.nodePool" },
  ])("refuses a strategy $strategy and an update$update: $code", ({ strategy, update, code, path }) => {
    const issues = issuesOf(`updates: [{ at: 1m${update} }]`, `    strategy: ${strategy}`);
    expect(issues.map((issue) => [issue.code, issue.path.join(".")])).toEqual([[code, path]]);
    expect(JSON.stringify(issues.map((issue) => describeIssue(issue)))).not.toContain("undefined");
  });

  it("warns of a progress deadline that a start on a new node misses", () => {
    const result = build("updates: [{ at: 1m }]", "    strategy: { progressDeadline: 2m }");
    expect(result.ok && result.warnings.map(({ code }) => code)).toEqual(["progress_deadline_short"]);
  });

  it("reads a budget, a shutdown time-out and who writes deletion costs", () => {
    const deployment = "    disruptionBudget: { minAvailable: 50% }\n    shutdown: { timeout: 20s, deletionCost: inFlight }";
    expect(planOf("", deployment).cluster.deployments[0]).toMatchObject({
      disruptionBudget: { minAvailable: { share: 0.5 } },
      isCostByLoad: true,
      lifecycle: { shutdownTimeoutSeconds: 20 },
    });
  });

  it.each([
    { deployment: "    disruptionBudget: {}", code: "budget_min_or_max" },
    { deployment: "    disruptionBudget: { minAvailable: 1, maxUnavailable: 1 }", code: "budget_min_or_max" },
    { deployment: "    shutdown: { timeout: 20s, onTerminate: abort }", code: "timeout_of_abort" },
  ])("refuses $deployment", ({ deployment, code }) => {
    expect(issuesOf("", deployment).map((issue) => issue.code)).toEqual([code]);
  });
});
