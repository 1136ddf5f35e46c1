import type { MetricAnswer, PodView } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { saturationStep } from "./saturation.ts";
import { wva } from "./wva.ts";

const LIMITS = { kvCacheThreshold: 0.8, queueLengthThreshold: 5, kvSpareTrigger: 0.1, queueSpareTrigger: 3 };
const MODEL = { alpha: 15, beta: 0.07, gamma: 10, delta: 0.03, maxBatchSize: 32, "slo-ttft": 1000, "slo-tpot": 20 };

const entry = (raw: object): object => ({ kind: "wva", name: "it", maxReplicas: 8, ...raw });
const pod = (name: string): PodView => ({ name, phase: "Running", createdSeconds: 0, requests: {} });
const perPod = (values: Readonly<Record<string, number>>): MetricAnswer => ({
  ok: true,
  elements: Object.entries(values).map(([name, value]) => ({ labels: { pod: name }, value })),
});

describe("saturation", () => {
  const replicas = (specReplicas: number, statusReplicas = specReplicas) => ({ specReplicas, statusReplicas });
  it.each([
    {
      loads: [[0.75, 0]],
      counts: replicas(1),
      wants: 2,
      reason: "SpareCapacityLow",
      because: "5 % of the cache are left below the threshold",
    },
    { loads: [[0.1, 3]], counts: replicas(1), wants: 2, reason: "SpareCapacityLow", because: "two places are left in the queue" },
    { loads: [[0.9, 9]], counts: replicas(1), wants: 2, reason: "SpareCapacityLow", because: "nobody is unsaturated" },
    {
      loads: [
        [0.3, 0],
        [0.3, 0],
      ],
      counts: replicas(2),
      wants: 1,
      reason: "SpareCapacityHigh",
      because: "one alone would have 0.6",
    },
    {
      loads: [
        [0.4, 0],
        [0.4, 0],
      ],
      counts: replicas(2),
      wants: 2,
      reason: "SpareCapacityKept",
      because: "one alone would be saturated",
    },
    {
      loads: [
        [0.3, 1.4],
        [0.3, 1.4],
      ],
      counts: replicas(2),
      wants: 2,
      reason: "SpareCapacityKept",
      because: "its queue would leave 2.2 places",
    },
    { loads: [[0.9, 9]], counts: replicas(2, 1), wants: 2, reason: "InTransition", because: "the second one does not exist yet" },
    { loads: [[0.9, 9]], counts: replicas(2), wants: 2, reason: "InTransition", because: "the second one has no metrics yet" },
    { loads: [[0, 0]], counts: replicas(1), wants: 1, reason: "SpareCapacityKept", because: "the last one stays" },
  ])("asks for $wants ($reason): $because", ({ loads, counts, wants, reason }) => {
    const result = saturationStep(
      LIMITS,
      loads.map(([kvUsage = 0, queueLength = 0]) => ({ kvUsage, queueLength })),
      counts,
    );
    expect([result.replicas, result.reason]).toEqual([wants, reason]);
  });
});

