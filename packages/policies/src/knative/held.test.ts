import { describe, expect, it } from "vitest";
import { deciderHold, heldBy } from "./held.ts";
import type { Reconciled } from "./reconcile.ts";
import { type DeciderSpec, type ScalerState, scale } from "./scaler.ts";

const SPEC: DeciderSpec = {
  targetValue: 10,
  totalValue: 10,
  targetBurstCapacity: 0,
  panicThreshold: 2,
  maxScaleUpRate: 3,
  maxScaleDownRate: 2,
  scaleDownDelaySeconds: 0,
  activationScale: 0,
  stableWindowSeconds: 60,
  reachable: true,
};
const CALM: ScalerState = { panicSeconds: null, maxPanicPods: 0, delay: [] };

describe("a decider is held by", () => {
  it.each([
    { because: "nothing where it gets what its window asks for", stable: 45, panic: 45, held: null },
    { because: "the rate up", stable: 200, panic: 70, held: { by: "rate", wanted: 20 } },
    { because: "the rate down", stable: 10, panic: 10, held: { by: "rate", wanted: 1 } },
    { because: "the rate up in panic", stable: 40, panic: 200, held: { by: "rate", wanted: 20 } },
    {
      because: "what panic remembers",
      stable: 30,
      panic: 30,
      before: { panicSeconds: 90, maxPanicPods: 9, delay: [] },
      held: { by: "stabilization", wanted: 3 },
    },
    { because: "the activation scale", stable: 30, panic: 30, spec: { activationScale: 20 }, held: { by: "min", wanted: 3 } },
    {
      because: "the scale-down delay",
      stable: 30,
      panic: 30,
      spec: { scaleDownDelaySeconds: 60 },
      before: { panicSeconds: null, maxPanicPods: 0, delay: [[45, 8] as const] },
      held: { by: "stabilization", wanted: 3 },
    },
  ] as const)("$because", (row) => {
    const before: ScalerState = "before" in row ? row.before : CALM;
    const spec = "spec" in row ? { ...SPEC, ...row.spec } : SPEC;
    const result = scale(spec, before, { unixSeconds: 100, readyPods: 4, stableAverage: row.stable, panicAverage: row.panic });
    expect(deciderHold(result)).toEqual(row.held);
  });
});

describe("a reconciliation is held by", () => {
  const reconciled = (changes: Partial<Reconciled>): Reconciled => ({
    replicas: 1,
    boundBy: "none",
    zero: { desired: 1, apply: true, requeueAfterSeconds: null, asyncProbeStarted: false },
    condition: "active",
    state: { condition: "active", conditionSinceSeconds: 0, serviceMode: "Serve", modeSinceSeconds: 0, isInitialized: true },
    ...changes,
  });
  const hold = { by: "rate", wanted: 7 } as const;
  const zero = { desired: 1, apply: true, requeueAfterSeconds: null, asyncProbeStarted: false };
  it.each([
    {
      because: "a limit, whatever held the decider",
      result: reconciled({ boundBy: "maxScale" }),
      desired: 9,
      held: { by: "max", wanted: 9 },
    },
    { because: "the initial scale", result: reconciled({ boundBy: "initialScale" }), desired: -1, held: { by: "min", wanted: 0 } },
    { because: "what held the decider", result: reconciled({}), desired: 5, held: hold },
    { because: "scale to zero being off", result: reconciled({}), desired: 0, held: { by: "min", wanted: 0 } },
    {
      because: "the stable window that must pass first",
      result: reconciled({ zero: { ...zero, requeueAfterSeconds: 30 } }),
      desired: 0,
      held: { by: "cooldown", wanted: 0 },
    },
    {
      because: "the grace period",
      result: reconciled({ zero: { ...zero, desired: 0, apply: false } }),
      desired: 0,
      held: { by: "cooldown", wanted: 0 },
    },
  ])("$because", ({ result, desired, held }) => {
    expect(heldBy(result, desired, hold)).toEqual(held);
  });
});
