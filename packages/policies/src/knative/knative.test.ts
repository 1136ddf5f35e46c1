import type { LiveMetric, MetricAnswer, PodView } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import type { KnativeConfig } from "./config.ts";
import { knative } from "./knative.ts";

const parse = (raw: object, manifest = ""): ReturnType<typeof knative.parseConfig> =>
  knative.parseConfig({ kind: "knative", name: "it", ...raw }, testContext({ readFile: () => (manifest === "" ? undefined : manifest) }));

const annotated = (annotations: Readonly<Record<string, string | number>>): object => ({
  annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`autoscaling.knative.dev/${key}`, value])),
});

const config = (annotations: Readonly<Record<string, string | number>> = {}, configAutoscaler: object = {}): KnativeConfig =>
  configOf(knative, { kind: "knative", name: "it", ...annotated(annotations), configAutoscaler });

const pod = (index: number): PodView => ({
  name: `chat-${index}`,
  phase: "Running",
  createdSeconds: 0,
  ready: { status: true, sinceSeconds: 0 },
  requests: {},
});
const pods = (count: number): readonly PodView[] => Array.from({ length: count }, (_, index) => pod(index));

/** Seconds of a load: how many requests there are on average in each, and how many pods are ready. */
function seconds(loads: readonly (readonly [concurrency: number, ready: number, spec: number])[]): readonly Scripted[] {
  let requestSeconds = 0;
  const answer = (metric: LiveMetric, value: number): Record<string, MetricAnswer> => ({
    [metric]: { ok: true, elements: [{ labels: {}, value }] },
  });
  return [[0, loads[0]?.[1] ?? 0, loads[0]?.[2] ?? 0] as const, ...loads].map(([concurrency, ready, spec], atSeconds) => {
    requestSeconds += concurrency;
    const metrics = { ...answer("request_seconds_total", requestSeconds), ...answer("requests_total", 2 * requestSeconds) };
    return { atSeconds, scale: spec, pods: pods(ready), metrics };
  });
}

const repeat = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