describe("the variant autoscaler", () => {
  const look = (atSeconds: number, metrics: Scripted["metrics"], scale = 1): Scripted => ({
    atSeconds,
    scale,
    pods: [pod("a")],
    ...(metrics && { metrics }),
  });

  it("reads its own pods only", () => {
    const config = configOf(wva, entry({}));
    const metrics = { arrivals: perPod({ a: 1 }), kvUsage: perPod({ a: 0.2, other: 0.99 }), queueLength: perPod({ a: 0, other: 50 }) };
    const [step] = drive(wva, config, [look(7.5, metrics)]);
    expect(step?.decision).toMatchObject({ desiredReplicas: 1, reason: "SpareCapacityKept", evidence: { replicasWithMetrics: 1 } });
  });

  it("divides what arrives by what the model lets one replica carry", () => {
    const config = configOf(wva, entry({ queueingModel: MODEL }));
    const rates = (rate: number) => ({
      arrivals: perPod({ a: rate }),
      promptTokens: perPod({ a: 500 * rate }),
      generationTokens: perPod({ a: 100 * rate }),
    });
    const [one, many, none] = drive(wva, config, [look(30, rates(5)), look(90, rates(50)), look(150, rates(0))]);
    const carried = Number(one?.decision?.evidence["requestsPerSecondOfOne"]);
    expect(many?.decision?.desiredReplicas).toBe(Math.ceil(50 / carried));
    expect(many?.decision?.desiredReplicas).toBeGreaterThan(2);
    expect(none?.decision).toMatchObject({ desiredReplicas: 1, reason: "NoLoad", held: { by: "min", wanted: 0 } });
    const [bounded] = drive(wva, configOf(wva, entry({ queueingModel: MODEL, maxReplicas: 2 })), [look(30, rates(50))]);
    expect(bounded?.decision?.held).toEqual({ by: "max", wanted: many?.decision?.desiredReplicas });
    const [, idle] = drive(wva, configOf(wva, entry({ queueingModel: MODEL, scaleToZero: {} })), [look(30, rates(1)), look(90, rates(0))]);
    expect(idle?.decision?.held).toEqual({ by: "cooldown", wanted: 0 });
  });

  it("is held by its own limit where the HPA behind it is not held by anything", () => {
    const config = configOf(wva, entry({ maxReplicas: 4, hpa: acting() }));
    const [, second] = drive(wva, config, [
      { atSeconds: 7.5, timer: "optimize", scale: 4, pods: many(4), metrics: busy(4) ?? {} },
      { atSeconds: 7.5, timer: "sync", scale: 4, pods: many(4) },
    ]);
    expect(second?.decision).toMatchObject({ desiredReplicas: 4, held: { by: "max", wanted: 5 } });
  });

  it("keeps the count when no rate meets the targets", () => {
    const config = configOf(wva, entry({ queueingModel: { ...MODEL, "slo-tpot": 10 } }));
    const metrics = { arrivals: perPod({ a: 5 }), promptTokens: perPod({ a: 2500 }), generationTokens: perPod({ a: 500 }) };
    const [step] = drive(wva, config, [look(30, metrics, 3)]);
    expect(step?.decision).toMatchObject({ desiredReplicas: 3, reason: "TargetsOutOfReach" });
  });

  it("decides nothing without metrics", () => {
    const config = configOf(wva, entry({}));
    const failed: MetricAnswer = { ok: false, error: "down" };
    const [step] = drive(wva, config, [look(7.5, { arrivals: failed, kvUsage: failed, queueLength: failed })]);
    expect(step?.decision).toBeUndefined();
  });

  const acting = (
    metric: object = {
      type: "External",
      external: { metric: { name: "wva_desired_replicas" }, target: { type: "AverageValue", averageValue: "1" } },
    },
  ) => ({
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat" },
      minReplicas: 1,
      maxReplicas: 30,
      metrics: [metric],
    },
  });
  const many = (count: number): readonly PodView[] =>
    Array.from({ length: count }, (_, i) => ({ ...pod(`p${i}`), startSeconds: 0, ready: { status: true, sinceSeconds: 0 } }));
  const busy = (count: number): Scripted["metrics"] => {
    const of = (value: number): MetricAnswer => perPod(Object.fromEntries(many(count).map(({ name }) => [name, value])));
    return { arrivals: of(1), kvUsage: of(0.75), queueLength: of(0) };
  };

  it("publishes its count to the HPA it is given, whose tolerance swallows one step of many, and then waits for it for ever", () => {
    const config = configOf(wva, entry({ maxReplicas: undefined, hpa: acting() }));
    const run = (count: number) =>
      drive(wva, config, [
        { atSeconds: 7.5, timer: "optimize", scale: count, pods: many(count), metrics: busy(count) ?? {} },
        { atSeconds: 7.5, timer: "sync", scale: count, pods: many(count) },
        { atSeconds: 22.5, timer: "optimize", scale: count, pods: many(count), metrics: busy(count) ?? {} },
      ]);
    const [few, lot] = [run(4), run(20)];
    expect(few[0]?.decision).toBeUndefined();
    expect(few[1]?.decision?.desiredReplicas).toBe(5);
    expect(lot[1]?.decision?.desiredReplicas).toBe(20);
    expect(lot.map(({ state }) => state.published)).toEqual([21, 21, 21]);
    expect(lot[1]?.decision?.held).toEqual({ by: "tolerance", wanted: 21 });
  });

  it.each([
    { raw: { maxReplicas: undefined }, code: "missing_key", because: "something must end it" },
    {
      raw: { hpa: acting({ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }) },
      code: "wva_hpa_metric",
      because: "that HPA would not read the published count",
    },
    { raw: { hpa: { manifest: "gone.yaml" } }, code: "manifest_file_missing", because: "there is no such file" },
    { raw: { hpa: 3 }, code: "wrong_type", because: "an HPA is an object" },
    { raw: { saturation: {}, queueingModel: MODEL }, code: "one_of", because: "one analyzer decides" },
    { raw: { maxReplicas: 1, minReplicas: 2 }, code: "out_of_range", because: "limits do not cross" },
    { raw: { queueingModel: { ...MODEL, "slo-ttft": 0, "slo-tpot": 0 } }, code: "wva_no_target", because: "there is nothing to size for" },
    { raw: { saturation: { kvCacheThreshold: 80 } }, code: "out_of_range", because: "it is a share" },
  ])("refuses $raw: $because", ({ raw, code }) => {
    const parsed = wva.parseConfig(entry(raw), testContext());
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.code)).toEqual([code]);
  });
});
