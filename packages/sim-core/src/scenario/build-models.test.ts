import { describe, expect, it } from "vitest";
import { describeIssue } from "../messages.ts";
import { type BuildResult, buildPlan } from "./build.ts";
import { deploymentsMet, modelRoutes } from "./model-routes.ts";
import { parseScenario } from "./parse.ts";
import type { Plan } from "./plan.ts";

const STREAM = "arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 }";
const TWO = "{ name: chat, targets: [{ deployment: small, weight: 9 }, { deployment: large }] }";

function build(models: string, stream: string): BuildResult {
  const parsed = parseScenario(
    `replicast: 1
name: models
duration: 1h
traffic: [{ ${stream} }]
models: [${models}]
deployments:
  - { name: small, model: llama-3.1-8b_h100_tp1, replicas: 1, gateway: { flowControl: {} } }
  - { name: large, model: llama-2-70b_h100_tp4, replicas: 1 }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: none, deployments: { small: { kind: none } } }
slo: { ttft: "p(95)<2s" }
`,
    "models.yaml",
  );
  if (!parsed.ok) return { ok: false, issues: parsed.issues };
  return buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: null }),
  });
}

function planOf(models: string, stream: string): Plan {
  const result = build(models, stream);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan;
}

describe("models", () => {
  it("are completed: weight 1, no limits, and a fall-back only where targets stand in order", () => {
    const inOrder = "{ name: any, rule: inOrder, targets: [{ deployment: small, spillAbove: 30 }, { deployment: large }] }";
    const { models, traffic } = planOf(`${TWO}, ${inOrder}`, `model: chat, ${STREAM}`);
    const limits = { promptTokensMax: Number.POSITIVE_INFINITY, inFlightPerReplicaMax: Number.POSITIVE_INFINITY };
    expect(models).toEqual([
      {
        name: "chat",
        rule: "weights",
        isFallback: false,
        targets: [
          { deployment: "small", weight: 9, ...limits },
          { deployment: "large", weight: 1, ...limits },
        ],
      },
      {
        name: "any",
        rule: "inOrder",
        isFallback: true,
        targets: [
          { deployment: "small", weight: 1, ...limits, inFlightPerReplicaMax: 30 },
          { deployment: "large", weight: 1, ...limits },
        ],
      },
    ]);
    expect(traffic[0]).toMatchObject({ name: "chat", models: [{ model: "chat", weight: 1 }] });
    expect(traffic[0]).not.toHaveProperty("deployment");
  });

  it("come with every deployment under its own name, unless a model is called so", () => {
    const plan = planOf("{ name: small, targets: [{ deployment: large }] }", `model: small, ${STREAM}`);
    expect(modelRoutes(plan).map(({ name, targets }) => [name, targets.map(({ deployment }) => deployment)])).toEqual([
      ["small", ["large"]],
      ["large", ["large"]],
    ]);
  });

  it.each([
    { stream: `deployment: small, ${STREAM}`, met: ["small"], because: "its deployment serves all of it" },
    { stream: `model: { large: 1 }, ${STREAM}`, met: ["large"], because: "a deployment is a model by its own name" },
    { stream: `model: chat, ${STREAM}`, met: ["small", "large"], because: "both are targets" },
    { stream: "trace: t.csv", met: ["small", "large"], because: "its rows may name any" },
  ])("let a stream meet $met: $because", ({ stream, met }) => {
    const plan = planOf(TWO, stream);
    expect(deploymentsMet(plan, plan.traffic[0] as Plan["traffic"][number])).toEqual(met);
    const flows = plan.deployments[0]?.serving.gateway.flowControl?.bands.flatMap((band) => band.flows.map(({ stream: at }) => at));
    expect(flows).toEqual(met.includes("small") ? [0] : []);
  });

  it.each([
    { models: TWO, stream: STREAM, code: "which_deployment", path: ["traffic", 0] },
    { models: TWO, stream: `model: chta, ${STREAM}`, code: "unknown_model", path: ["traffic", 0, "model"] },
    { models: TWO, stream: `model: { chat: 1, x: 1 }, ${STREAM}`, code: "unknown_model", path: ["traffic", 0, "model", "x"] },
    { models: TWO, stream: `model: { chat: 0 }, ${STREAM}`, code: "no_target_weight", path: ["traffic", 0, "model"] },
    { models: TWO, stream: `model: {}, ${STREAM}`, code: "no_target_weight", path: ["traffic", 0, "model"] },
    { models: TWO, stream: `model: chat, deployment: small, ${STREAM}`, code: "deployment_and_model", path: ["traffic", 0, "deployment"] },
    { models: `${TWO}, ${TWO}`, stream: `model: chat, ${STREAM}`, code: "duplicate_name", path: ["models", 1, "name"] },
    {
      models: "{ name: chat, targets: [{ deployment: smal }] }",
      stream: `model: chat, ${STREAM}`,
      code: "unknown_deployment",
      path: ["models", 0, "targets", 0, "deployment"],
    },
    {
      models: "{ name: chat, targets: [{ deployment: small }, { deployment: small }] }",
      stream: `model: chat, ${STREAM}`,
      code: "duplicate_target",
      path: ["models", 0, "targets", 1, "deployment"],
    },
    {
      models: "{ name: chat, targets: [{ deployment: small, maxPromptTokens: 9 }] }",
      stream: `model: chat, ${STREAM}`,
      code: "target_option_unused",
      path: ["models", 0, "targets", 0, "maxPromptTokens"],
    },
    {
      models: "{ name: chat, targets: [{ deployment: small, weight: 0 }] }",
      stream: `model: chat, ${STREAM}`,
      code: "no_target_weight",
      path: ["models", 0, "targets"],
    },
    {
      models: "{ name: chat, rule: promptLength, targets: [{ deployment: small }, { deployment: large }] }",
      stream: `model: chat, ${STREAM}`,
      code: "prompt_limits_not_ascending",
      path: ["models", 0, "targets", 0, "maxPromptTokens"],
    },
  ])("are refused with $code at $path", ({ models, stream, code, path }) => {
    const result = build(models, stream);
    expect(result.ok ? [] : result.issues).toMatchObject([{ code, path }]);
    for (const issue of result.ok ? [] : result.issues) expect(describeIssue(issue).hint).not.toBe("");
  });
});
