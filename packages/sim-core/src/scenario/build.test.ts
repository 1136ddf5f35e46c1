import { describe, expect, it } from "vitest";
import type { Issue, Json } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { type BuildContext, type BuildResult, buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";
import type { Plan } from "./plan.ts";

const SCENARIO = `replicast: 1
name: tiny
timeZone: Europe/Berlin
duration: 1h
traffic:
  - arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: 50 }
deployments:
  - name: chat
    model: llama-2-70b_h100_tp4
    replicas: 2
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: two, kind: constant, replicas: 2 }
slo: { ttft: "p(95)<2s", tpot: ["p(50)<40ms", "p(99.9)<=1s"] }
`;

const ZONES = ["Europe/Berlin", "UTC", "Asia/Tokyo"];
const CONTEXT: BuildContext = {
  startEpochSeconds: 0,
  zone: (timeZone) => (ZONES.includes(timeZone) ? { timeZone, fromEpochSeconds: [0], offsetSeconds: [0] } : undefined),
  parsePolicy: (kind, raw, deployment) =>
    kind === "constant"
      ? { ok: true, config: { raw, deployment: { ...deployment } } as unknown as Json }
      : { ok: false, issues: [{ code: "unknown_policy_kind", path: ["kind"] }] },
};

function build(change: (text: string) => string = (text) => text): BuildResult {
  const text = change(SCENARIO);
  if (change.toString() !== "(text) => text") expect(text).not.toBe(SCENARIO);
  const parsed = parseScenario(text, "tiny.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return buildPlan(parsed.spec, CONTEXT);
}

function planOf(change?: (text: string) => string): Plan {
  const result = build(change);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan;
}

function issuesOf(change: (text: string) => string): readonly Issue[] {
  const result = build(change);
  return result.ok ? result.warnings : result.issues;
}

const to =
  (from: string, replacement: string) =>
  (text: string): string =>
    text.replace(from, replacement);

describe("a plan", () => {
  it("is complete, frozen to the bottom and says what it assumed", () => {
    const plan = planOf();
    expect(Object.isFrozen(plan.deployments[0]?.serving.engine.warmUp)).toBe(true);
    expect(plan.assumptions.join("\n")).toMatch(/KV blocks are estimated \(4 × 80 GB × 0\.9 = 288 GB/);
    expect(plan.cluster.deployments[0]).toMatchObject({
      nodePools: ["h100"],
      gpusPerReplica: 4,
      lifecycle: { terminationGraceSeconds: 30 },
    });
  });

  it("loads weights at the stated bandwidth", () => {
    const plan = planOf(to("replicas: 2\n", "replicas: 2\n    startup: { load: { bandwidth: 10GB/s, fixed: 5s } }\n"));
    expect(plan.cluster.deployments[0]?.lifecycle.loadSeconds).toEqual({ kind: "constant", value: 137.96e9 / 10e9 + 5 });
  });

  it("exports the model under the name it is served by, and changes nothing else", () => {
    const plan = planOf(to("replicas: 2\n", "replicas: 2\n    engine: { servedModelName: chat-large }\n"));
    const { name, ...shape } = plan.deployments[0]?.serving.model ?? {};
    const { name: own, ...expected } = planOf().deployments[0]?.serving.model ?? {};
    expect([name, own]).toEqual(["chat-large", "meta-llama/Llama-2-70b-hf"]);
    expect(shape).toEqual(expected);
  });

  it("spreads a replica over as many nodes as asked, if its GPUs can be shared", () => {
    const spread = (nodes: number) => to("replicas: 2\n", `replicas: 2\n    nodesPerReplica: ${nodes}\n`);
    expect(planOf(spread(2)).cluster.deployments[0]?.nodesPerReplica).toBe(2);
    expect(issuesOf(spread(3))).toMatchObject([{ code: "gpus_not_shared_evenly", path: ["deployments", 0, "nodesPerReplica"] }]);
  });

  it("warns of containers that are killed before they are up", () => {
    const deadline = (text: string) => to("replicas: 2\n", `replicas: 2\n    startup: { load: 60s, warmUp: 30s, deadline: ${text} }\n`);
    expect(issuesOf(deadline("99s"))).toMatchObject([
      { code: "start_exceeds_deadline", severity: "warning", data: { deadlineSeconds: 99, startSeconds: 90, delaySeconds: 100 } },
    ]);
    expect(issuesOf(deadline("100s"))).toEqual([]);
  });

  it("reads objectives as shares of requests", () => {
    expect(planOf().slo.objectives).toEqual([
      { metric: "ttft", thresholdSeconds: 2, target: 0.95 },
      { metric: "tpot", thresholdSeconds: 0.04, target: 0.5 },
      { metric: "tpot", thresholdSeconds: 1, target: 0.999 },
    ]);
  });

  it("tells a policy about its deployment, its cold start included", () => {
    const config = planOf().policies[0]?.controllers[0]?.config as unknown as { raw: Json; deployment: { coldStartSeconds: number } };
    expect(config.raw).toEqual({ name: "two", kind: "constant", replicas: 2 });
    expect(config.deployment).toMatchObject({ name: "chat", namespace: "default", replicas: 2, maxSequences: 128 });
    // provision 240·e^(0.35²/2) = 255.2, scan 5, allocatable 30, schedule 1, pull 60, load 79, warm-up 45, probe 5
    expect(config.deployment.coldStartSeconds).toBeCloseTo(255.16 + 5 + 30 + 1 + 60 + 78.98 + 45 + 5, 1);
  });

  it("gives a day's profile the mean that was asked for", () => {
    const plan = planOf(to("rate: 3/s", "rate: { mean: 3/s, profile: office, timeZone: Asia/Tokyo }"));
    const [stream] = plan.traffic;
    const rate = stream?.kind === "generator" && stream.arrivals.kind === "poisson" ? stream.arrivals.rate : undefined;
    const hourly = rate?.kind === "diurnal" ? rate.hourly : [];
    expect(hourly.reduce((sum, factor) => sum + factor, 0) / 24).toBeCloseTo(1, 12);
    expect(plan.zones.map(({ timeZone }) => timeZone)).toEqual(["Europe/Berlin", "Asia/Tokyo"]);
  });

  it("takes the linear fit of a preset when asked to", () => {
    expect(planOf(to("replicas: 2\n", "replicas: 2\n    latency: linear\n")).deployments[0]?.serving.latency.kind).toBe("linear");
  });

  it("describes models nobody measured by shape and data sheet", () => {
    const shape = "{ name: own/model, parameters: 7e9, layers: 32, hiddenSize: 4096, attentionHeads: 32, kvHeads: 8 }";
    const { serving } = planOf(to("model: llama-2-70b_h100_tp4", `model: { shape: ${shape}, gpu: H100 }`))
      .deployments[0] as Plan["deployments"][number];
    expect(serving.model).toMatchObject({ weightBytes: 14e9, headDimension: 128, kvBytesPerToken: 2 * 32 * 8 * 128 * 2 });
    expect(serving.latency).toMatchObject({ kind: "roofline" });
  });

  it.each([
    { model: "llama-2-70b_h100_tp4", engine: "{}", tokens: 2048, sequences: 128, says: "as the measured server had them" },
    {
      model: "llama-2-70b_h100_tp4",
      engine: "{ version: 0.25.0 }",
      tokens: 8192,
      sequences: 1024,
      says: "vLLM's defaults on NVIDIA H100 SXM 80GB, version 0.25.0",
    },
    {
      model: "{ shape: llama-2-70b, gpu: H100, gpusPerReplica: 4 }",
      engine: "{}",
      tokens: 8192,
      sequences: 1024,
      says: "vLLM's defaults on NVIDIA H100 SXM 80GB",
    },
    {
      model: "llama-2-70b_h100_tp8_legacy2023",
      engine: "{}",
      tokens: 2048,
      sequences: 128,
      says: "not recorded with the measurements, so assumed",
    },
  ])(
    "limits $model with engine $engine to $tokens tokens and $sequences sequences, and says why",
    ({ model, engine, tokens, sequences, says }) => {
      const plan = planOf((text) =>
        text.replace("llama-2-70b_h100_tp4", model).replace("replicas: 2\n", `replicas: 2\n    engine: ${engine}\n`),
      );
      expect(plan.deployments[0]?.serving.engine).toMatchObject({ maxBatchedTokens: tokens, maxSequences: sequences });
      expect(plan.assumptions.join("\n")).toContain(`the engine takes ${sequences} sequences and ${tokens} tokens a step (${says}).`);
    },
  );

  it("takes KV blocks read from a server only with the settings they were read with", () => {
    const qwen = to("llama-2-70b_h100_tp4", "qwen3-14b_h100_tp1");
    expect(planOf(qwen).deployments[0]?.serving.engine.kvBlocks).toBe(18_038);
    const changed = planOf((text) => qwen(text).replace("replicas: 2\n", "replicas: 2\n    engine: { gpuMemoryUtilization: 0.5 }\n"));
    expect(changed.deployments[0]?.serving.engine.kvBlocks).toBeLessThan(5000);
  });

  it("has another hash when anything in it changes", () => {
    const hashes = [planOf(), planOf(to("2.5", "2.6")), planOf(to("p(95)", "p(96)"))].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(3);
    expect(planOf().hash).toBe(hashes[0]);
  });
});

describe("a plan is refused", () => {
  it.each([
    {
      from: "duration: 1h\n",
      by: "duration: 1h\nfaults: [{ kind: containerRestart, at: 1m, deployment: chta }]\n",
      code: "unknown_deployment",
      path: "faults.0.deployment",
    },
    {
      from: "duration: 1h\n",
      by: "duration: 1h\nfaults: [{ kind: metricsOutage, from: 2m, to: 1m }]\n",
      code: "window_ends_before_start",
      path: "faults.0.to",
    },
    { from: "lengths: {", by: "deployment: code\n    lengths: {", code: "unknown_deployment", path: "traffic.0.deployment" },
    {
      from: "lengths: {",
      by: "surges: [{ from: 2h, to: 1h, factor: 2 }]\n    lengths: {",
      code: "window_ends_before_start",
      path: "traffic.0.surges.0.to",
    },
    {
      from: "slo:",
      by: "metrics: { adapter: [{ as: x, query: '1' }, { as: x, query: '2' }] }\nslo:",
      code: "duplicate_name",
      path: "metrics.adapter.1.as",
    },
    { from: "replicas: 2\n", by: "replicas: 2\n    nodePools: [h200]\n", code: "unknown_node_pool", path: "deployments.0.nodePools.0" },
    { from: "gpu: H100", by: "gpu: A100", code: "no_node_pool", path: "deployments.0.model" },
    { from: "gpu: H100", by: "gpu: B1000", code: "unknown_gpu", path: "nodePools.0.gpu" },
    { from: "gpusPerNode: 8", by: "gpusPerNode: 2", code: "replica_larger_than_node", path: "deployments.0.model" },
    { from: "max: 2", by: "min: 3, max: 2", code: "min_above_max", path: "nodePools.0.min" },
    { from: "replicas: 2\n", by: "replicas: 5\n", code: "initial_replicas_do_not_fit", path: "deployments.0.replicas" },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    shutdown: { grace: 5s, preStop: 10s }\n",
      code: "pre_stop_exceeds_grace",
      path: "deployments.0.shutdown.preStop",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { maxBatchedTokens: 64 }\n",
      code: "batch_below_sequences",
      path: "deployments.0.engine.maxBatchedTokens",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { version: 0.7.3 }\n",
      code: "unknown_engine_version",
      path: "deployments.0.engine.version",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: static }\n",
      code: "batching_without_section",
      path: "deployments.0.engine.batching",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { static: { size: 8 } }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.static",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: single, maxSequences: 8 }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.maxSequences",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: static, static: { size: 8 }, speculative: { draftTokens: 2, tokensPerStep: 2 } }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.speculative",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: static, static: { size: 8 }, scheduling: priority }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.scheduling",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: static, static: { size: 8 }, prefixCaching: true }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.prefixCaching",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: static, static: { size: 8 }, longPrefillTokenThreshold: 64 }\n",
      code: "unused_with_batching",
      path: "deployments.0.engine.longPrefillTokenThreshold",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { batching: dynamic, dynamic: { maxBatchSize: 8 } }\n",
      code: "dynamic_needs_curve",
      path: "deployments.0.model",
    },
    {
      from: "replicas: 2\n",
      by: "replicas: 2\n    engine: { kvBlocks: 10 }\n",
      code: "kv_cache_below_one_request",
      path: "deployments.0.engine.maxModelTokens",
    },
    {
      from: "model: llama-2-70b_h100_tp4",
      by: "model: llama-2-70b_h100_tp8_legacy2023\n    latency: roofline",
      code: "latency_not_fitted",
      path: "deployments.0.latency",
    },
    { from: "kind: constant", by: "kind: constnt", code: "unknown_policy_kind", path: "policies.0.kind" },
    { from: "kind: constant, ", by: "", code: "kind_or_deployments", path: "policies.0" },
    { from: "slo: {", by: "thresholds: { policy: tow }\nslo: {", code: "unknown_policy", path: "thresholds.policy" },
    { from: "slo: {", by: "thresholds: { tftt: [<2s, <3s] }\nslo: {", code: "unknown_metric", path: "thresholds.tftt" },
    { from: "slo: {", by: "thresholds: { ttft: [<2s] }\nslo: {", code: "bad_aggregation", path: "thresholds.ttft.0" },
    { from: "p(95)<2s", by: "p(95)>2s", code: "not_an_objective", path: "slo.ttft.0" },
    { from: "p(95)<2s", by: "avg<2s", code: "not_an_objective", path: "slo.ttft.0" },
    { from: "p(95)<2s", by: "p(95)<2", code: "bad_threshold_value", path: "slo.ttft.0" },
    { from: "Europe/Berlin", by: "Europe/Berln", code: "unknown_time_zone", path: "timeZone" },
    { from: "- { name: two", by: "- { name: two, kind: constant }\n  - { name: two", code: "duplicate_name", path: "policies.1.name" },
  ])("with $code at $path", ({ from, by, code, path }) => {
    const issues = issuesOf(to(from, by));
    expect(issues.map((issue) => `${issue.code} ${issue.path.join(".")}`)).toContain(`${code} ${path}`);
  });

  it("with the whole sum when a model does not fit, and the shapes that would", () => {
    const [issue] = issuesOf(to("llama-2-70b_h100_tp4", "{ shape: llama-2-70b, gpu: H100 }"));
    expect(issue).toMatchObject({ code: "model_does_not_fit", path: ["deployments", 0, "model"] });
    expect(issue?.data?.["sum"]).toContain("weights 138 GB + activations");
    expect(issue?.data?.["sum"]).toContain("on each GPU, which may use 80 GB × 0.92 = 73.6 GB");
    expect(issue?.data?.["fitting"]).toContain("4 × H100 (about $11.00/h)");
    expect(describeIssue(issue as Issue).hint).toMatch(/^it fits 4 × L40S \(about \$3\.56\/h\), .*; or lower engine\.maxModelTokens$/);
  });

  it("with the memory utilisation when that is all that is too low", () => {
    const small = "llama-2-70b_h100_tp4\n    engine: { gpuMemoryUtilization: 0.4 }";
    const [issue] = issuesOf(to("llama-2-70b_h100_tp4", small));
    expect(describeIssue(issue as Issue).hint).toMatch(/^raise engine\.gpuMemoryUtilization to 0\.9; or it fits /);
  });

  it("once for a word that is needed when there are several deployments", () => {
    const second = to("nodePools:", "  - { name: code, model: llama-3.1-8b_h100_tp1, replicas: 0 }\nnodePools:");
    expect(issuesOf(second).map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "which_deployment traffic.0",
      "which_deployment policies.0",
    ]);
  });
});

