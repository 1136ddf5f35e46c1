import { describe, expect, it } from "vitest";
import type { Issue } from "../../errors.ts";
import { formatIssues } from "../../messages.ts";
import { type ParseScenarioResult, parseScenario } from "../parse.ts";
import type { DeploymentSpec } from "../spec.ts";

/** A Deployment that runs; `top` are lines of its spec, already indented. */
const workload = (top = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat }
spec:
${top}  template:
    metadata: { labels: { app: chat } }
    spec:
      containers:
        - name: server
          image: vllm/vllm-openai:latest
          args: [--model=meta-llama/Llama-3.1-8B-Instruct]
          readinessProbe: { httpGet: { path: /health, port: 8000 } }
          resources: { limits: { nvidia.com/gpu: 1 } }
`;
const WORKLOAD = workload();

function parse(manifest: string, more: string): ParseScenarioResult {
  const scenario = `replicast: 1
name: tiny
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 50 } }]
deployments: [{ manifest: chat.yaml${more === "" ? "" : `, ${more}`} }]
nodePools: [{ name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }]
policies: [{ name: two, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<2s" }
`;
  return parseScenario(scenario, "scenario.yaml", [], () => manifest);
}

function read(manifest: string, more = ""): DeploymentSpec {
  const result = parse(manifest, more);
  if (!result.ok) throw new Error(formatIssues(result.issues));
  return result.spec.deployments[0] as DeploymentSpec;
}

function refusals(manifest: string): readonly Issue[] {
  const result = parse(manifest, "");
  return result.ok ? [] : result.issues;
}

describe("a PodDisruptionBudget", () => {
  const budget = (spec: string, more = ""): string =>
    `${WORKLOAD}---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: b${more} }\nspec: { ${spec} }\n`;
  const ours = "selector: { matchLabels: { app: chat } }";

  it.each([
    { spec: `minAvailable: 50%, ${ours}`, is: { minAvailable: { share: 0.5 } }, because: "a percentage stays one" },
    { spec: `maxUnavailable: 1, ${ours}`, is: { maxUnavailable: { pods: 1 } }, because: "a number of pods" },
    { spec: ours, is: { maxUnavailable: { pods: 0 } }, because: "without an amount none may go" },
    { spec: "maxUnavailable: 1, selector: {}", is: { maxUnavailable: { pods: 1 } }, because: "an empty selector picks every pod" },
    { spec: "maxUnavailable: 1", is: undefined, because: "without a selector it picks none" },
    { spec: "maxUnavailable: 1, selector: { matchLabels: { app: web } }", is: undefined, because: "it is about other pods" },
    {
      spec: "maxUnavailable: 1, selector: { matchExpressions: [{ key: app, operator: In, values: [chat, web] }, { key: tier, operator: DoesNotExist }] }",
      is: { maxUnavailable: { pods: 1 } },
      because: "every expression holds",
    },
    {
      spec: "maxUnavailable: 1, selector: { matchExpressions: [{ key: app, operator: NotIn, values: [chat] }] }",
      is: undefined,
      because: "one does not",
    },
    {
      spec: `minAvailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, ${ours}`,
      is: { minAvailable: { pods: 1 }, unhealthyPodEviction: "AlwaysAllow" },
      because: "its policy for pods that are not Ready",
    },
  ])("give the deployment's disruptionBudget: $because", ({ spec, is }) => {
    expect(read(budget(spec)).disruptionBudget).toEqual(is);
  });

  it("give way to the scenario's own, and to those of other namespaces", () => {
    const own = read(budget(`minAvailable: 1, ${ours}`), "disruptionBudget: { maxUnavailable: 2 }");
    expect(own.disruptionBudget).toEqual({ maxUnavailable: { pods: 2 } });
    const far = budget(`minAvailable: 1, ${ours}`, ", namespace: far").replace(
      "metadata: { name: chat }",
      "metadata: { name: chat, namespace: near }",
    );
    expect(read(far).disruptionBudget).toBeUndefined();
  });

  it.each([
    { spec: `minAvailable: 1, maxUnavailable: 1, ${ours}`, says: "minAvailable and maxUnavailable cannot be both set" },
    { spec: `minAvailable: 101%, ${ours}`, says: "must not be greater than 100%" },
    { spec: `minAvailable: "1", ${ours}`, says: "a valid percent string must be a numeric string" },
    { spec: `maxUnavailable: -1, ${ours}`, says: "must be greater than or equal to 0" },
    { spec: `maxUnavailable: 1, unhealthyPodEvictionPolicy: Never, ${ours}`, says: 'supported values: "AlwaysAllow", "IfHealthyBudget"' },
  ])("are refused: $says", ({ spec, says }) => {
    expect(refusals(budget(spec)).map(({ data }) => data?.["detail"])).toEqual([expect.stringContaining(says)]);
  });

  it("are refused where two of them pick the same pods, as the server refuses evictions then", () => {
    const two = `${budget(`minAvailable: 1, ${ours}`)}---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: c }\nspec: { maxUnavailable: 1, ${ours} }\n`;
    expect(refusals(two).map(({ code }) => code)).toEqual(["budget_several", "budget_several"]);
  });
});

describe("a Deployment's strategy", () => {
  const strategy = (top: string) => read(workload(top)).strategy;

  it("is the deployment's, with its times", () => {
    const top = `  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 150%, maxUnavailable: 0 } }
  minReadySeconds: 30
  progressDeadlineSeconds: 1200
`;
    expect(strategy(top)).toEqual({
      type: "RollingUpdate",
      maxSurge: { share: 1.5 },
      maxUnavailable: { pods: 0 },
      minReady: 30,
      progressDeadline: 1200,
    });
    expect(strategy("  strategy: { type: Recreate }\n")).toEqual({ type: "Recreate" });
    expect(strategy("")).toBeUndefined();
  });

  it.each([
    { top: "strategy: { type: BlueGreen }", says: 'Unsupported value: "BlueGreen": supported values: "Recreate", "RollingUpdate"' },
    {
      top: "strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } }",
      says: "may not be specified when strategy `type` is 'Recreate'",
    },
    { top: "strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } }", says: "may not be 0 when `maxSurge` is 0" },
    { top: "strategy: { rollingUpdate: { maxUnavailable: 120% } }", says: "must not be greater than 100%" },
    { top: "strategy: { rollingUpdate: { maxSurge: many } }", says: "a valid percent string must be a numeric string" },
    { top: "minReadySeconds: -1", says: "must be greater than or equal to 0" },
    { top: "minReadySeconds: 600", says: "must be greater than minReadySeconds" },
  ])("is refused: $says", ({ top, says }) => {
    const issues = refusals(workload(`  ${top}\n`));
    expect(issues.map(({ data }) => data?.["detail"])).toEqual([expect.stringContaining(says)]);
    expect(issues[0]?.line).toBeLessThan(9);
  });
});
