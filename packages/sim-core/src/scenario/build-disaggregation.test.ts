import { describe, expect, it } from "vitest";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { type BuildResult, buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";

const SCENARIO = `replicast: 1
name: pair
duration: 1h
traffic:
  - { deployment: chat, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
deployments:
  - name: chat
    model: llama-3.1-8b_h100_tp1
    replicas: 2
    disaggregation: { prefill: prompts, bandwidth: 40GB/s }
  - name: prompts
    model: llama-3.1-8b_h100_tp1
    replicas: 1
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: none, deployments: { chat: { kind: none } } }
slo: { ttft: "p(95)<2s" }
`;

function build(text: string): BuildResult {
  const parsed = parseScenario(text, "pair.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: null }),
  });
}

function issuesOf(from: string, to: string): readonly Issue[] {
  expect(SCENARIO).toContain(from);
  const result = build(SCENARIO.replace(from, to));
  return result.ok ? [] : result.issues;
}

describe("a deployment whose prompts are computed elsewhere", () => {
  it("knows the partner's place, and the time of a block on its link from the model's shape", () => {
    const result = build(SCENARIO);
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const [chat, prompts] = result.plan.deployments;
    expect(chat?.serving.disaggregation).toEqual({ prefillDeployment: 1, minPromptTokens: 1, leaseSeconds: 30 });
    // 16 tokens of 128 KiB at 40 GB/s
    expect(chat?.serving.engine.transfer).toEqual({ setupSeconds: 0.005, perBlockSeconds: (16 * 131_072) / 40e9 });
    expect(prompts?.serving.disaggregation).toBeUndefined();
    expect(prompts?.serving.engine.transfer).toBeUndefined();
    expect(result.plan.assumptions.join("\n")).toContain("chat: prompts are computed by prompts; a replica fetches");
  });

  it("owns the clients of the pair, and says so of itself alone", () => {
    const result = build(SCENARIO);
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    expect(result.plan.assumptions.filter((text) => text.includes(": clients give up"))).toEqual([
      "chat: clients give up on an attempt after 300 s and try again 2 times.",
    ]);
  });

  it("warns when the partner takes shorter prompts than the deployment itself", () => {
    const short = "    replicas: 1\n    engine: { maxModelTokens: 4096 }\n";
    const result = build(SCENARIO.replace("    replicas: 1\n", short));
    const found = (result.ok ? result.warnings : result.issues).filter(({ code }) => code === "prefill_takes_less");
    expect(found).toMatchObject([
      { severity: "warning", path: ["deployments", 0, "disaggregation", "prefill"], data: { most: 4096, decodeMost: 16_384 } },
    ]);
    expect(describeIssue(found[0] as Issue)).toMatchObject({ text: expect.stringContaining("longer prompts are rejected") });
    const equal = build(SCENARIO);
    expect((equal.ok ? equal.warnings : equal.issues).map(({ code }) => code)).not.toContain("prefill_takes_less");
  });

  it.each([
    { from: "prefill: prompts,", to: "prefill: promts,", code: "unknown_deployment", path: "deployments.0.disaggregation.prefill" },
    { from: "prefill: prompts,", to: "prefill: chat,", code: "prefill_is_itself", path: "deployments.0.disaggregation.prefill" },
    {
      from: "    replicas: 1\n",
      to: "    replicas: 1\n    disaggregation: { prefill: chat, bandwidth: 40GB/s }\n",
      code: "prefill_is_a_pair",
      path: "deployments.0.disaggregation.prefill",
    },
    {
      from: "nodePools:",
      to: "  - { name: code, model: llama-3.1-8b_h100_tp1, replicas: 1, disaggregation: { prefill: prompts, bandwidth: 1GB/s } }\nnodePools:",
      code: "prefill_shared",
      path: "deployments.2.disaggregation.prefill",
    },
    {
      from: "name: prompts\n    model: llama-3.1-8b_h100_tp1",
      to: "name: prompts\n    model: qwen3-14b_h100_tp1",
      code: "pair_of_models",
      path: "deployments.0.disaggregation.prefill",
    },
    {
      from: "    replicas: 1\n",
      to: "    replicas: 1\n    engine: { batching: single }\n",
      code: "pair_needs_continuous",
      path: "deployments.1.engine.batching",
    },
    {
      from: "    replicas: 1\n",
      to: "    replicas: 1\n    client: { retries: 1 }\n",
      code: "prefill_has_no_clients",
      path: "deployments.1.client",
    },
    { from: "deployment: chat,", to: "deployment: prompts,", code: "traffic_to_prefill", path: "traffic.0.deployment" },
    { from: "deployment: chat,", to: "model: prompts,", code: "traffic_to_prefill", path: "traffic.0.model" },
    {
      from: "traffic:",
      to: "models: [{ name: m, targets: [{ deployment: prompts }] }]\ntraffic:",
      code: "traffic_to_prefill",
      path: "models.0.targets.0.deployment",
    },
  ])("is refused with $code at $path", ({ from, to, code, path }) => {
    const issue = issuesOf(from, to).find((candidate) => candidate.code === code);
    expect(issue?.path.join(".")).toBe(path);
    const { text, hint } = describeIssue(issue as Issue);
    expect(text).not.toContain("undefined");
    expect(text.length).toBeGreaterThan(20);
    expect(hint).not.toBe("");
  });

  it("hands the streams of its partner to the flow control of the one that computes prompts", () => {
    const result = build(SCENARIO.replace("    replicas: 1\n", "    replicas: 1\n    gateway: { flowControl: {} }\n"));
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    expect(result.plan.deployments[1]?.serving.gateway.flowControl?.bands).toEqual([
      { priority: 0, maxQueued: 5000, flows: [{ name: "chat", stream: 0 }] },
    ]);
  });
});
