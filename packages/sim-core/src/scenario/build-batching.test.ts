import { describe, expect, it } from "vitest";
import { createLatencyModel } from "../serving/latency/model.ts";
import { buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";

const CURVE = "[[1, 5ms], [8, 12ms], [32, 36ms]]";

/** The plan of a scenario with one deployment, or its issues. */
function build(engine: string, { curve = CURVE, shape = "{ name: net, parameters: 1e9 }" } = {}) {
  const text = `
replicast: 1
name: batches
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 1, output: 1 } }]
deployments:
  - { name: net, replicas: 1, engine: ${engine}, model: { shape: ${shape}, gpu: L4, latency: { kind: curve, points: ${curve} } } }
nodePools: [{ name: l4, gpu: L4, gpusPerNode: 1, pricePerGpuHour: 0.7, max: 2 }]
policies: [{ name: idle, kind: idle }]
slo: { e2e: "p(99)<60ms" }
`;
  const parsed = parseScenario(text, "scenario.yaml");
  if (!parsed.ok) return { issues: parsed.issues.map(({ code }) => code), serving: undefined, assumptions: [] };
  const result = buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: null }),
  });
  if (!result.ok)
    return { issues: result.issues.map(({ code, path }) => `${code} ${path.join(".")}`), serving: undefined, assumptions: [] };
  return { issues: [], serving: result.plan.deployments[0]?.serving, assumptions: result.plan.assumptions };
}

describe("engine.batching", () => {
  it("completes a dynamic batcher with Triton's defaults, and needs no layers, heads or KV cache", () => {
    const { serving, issues } = build("{ batching: dynamic, dynamic: { maxBatchSize: 32 } }");
    expect(issues).toEqual([]);
    expect(serving?.engine.batching).toEqual({
      kind: "dynamic",
      maxBatchSize: 32,
      preferredSizes: [32],
      maxQueueDelaySeconds: 0,
      instances: 1,
      maxQueueSize: Number.POSITIVE_INFINITY,
      queueTimeoutSeconds: Number.POSITIVE_INFINITY,
      timeoutAction: "reject",
    });
    expect(serving?.engine.maxSequences).toBe(32);
  });

  it("reads every key of it", () => {
    const written =
      "{ maxBatchSize: 16, preferredSizes: [8, 4], maxQueueDelay: 500us, instances: 2, maxQueueSize: 9, queueTimeout: 1s, timeoutAction: delay }";
    expect(build(`{ batching: dynamic, dynamic: ${written.replace("500us", "2ms")} }`).serving?.engine.batching).toEqual({
      kind: "dynamic",
      maxBatchSize: 16,
      preferredSizes: [4, 8],
      maxQueueDelaySeconds: 0.002,
      instances: 2,
      maxQueueSize: 9,
      queueTimeoutSeconds: 1,
      timeoutAction: "delay",
    });
  });

  it("takes single requests for static batches of one, and auto for an open limit of the discipline that is written", () => {
    const shape = "{ name: net, parameters: 1e9, layers: 8, hiddenSize: 512, attentionHeads: 8, kvHeads: 8 }";
    expect(build("{ batching: single }", { shape }).serving?.engine.batching).toMatchObject({ kind: "static", size: 1 });
    expect(build("{ batching: static, static: { size: 8, maxWait: 1s, streaming: false } }", { shape }).serving?.engine.batching).toEqual({
      kind: "static",
      size: 8,
      maxWaitSeconds: 1,
      isStreamed: false,
    });
    expect(build("{ batching: auto, static: { size: 8 } }", { shape }).serving?.engine).toMatchObject({
      batching: { kind: "static" },
      isBatchLimitAuto: true,
    });
    expect(build("{ batching: auto, maxSequences: 16 }", { shape }).serving?.engine).toMatchObject({
      maxSequences: 16,
      isBatchLimitAuto: true,
    });
  });

  it.each([
    ["{ batching: dynamic, dynamic: { maxBatchSize: 64 } }", {}, "batch_beyond_curve deployments.0.model.latency.points"],
    [
      "{ batching: dynamic, dynamic: { maxBatchSize: 8, preferredSizes: [4, 16] } }",
      {},
      "preferred_size_above_max deployments.0.engine.dynamic.preferredSizes.1",
    ],
    [
      "{ batching: dynamic, dynamic: { maxBatchSize: 8, instances: 12 } }",
      {},
      "instances_do_not_fit deployments.0.engine.dynamic.instances",
    ],
    ["{ batching: dynamic, dynamic: { maxBatchSize: 8 }, kvBlocks: 10 }", {}, "unused_with_batching deployments.0.engine.kvBlocks"],
    ["{ batching: auto, static: { size: 8 }, dynamic: { maxBatchSize: 8 } }", {}, "unused_with_batching deployments.0.engine.static"],
    ["{ batching: static, static: { size: 8 } }", {}, "shape_incomplete deployments.0.model.shape"],
    ["{ batching: dynamic, dynamic: { maxBatchSize: 8 } }", { curve: "[[2, 5ms]]" }, "invalid_curve"],
    ["{ batching: dynamic, dynamic: { maxBatchSize: 8 } }", { curve: "[[1, 5ms], [8, 9ms], [4, 9ms]]" }, "invalid_curve"],
  ])("refuses %s %o: %s", (engine, more, issue) => {
    expect(build(engine, more).issues).toContain(issue);
  });
});

describe("a curve over batch sizes", () => {
  const model = createLatencyModel({
    kind: "curve",
    points: [
      [1, 0.005],
      [8, 0.012],
      [32, 0.036],
    ],
    requestOverheadSeconds: 0,
  });

  it("is exact at its points, linear between them, and goes on with its last slope", () => {
    expect([1, 8, 32].map((size) => model.decodeBaseSeconds(size))).toEqual([0.005, 0.012, 0.036]);
    expect(model.decodeBaseSeconds(4)).toBeCloseTo(0.008, 12);
    expect(model.decodeBaseSeconds(20)).toBeCloseTo(0.024, 12);
    expect(model.decodeBaseSeconds(34)).toBeCloseTo(0.038, 12);
  });
});