describe("the Knative autoscaler", () => {
  it("decides on the average concurrency of each second, every two seconds", () => {
    const steps = drive(knative, config({ target: 10 }), seconds(repeat(10, [14, 1, 2])));
    const decisions = steps.flatMap(({ decision }) => (decision === undefined ? [] : [decision]));
    expect(decisions[0]).toMatchObject({
      desiredReplicas: 2,
      reason: "PanicMode",
      evidence: { stableAverage: 14, targetPerPod: 7, panicPods: 2 },
    });
    expect(steps.map(({ decision }) => decision !== undefined)).toEqual([false, false, true, ...repeat(8, false)]);
  });

  it("reads requests per second where it is told to", () => {
    const steps = drive(knative, config({ target: 10, metric: "rps" }), seconds(repeat(4, [14, 1, 1])));
    expect(steps.at(-2)?.decision?.evidence["stableAverage"] ?? steps[2]?.decision?.evidence["stableAverage"]).toBe(28);
  });

  it("holds in panic what it once asked for, until a stable window has passed without a reason to panic", () => {
    const loads = [...repeat(6, [40, 1, 6] as const), ...repeat(80, [7, 6, 6] as const)];
    const reasons = drive(knative, config({ target: 10 }), seconds(loads)).flatMap(({ decision, atSeconds }) =>
      decision === undefined ? [] : [[atSeconds, decision.reason, decision.desiredReplicas] as const],
    );
    expect(reasons.find(([, reason]) => reason === "PanicHoldsPods")?.[2]).toBe(6);
    const [calmAt] = reasons.find(([, reason]) => reason === "MaxScaleDownRate") ?? [];
    expect(calmAt).toBeGreaterThan(66);
    expect(calmAt).toBeLessThan(72);
  });

  it("begins in panic over several ready pods, so that a restart with an empty memory removes none of them", () => {
    const steps = drive(knative, config({ target: 10 }), seconds(repeat(70, [1, 4, 4])));
    const reasons = steps.flatMap(({ decision, atSeconds }) =>
      decision === undefined ? [] : [[atSeconds, decision.reason, decision.desiredReplicas] as const],
    );
    expect(reasons[0]).toEqual([2, "PanicHoldsPods", 4]);
    expect(reasons.find(([, , replicas]) => replicas < 4)?.[0]).toBeGreaterThan(60);
  });

  it("takes the last pod after a window without requests, and gives it back with the first one", () => {
    const loads = [...repeat(5, [2, 1, 1] as const), ...repeat(70, [0, 1, 1] as const)];
    const gone = drive(knative, config({ target: 10 }), seconds(loads)).find(({ decision }) => decision?.desiredReplicas === 0);
    expect(gone?.decision?.reason).toBe("NoTraffic");
    expect(gone?.atSeconds).toBeGreaterThan(60);
    const back = drive(knative, config({ target: 10 }), seconds([...repeat(3, [0, 0, 0] as const), [0.5, 0, 0]]));
    expect(back.at(-1)?.decision).toMatchObject({ desiredReplicas: 1 });
    expect(back.slice(0, -1).every(({ decision }) => decision === undefined)).toBe(true);
  });

  it("keeps one pod where the config map forbids scaling to zero", () => {
    const loads = [...repeat(5, [2, 1, 1] as const), ...repeat(130, [0, 1, 1] as const)];
    const steps = drive(knative, config({ target: 10 }, { "enable-scale-to-zero": "false" }), seconds(loads));
    expect(steps.every(({ decision }) => (decision?.desiredReplicas ?? 1) >= 1)).toBe(true);
  });

  it("has annotations before the config map, and a limit of concurrency above both", () => {
    const parsed = parse({
      ...annotated({ target: 50, window: "30s" }),
      containerConcurrency: 20,
      configAutoscaler: { "stable-window": "90s" },
    });
    expect(parsed.ok && parsed.config.spec).toMatchObject({
      totalValue: 20,
      targetValue: 14,
      stableWindowSeconds: 30,
      panicWindowSeconds: 3,
    });
  });

  it("reads the template of a Knative Service, and tells where it is wrong", () => {
    const manifest = (target: string): string => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: chat }
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/target: ${target}
    spec: { containerConcurrency: 4 }
`;
    const parsed = parse({ manifest: "service.yaml" }, manifest('"3"'));
    expect(parsed.ok && parsed.config.spec).toMatchObject({ totalValue: 3 });
    const refused = parse({ manifest: "service.yaml" }, manifest("3"));
    expect(refused.ok ? [] : refused.issues).toMatchObject([{ code: "manifest_field_type", file: "service.yaml", line: 8 }]);
  });

  it("tells a Knative Service from a Service of the core in the same file", () => {
    const core = "apiVersion: v1\nkind: Service\nmetadata: { name: chat }\n---\n";
    const own =
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: chat }\nspec: { template: { spec: { containerConcurrency: 4 } } }\n";
    const parsed = parse({ manifest: "service.yaml" }, core + own);
    expect(parsed.ok && parsed.config.spec.totalValue).toBe(4);
    expect(parsed.ok && parsed.warnings).toMatchObject([{ code: "manifest_document_ignored", line: 2 }]);
  });

  it("asks for the initial scale until it was ready once, and for the least after that", () => {
    const initial = config({ target: 10, "initial-scale": 4, "min-scale": 3 });
    const steps = drive(knative, initial, seconds([...repeat(4, [1, 1, 4] as const), ...repeat(80, [1, 4, 4] as const)]));
    const reasons = steps.flatMap(({ decision }) => (decision === undefined ? [] : [[decision.reason, decision.desiredReplicas]]));
    expect(reasons[0]).toEqual(["InitialScale", 4]);
    expect(reasons.at(-1)).toEqual(["MinScale", 3]);
  });

  it("keeps its last answer while nobody reports anything: without pods and requests there are no numbers", () => {
    const steps = drive(knative, config({ target: 10 }), seconds([...repeat(3, [30, 0, 5] as const), ...repeat(200, [0, 0, 5] as const)]));
    expect(steps.every(({ decision }) => (decision?.desiredReplicas ?? 5) === 5)).toBe(true);
  });

  it.each([
    { raw: annotated({ targt: 5 }), code: "unknown_key", because: "there is no such annotation" },
    { raw: annotated({ target: 0 }), code: "out_of_range", because: "a target is at least 0.01" },
    { raw: annotated({ window: "2s" }), code: "out_of_range", because: "a stable window has six seconds at least" },
    { raw: annotated({ window: "6.5s" }), code: "bad_format", because: "and whole seconds" },
    { raw: annotated({ metric: "cpu" }), code: "unknown_value", because: "cpu is the HPA class's business" },
    { raw: annotated({ class: "hpa.autoscaling.knative.dev" }), code: "unknown_value", because: "kind: hpa is that class" },
    { raw: annotated({ "min-scale": 3, "max-scale": 2 }), code: "out_of_range", because: "limits do not cross" },
    { raw: annotated({ "initial-scale": 0 }), code: "out_of_range", because: "the config map does not allow it" },
    { raw: annotated({ "panic-threshold-percentage": 100 }), code: "out_of_range", because: "panic begins at 110 % at the earliest" },
    { raw: { configAutoscaler: { "stable-windw": "60s" } }, code: "unknown_key", because: "there is no such key" },
    { raw: { configAutoscaler: { "max-scale-up-rate": 1 } }, code: "out_of_range", because: "a rate is more than 1" },
    { raw: { configAutoscaler: { "enable-scale-to-zero": "maybe" } }, code: "bad_format", because: "it is true or false" },
    { raw: { manifest: "gone.yaml" }, code: "manifest_file_missing", because: "there is no such file" },
    { raw: { containerConcurrency: 1001 }, code: "out_of_range", because: "1000 is the most" },
  ])("refuses $raw: $because", ({ raw, code }) => {
    const parsed = parse(raw);
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.code)).toEqual([code]);
  });
});
