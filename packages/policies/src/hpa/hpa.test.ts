import type { MetricAnswer, Observation, PodView, PolicyContext } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { hpa } from "./hpa.ts";

const MANIFEST = `# what the cluster runs
apiVersion: v1
kind: Service
metadata: {name: llm}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: llm}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: llm}
  minReplicas: 1
  maxReplicas: 8
  metrics:
    - type: Pods
      pods:
        metric: {name: "vllm:num_requests_waiting"}
        target: {type: AverageValue, averageValue: "5"}
    - type: Object
      object:
        metric: {name: load}
        describedObject: {apiVersion: v1, kind: Service, name: llm}
        target: {type: Value, value: 1}
`;

const context = (files: Readonly<Record<string, string>> = { "hpa.yaml": MANIFEST }): PolicyContext => ({
  deployment: { name: "llm", namespace: "default", replicas: 1, coldStartSeconds: 100, maxSequences: 64 },
  readFile: (path) => files[path],
  zone: () => undefined,
  startEpochSeconds: 1_767_225_600,
  durationSeconds: 3600,
});

function configOf(raw: unknown = { kind: "hpa", manifest: "hpa.yaml" }, files?: Readonly<Record<string, string>>) {
  const result = hpa.parseConfig(raw, context(files));
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
}

const pod = (name: string): PodView => ({
  name,
  phase: "Running",
  createdSeconds: 0,
  startSeconds: 1,
  ready: { status: true, sinceSeconds: 60 },
  requests: { cpu: 4, memory: 16e9, "nvidia.com/gpu": 1 },
});

function observe(nowSeconds: number, waiting: readonly number[], load: MetricAnswer): Observation {
  const pods = waiting.map((_, index) => pod(`p${index}`));
  const elements = waiting.map((value, index) => ({ labels: {}, value, pod: `p${index}` }));
  return {
    nowSeconds,
    timer: "sync",
    scale: { specReplicas: pods.length, statusReplicas: pods.length },
    pods,
    metrics: { "metrics[0]": { ok: true, elements, ageSeconds: 5 }, "metrics[1]": load },
  };
}

const one = (value: number): MetricAnswer => ({ ok: true, elements: [{ labels: {}, value }] });

describe("the hpa policy", () => {
  it("asks the custom metrics API for what the manifest names", () => {
    const { config } = configOf();
    expect(hpa.queries(config)).toEqual([
      { name: "metrics[0]", kind: "pods", metric: "vllm:num_requests_waiting" },
      { name: "metrics[1]", kind: "object", metric: "load", object: { kind: "Service", name: "llm" } },
    ]);
    expect(hpa.timers(config)).toEqual([{ name: "sync", periodSeconds: 15, phaseSeconds: 7.5 }]);
  });

  it("warns about documents of other kinds in the file", () => {
    expect(configOf().warnings?.map(({ code, line }) => [code, line])).toEqual([["manifest_document_ignored", 3]]);
  });

  it("scales to what the busiest metric asks for, and says why in words and numbers", () => {
    const { config } = configOf();
    const { decision } = hpa.decide(observe(0, [20, 10], one(0.5)), hpa.initialState(config), config);
    expect(decision).toMatchObject({ desiredReplicas: 4, reason: "ScaleUpLimit" });
    expect(decision?.evidence).toMatchObject({
      text: "pods metric vllm:num_requests_waiting above target",
      recommendation: 6,
      stabilizedReplicas: 6,
      metrics: [
        { metric: "pods metric vllm:num_requests_waiting", value: 15, target: 5, ratio: 3, proposal: 6 },
        { metric: "Service metric load", value: 0.5, target: 1, ratio: 0.5, proposal: 1 },
      ],
    });
  });

  it("stays, with the reason, when a metric that might need more is missing", () => {
    const { config } = configOf();
    const { decision } = hpa.decide(observe(0, [0, 0], { ok: false, error: "outage" }), hpa.initialState(config), config);
    expect(decision).toMatchObject({ desiredReplicas: 2, reason: "FailedGetObjectMetric", evidence: { failure: "outage" } });
  });

  it("remembers recommendations across syncs, so that a lull does not scale down at once", () => {
    const { config } = configOf();
    let state = hpa.initialState(config);
    const counts = Array.from({ length: 24 }, (_, index) => {
      const outcome = hpa.decide(observe(index * 15, [0, 0, 0], one(0.5)), state, config);
      state = outcome.state;
      return [outcome.decision?.desiredReplicas, outcome.decision?.reason];
    });
    expect(counts[0]).toEqual([3, "ScaleDownStabilized"]);
    expect(counts[20]).toEqual([3, "ScaleDownStabilized"]);
    expect(counts[21]).toEqual([2, "DesiredWithinRange"]);
  });

  it("records what a sync rests on: ages, tolerance, spread over pods, the window's recommendation and the policies' bound", () => {
    const { config } = configOf();
    const first = hpa.decide(observe(0, [20, 10], one(0.5)), hpa.initialState(config), config);
    expect(first.decision?.evidence).toMatchObject({
      tolerance: { up: 0.1, down: 0.1 },
      stabilizationWindowSeconds: 300,
      policyLimit: 4,
      metrics: [{ samples: 2, least: 10, most: 20, ageSeconds: 5 }, { total: 0.5 }],
    });
    const second = hpa.decide(observe(60, [0, 0], one(0.5)), first.state, config);
    // What was recommended a minute ago still holds; without behavior two replicas may become four.
    expect(second.decision).toMatchObject({
      reason: "ScaleUpLimit",
      desiredReplicas: 4,
      evidence: { recommendation: 1, stabilizedReplicas: 6, heldBy: { replicas: 6, ageSeconds: 60 } },
    });
  });

  it("keeps configuration and state as plain JSON", () => {
    const { config } = configOf();
    const { state } = hpa.decide(observe(0, [20, 10], one(0.5)), hpa.initialState(config), config);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("takes the controller's flags from the scenario", () => {
    const { config } = configOf({ kind: "hpa", manifest: "hpa.yaml", syncPeriodSeconds: 30, tolerance: 0.2, syncPhaseSeconds: 7 });
    expect(config).toMatchObject({ syncPeriodSeconds: 30, syncPhaseSeconds: 7, flags: { tolerance: 0.2 } });
  });

  it("reads a spec that stands in the scenario itself", () => {
    const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "llm" }, maxReplicas: 3 };
    const { config } = configOf({ kind: "hpa", spec });
    expect(config.spec.metrics).toEqual([{ type: "Resource", resource: "cpu", target: { type: "Utilization", averageUtilization: 80 } }]);
  });
});