describe("several deployments", () => {
  const second = (text: string): string =>
    text
      .replace("nodePools:", "  - { name: code, model: llama-3.1-8b_h100_tp1, replicas: 1 }\nnodePools:")
      .replace("  - arrivals", "  - deployment: chat\n    arrivals")
      .replace(
        "- { name: two, kind: constant, replicas: 2 }",
        "- { name: two, deployments: { chat: { kind: constant }, code: { kind: constant, replicas: 9 } } }",
      );

  it("may each have a controller of their own", () => {
    expect(planOf(second).policies[0]?.controllers.map(({ deployment, kind }) => [deployment, kind])).toEqual([
      ["chat", "constant"],
      ["code", "constant"],
    ]);
  });

  it("are checked by name", () => {
    const issues = issuesOf((text) => second(text).replace("code: { kind", "cod: { kind"));
    expect(issues).toMatchObject([
      { code: "unknown_deployment", path: ["policies", 0, "deployments", "cod"], data: { nearest: ["code"] } },
    ]);
  });
});

it("warns of answers so long that no replica takes them, without refusing them", () => {
  const result = build(to("prompt: 100", "prompt: { quantiles: [[0, 1], [0.9, 1000], [1, 60000]] }"));
  expect(result).toMatchObject({
    ok: true,
    warnings: [{ code: "requests_too_long", severity: "warning", path: ["traffic", 0, "lengths"] }],
  });
  const [warning] = result.ok ? result.warnings : [];
  // Linear from 1000 to 60,000 over the last tenth: 1 − 0.9 − 0.1 · (16,384 − 50 − 1000) ÷ 59,000 = 7.4 %
  expect(warning?.data?.["percent"]).toBeCloseTo(7.4, 1);
});

