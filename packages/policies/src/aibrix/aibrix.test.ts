import type { MetricAnswer } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { aibrix } from "./aibrix.ts";
import { kpaHeld } from "./held.ts";
import { apaReplicas, kpaReplicas, NO_PANIC } from "./strategies.ts";

const LIMITS = { maxScaleUpRate: 2, maxScaleDownRate: 2, upTolerance: 0.1, downTolerance: 0.1 };
const spec = (changes: object = {}): object => ({
  minReplicas: 1,
  maxReplicas: 10,
  scalingStrategy: "APA",
  metricsSources: [{ metricSourceType: "pod", targetMetric: "vllm:num_requests_running", targetValue: "10" }],
  ...changes,
});
const entry = (changes: object = {}, beside: object = {}): object => ({ kind: "aibrix", name: "it", spec: spec(changes), ...beside });

describe("APA", () => {
  it.each([
    { replicas: 4, perPod: 11, wants: 4, because: "ten percent above the target are tolerated" },
    { replicas: 4, perPod: 12, wants: 5, because: "4.8, rounded up" },
    { replicas: 4, perPod: 50, wants: 8, because: "a step at most doubles" },
    { replicas: 4, perPod: 9, wants: 4, because: "ten percent below are tolerated" },
    { replicas: 4, perPod: 6, wants: 3, because: "2.4, rounded up" },
    { replicas: 5, perPod: 0, wants: 2, because: "a step at most halves, rounded down" },
  ])("makes $replicas pods $wants at $perPod each against 10: $because", ({ replicas, perPod, wants }) => {
    expect(apaReplicas(LIMITS, replicas, perPod, 10)).toBe(wants);
  });
});

describe("KPA of AIBrix", () => {
  const input = {
    nowSeconds: 0,
    readyPods: 4,
    stableAverage: 40,
    panicAverage: 40,
    target: 10,
    panicThreshold: 2,
    stableWindowSeconds: 180,
  };

  it("panics when the short average is more than twice the long one, and holds its largest wish for a stable window", () => {
    const calm = kpaReplicas(LIMITS, NO_PANIC, { ...input, panicAverage: 80 });
    expect([calm.desired, calm.panic.panicSeconds]).toEqual([4, null]);
    const panic = kpaReplicas(LIMITS, NO_PANIC, { ...input, panicAverage: 81 });
    expect([panic.desired, panic.panic]).toEqual([8, { panicSeconds: 0, maxPanicPods: 8 }]);
    expect(kpaReplicas(LIMITS, panic.panic, { ...input, nowSeconds: 180 }).desired).toBe(8);
    expect(kpaReplicas(LIMITS, panic.panic, { ...input, nowSeconds: 181 }).desired).toBe(4);
  });

  it("does not forget its largest wish when the panic is over", () => {
    const after = kpaReplicas(LIMITS, { panicSeconds: 0, maxPanicPods: 8 }, { ...input, nowSeconds: 181 });
    expect(kpaReplicas(LIMITS, after.panic, { ...input, nowSeconds: 190, stableAverage: 0 }).desired).toBe(8);
  });
});

describe("a PodAutoscaler", () => {
  const read = (atSeconds: number, value: number, scale: number): Scripted => {
    const running: MetricAnswer = { ok: true, elements: Array.from({ length: scale }, (_, i) => ({ labels: {}, pod: `p${i}`, value })) };
    return { atSeconds, scale, metrics: { running_requests: running } };
  };

  it("waits five minutes after a change before it takes a pod away", () => {
    const steps = drive(aibrix, configOf(aibrix, entry()), [read(0, 30, 2), read(10, 2, 4), read(299, 2, 4), read(300, 2, 4)]);
    expect(steps.map(({ decision }) => [decision?.desiredReplicas, decision?.reason])).toEqual([
      [4, "AdaptivePodAutoscaler"],
      [4, "ScaleDownCooldown"],
      [4, "ScaleDownCooldown"],
      [2, "AdaptivePodAutoscaler"],
    ]);
  });

  it.each([
    { because: "nothing where the target is followed", value: 15, scale: 2, held: undefined },
    { because: "the tolerance", value: 10.5, scale: 4, held: { by: "tolerance", wanted: 5 } },
    { because: "the rate of a step", value: 40, scale: 2, held: { by: "rate", wanted: 8 } },
    { because: "the most it may have", value: 20, scale: 8, held: { by: "max", wanted: 16 } },
    { because: "the fewest it may have", value: 0, scale: 1, held: { by: "min", wanted: 0 } },
  ])("is held by $because", ({ value, scale, held }) => {
    const [step] = drive(aibrix, configOf(aibrix, entry()), [read(0, value, scale)]);
    expect(step?.decision?.held).toEqual(held);
  });

  it("is held by a cooldown, and names what it waits for", () => {
    const steps = drive(aibrix, configOf(aibrix, entry()), [read(0, 30, 2), read(10, 2, 4)]);
    expect(steps[1]?.decision?.held).toEqual({ by: "cooldown", wanted: 2 });
  });

  it("is held by what panic remembers, and by a tolerance around the ready pods", () => {
    const averages = { ready: 4, stableAverage: 42, panicAverage: 20, target: 10 };
    const panic = { panicSeconds: 0, maxPanicPods: 8 };
    expect(kpaHeld({ desired: 8, panic, stablePods: 4, panicPods: 2 }, averages)).toEqual({ by: "stabilization", wanted: 4 });
    expect(kpaHeld({ desired: 4, panic: NO_PANIC, stablePods: 4, panicPods: 2 }, averages)).toEqual({ by: "tolerance", wanted: 5 });
    expect(kpaHeld({ desired: 8, panic: NO_PANIC, stablePods: 8, panicPods: 8 }, { ...averages, stableAverage: 200 })).toEqual({
      by: "rate",
      wanted: 20,
    });
  });

  it("says nothing while no pod answers", () => {
    const [step] = drive(aibrix, configOf(aibrix, entry()), [
      { atSeconds: 0, scale: 2, metrics: { running_requests: { ok: true, elements: [] } } },
    ]);
    expect(step?.decision).toBeUndefined();
  });

  it.each([
    { raw: entry({ scalingStrategy: "HPA" }), code: "unknown_value", because: "kind: hpa is that strategy" },
    { raw: entry({ maxReplicas: 2, minReplicas: 3 }), code: "out_of_range", because: "limits do not cross" },
    { raw: entry({ metricsSources: [] }), code: "out_of_range", because: "something must be measured" },
    {
      raw: entry({ metricsSources: [{ metricSourceType: "pod", targetMetric: "cpu", targetValue: "1" }] }),
      code: "unknown_value",
      because: "engines export no cpu",
    },
    {
      raw: entry({ metricsSources: [{ metricSourceType: "pod", targetMetric: "num_requests_running", targetValue: "0" }] }),
      code: "bad_format",
      because: "nothing is divided by 0",
    },
    { raw: entry({}, { panicWindowSeconds: 200 }), code: "out_of_range", because: "panic looks at less than the stable window" },
    { raw: { kind: "aibrix" }, code: "policy_manifest_or_spec", because: "there is no spec" },
  ])("refuses it where $because", ({ raw, code }) => {
    const parsed = aibrix.parseConfig(raw, testContext());
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.code)).toEqual([code]);
  });
});