describe("a bad hpa entry", () => {
  const issues = (raw: unknown, files?: Readonly<Record<string, string>>) => {
    const result = hpa.parseConfig(raw, context(files));
    return result.ok ? [] : result.issues.map(({ code, path, file, line, column }) => ({ code, path: path.join("."), file, line, column }));
  };

  it("tells file, line and column of everything that is wrong", () => {
    const text = MANIFEST.replace("maxReplicas: 8", "maxReplicas: 0").replace('"5"', "0");
    expect(
      issues({ kind: "hpa", manifest: "hpa.yaml" }, { "hpa.yaml": text }).filter(({ code }) => code.startsWith("manifest_field")),
    ).toEqual([
      { code: "manifest_field_required", path: "spec.maxReplicas", file: "hpa.yaml", line: 12, column: 16 },
      { code: "manifest_field_invalid", path: "spec.maxReplicas", file: "hpa.yaml", line: 12, column: 16 },
      { code: "manifest_field_invalid", path: "spec.metrics.0.pods.target.averageValue", file: "hpa.yaml", line: 17, column: 52 },
    ]);
  });

  it.each([
    { raw: { kind: "hpa" }, code: "policy_manifest_or_spec" },
    { raw: { kind: "hpa", manifest: "none.yaml" }, code: "manifest_file_missing" },
    { raw: { kind: "hpa", manifest: 3 }, code: "policy_option_type" },
    { raw: { kind: "hpa", manifest: "hpa.yaml", tolerence: 0.2 }, code: "policy_unknown_option" },
    { raw: { kind: "hpa", manifest: "hpa.yaml", syncPeriodSeconds: 0 }, code: "policy_option_range" },
    { raw: "hpa", code: "policy_not_an_object" },
  ])("is refused with $code", ({ raw, code }) => {
    expect(issues(raw).map((issue) => issue.code)).toContain(code);
  });

  it("names the kinds it found when there is no HPA among them", () => {
    const result = hpa.parseConfig(
      { kind: "hpa", manifest: "x.yaml" },
      context({ "x.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n" }),
    );
    expect(result.ok ? [] : result.issues.at(-1)).toMatchObject({ code: "manifest_kind_missing", data: { found: ["Service s"] } });
  });

  it("refuses an HPA of an older API version", () => {
    const text = MANIFEST.replace("autoscaling/v2", "autoscaling/v2beta2");
    expect(issues({ kind: "hpa", manifest: "hpa.yaml" }, { "hpa.yaml": text })).toContainEqual({
      code: "manifest_api_version",
      path: "apiVersion",
      file: "hpa.yaml",
      line: 6,
      column: 13,
    });
  });

  it("picks the HPA of its own deployment among several, and refuses to guess", () => {
    const second = MANIFEST.slice(MANIFEST.indexOf("---")).replace("name: llm}\n  minReplicas: 1", "name: other}\n  minReplicas: 2");
    expect(configOf(undefined, { "hpa.yaml": MANIFEST + second }).config.spec.minReplicas).toBe(1);
    const same = MANIFEST.slice(MANIFEST.indexOf("---"));
    expect(issues({ kind: "hpa", manifest: "hpa.yaml" }, { "hpa.yaml": MANIFEST + same }).map(({ code }) => code)).toContain(
      "manifest_ambiguous",
    );
  });

  it("warns when the manifest scales another deployment", () => {
    const { warnings } = configOf(undefined, { "hpa.yaml": MANIFEST.replace("Deployment, name: llm", "Deployment, name: old") });
    expect(warnings?.map(({ code }) => code)).toContain("manifest_target_differs");
  });

  it.each([
    { manifest: "prod", deployment: "staging", codes: ["manifest_namespace_differs"], because: "an HPA scales within its namespace" },
    { manifest: "prod", deployment: "prod", codes: [], because: "both are in one" },
    { manifest: "prod", deployment: "default", codes: [], because: "a deployment that names none is not in another" },
  ])("in $manifest for a deployment in $deployment warns of $codes: $because", ({ manifest, deployment, codes }) => {
    const text = MANIFEST.slice(MANIFEST.indexOf("---")).replace("{name: llm}", `{name: llm, namespace: ${manifest}}`);
    const base = context({ "hpa.yaml": text });
    const parsed = hpa.parseConfig(
      { kind: "hpa", manifest: "hpa.yaml" },
      { ...base, deployment: { ...base.deployment, namespace: deployment } },
    );
    expect(parsed.ok && parsed.warnings?.map(({ code }) => code)).toEqual(codes);
  });
});