it("warns of a node pool that is billed and that no deployment uses", () => {
  const pool = "\n  - { name: spare, gpu: H200, gpusPerNode: 8, pricePerGpuHour: 4, max: 2, min: 1 }\npolicies:";
  expect(issuesOf(to("\npolicies:", pool))).toMatchObject([
    { code: "node_pool_unused", severity: "warning", path: ["nodePools", 1], data: { name: "spare", minimum: 1 } },
  ]);
  expect(issuesOf(to("\npolicies:", pool.replace("min: 1", "min: 0")))).toEqual([]);
});

describe("an engine's scheduling", () => {
  const engineOf = (engine: string) =>
    planOf((text) => text.replace("replicas: 2\n", `replicas: 2\n    engine: ${engine}\n`)).deployments[0]?.serving.engine;

  it("caches prefixes and is first come first served unless the scenario says otherwise, as the server", () => {
    expect(planOf().deployments[0]?.serving.engine).toMatchObject({ prefixCaching: true });
    expect(planOf().deployments[0]?.serving.engine).not.toHaveProperty("speculative");
    expect(
      engineOf(
        "{ prefixCaching: false, scheduling: priority, maxOutputTokens: 400, longPrefillTokenThreshold: 256, speculative: { draftTokens: 3, tokensPerStep: { min: 1.5, max: 3 }, draftOverhead: 2ms } }",
      ),
    ).toMatchObject({
      prefixCaching: false,
      scheduling: "priority",
      maxOutputTokens: 400,
      longPrefillTokenThreshold: 256,
      speculative: { draftTokens: 3, tokensPerStep: { kind: "uniform", min: 1.5, max: 3 }, draftOverheadSeconds: 0.002 },
    });
  });

  it("refuses more tokens per step than drafts can bring", () => {
    const result = build((text) =>
      text.replace("replicas: 2\n", "replicas: 2\n    engine: { speculative: { draftTokens: 2, tokensPerStep: 3.5 } }\n"),
    );
    expect(result.ok ? [] : result.issues).toMatchObject([
      {
        code: "tokens_per_step_above_drafts",
        path: ["deployments", 0, "engine", "speculative", "tokensPerStep"],
        data: { mean: 3.5, maximum: 3, draftTokens: 2 },
      },
    ]);
  });

  it("takes priority, output limit and shared beginnings from each stream", () => {
    const [stream] = planOf((text) =>
      text.replace("output: 50 }\n", "output: 50 }\n    maxOutputTokens: 40\n    priority: -1\n    prefix: { tokens: 64 }\n"),
    ).traffic;
    expect(stream).toMatchObject({ maxOutputTokens: 40, priority: -1, prefix: { tokens: 64, groups: 1 } });
  });
});

