import type { Held } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { hpa } from "./hpa.ts";

const manifest = (behavior = ""): string => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 2
  maxReplicas: 6
  metrics: [{ type: External, external: { metric: { name: queue }, target: { type: AverageValue, averageValue: "10" } } }]
  ${behavior}
`;

/** Syncs 15 s apart, each with the scale it finds and the value it reads; null: the metric fails. */
function holds(syncs: readonly (readonly [replicas: number, queue: number | null])[], behavior?: string): readonly (Held | undefined)[] {
  const context = testContext({ readFile: () => manifest(behavior) });
  const config = configOf(hpa, { kind: "hpa", manifest: "hpa.yaml" }, context);
  const script = syncs.map(
    ([scale, value], index): Scripted => ({
      atSeconds: 15 * index,
      scale,
      metrics: { "metrics[0]": value === null ? { ok: false, error: "gone" } : { ok: true, elements: [{ labels: {}, value }] } },
    }),
  );
  return drive(hpa, config, script).map(({ decision }) => decision?.held);
}

const ONE_POD =
  "behavior: { scaleUp: { policies: [{ type: Pods, value: 1, periodSeconds: 60 }] }, scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: Pods, value: 1, periodSeconds: 60 }] } }";
const PATIENT = "behavior: { scaleUp: { stabilizationWindowSeconds: 300 } }";

describe("what holds an HPA back", () => {
  it.each([
    { syncs: [[3, 30]], held: undefined, because: "the metric is on target" },
    { syncs: [[3, 40]], held: undefined, because: "it does what it computed" },
    { syncs: [[3, 32]], held: { by: "tolerance", wanted: 4 }, because: "7 % above the target" },
    { syncs: [[3, 100]], held: { by: "max", wanted: 10 }, because: "ten are more than it may have" },
    { syncs: [[9, 100]], held: { by: "max" }, because: "there are more than it may have" },
    { syncs: [[1, 10]], held: { by: "min" }, because: "there are fewer than it must have" },
    { syncs: [[3, null]], held: { by: "metric" }, because: "it knows nothing" },
  ] as const)("is $held: $because", ({ syncs, held }) => {
    expect(holds(syncs).at(-1)).toEqual(held);
  });

  it("is the window of scale-down while an older wish stands", () => {
    expect(holds([[4, 40], [4, 20]])).toEqual([undefined, { by: "stabilization", wanted: 2 }]); // biome-ignore format: two syncs
  });

  it("is the window of scale-up where there is one", () => {
    expect(holds([[3, 30], [3, 60]], PATIENT)).toEqual([undefined, { by: "stabilization", wanted: 6 }]); // biome-ignore format: two syncs
  });

  it("is the limit of a step, up and down", () => {
    expect(holds([[3, 60], [4, 60]], ONE_POD)).toEqual([{ by: "rate", wanted: 6 }, { by: "rate", wanted: 6 }]); // biome-ignore format: two syncs
    expect(holds([[6, 60], [6, 20]], ONE_POD)[1]).toEqual({ by: "rate", wanted: 2 }); // biome-ignore format: two syncs
  });

  it("is the minimum when the metric would let more go", () => {
    expect(holds([[2, 20], [2, 5]], ONE_POD)[1]).toEqual({ by: "min", wanted: 1 }); // biome-ignore format: two syncs
  });
});