describe("clients in a scenario", () => {
  const STREAM = `  - arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: 50 }
`;

  it("are users with think times, a ramp and conversations", () => {
    const plan = planOf(
      to(
        STREAM,
        `  - users: { points: [[0s, 0], [10m, 200]] }
    think: { mean: 30s }
    lengths: { prompt: 100, output: 50 }
    sessions: { turns: 4, systemTokens: 800, think: 10s, maxContext: 8000 }
    maxOpenRequests: 64
    stop: 50m
`,
      ),
    );
    expect(plan.traffic).toEqual([
      {
        kind: "users",
        name: "chat",
        deployment: "chat",
        maxOpenRequests: 64,
        stopSeconds: 3000,
        users: [
          [0, 0],
          [600, 200],
        ],
        thinkSeconds: { kind: "exponential", mean: 30 },
        pauseAfterLossSeconds: 1,
        lengths: { promptTokens: { kind: "constant", value: 100 }, outputTokens: { kind: "constant", value: 50 } },
        session: {
          turns: { kind: "constant", value: 4 },
          thinkSeconds: { kind: "constant", value: 10 },
          systemTokens: 800,
          maxContextTokens: 8000,
        },
      },
    ]);
    expect(plan.assumptions.join("\n")).toMatch(/chat: a user whose request was lost waits 1 s longer/);
    expect(plan.assumptions.join("\n")).toMatch(/would exceed 8000 tokens/);
  });

  it("think between turns as between sessions unless told otherwise, in a context as long as the model allows", () => {
    const plan = planOf(to(STREAM, "  - { users: 5, think: 3s, lengths: { prompt: 9, output: 9 }, sessions: { turns: 2 } }\n"));
    expect(plan.traffic[0]).toMatchObject({
      users: [[0, 5]],
      session: { thinkSeconds: { kind: "constant", value: 3 }, systemTokens: 0, maxContextTokens: 16_384 },
    });
  });

  it("leave a plan as it is when nothing is said of them", () => {
    expect(Object.keys(planOf().traffic[0] ?? {}).sort()).toEqual(["arrivals", "deployment", "kind", "lengths", "name", "surges"]);
    expect(planOf().deployments[0]?.serving.client).not.toHaveProperty("retryBudget");
  });

  it("keep to a retry budget, over ten seconds and without a floor unless told otherwise", () => {
    const plan = planOf(to("replicas: 2\n", "replicas: 2\n    client: { retryBudget: { share: 20% } }\n"));
    expect(plan.deployments[0]?.serving.client.retryBudget).toEqual({ share: 0.2, windowSeconds: 10, floorPerSecond: 0 });
  });

  it("are told when their context cannot work", () => {
    const withSessions = (sessions: string) => issuesOf(to(STREAM, `${STREAM}    sessions: ${sessions}\n`));
    expect(withSessions("{ turns: 2, think: 1s, systemTokens: 500, maxContext: 400 }")).toMatchObject([
      { code: "session_context_too_small", path: ["traffic", 0, "sessions", "systemTokens"], data: { systemTokens: 500, maxContext: 400 } },
    ]);
    expect(withSessions("{ turns: 2, think: 1s, maxContext: 99999 }")).toMatchObject([
      { code: "session_context_too_large", severity: "warning", path: ["traffic", 0, "sessions", "maxContext"] },
    ]);
  });
});
