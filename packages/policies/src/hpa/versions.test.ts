import { describe, expect, it } from "vitest";
import { answered, configOf, drive, testContext } from "../testing.ts";
import { hpa } from "./hpa.ts";

const metric = (target: object) => ({ type: "External", external: { metric: { name: "tasks" }, target } });

function spec(extra: object = {}): object {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "chat" };
  return { scaleTargetRef, maxReplicas: 20, metrics: [metric({ type: "AverageValue", averageValue: "4" })], ...extra };
}

function decided(kubernetes: string, tasks: number): number | undefined {
  const config = configOf(hpa, { kind: "hpa", spec: spec(), kubernetes });
  // A full stabilisation window of the same recommendation lies behind the last sync.
  const script = [0, 150, 300, 450].map((atSeconds) => ({ atSeconds, scale: 10, metrics: { "metrics[0]": tasks } }));
  return drive(hpa, config, script).at(-1)?.decision?.desiredReplicas;
}

const outcome = (raw: object) => {
  const parsed = hpa.parseConfig({ kind: "hpa", ...raw }, testContext());
  const issues = parsed.ok ? (parsed.warnings ?? []) : parsed.issues;
  return { ok: parsed.ok, issues: issues.map(({ code, path }) => [code, path.join(".")]) };
};

describe("the dead band of ten pods with four tasks each", () => {
  it.each([
    { kubernetes: "1.37", tasks: 35, pods: 9 },
    { kubernetes: "1.37", tasks: 36, pods: 10 },
    { kubernetes: "1.37", tasks: 44, pods: 10 },
    { kubernetes: "1.37", tasks: 45, pods: 12 },
    { kubernetes: "1.33", tasks: 44, pods: 10 },
    { kubernetes: "1.32", tasks: 36, pods: 10 },
    { kubernetes: "1.32", tasks: 43, pods: 10 },
    { kubernetes: "1.32", tasks: 44, pods: 11 },
    { kubernetes: "1.28", tasks: 44, pods: 11 },
  ])("at $tasks tasks gives $pods pods on $kubernetes", ({ kubernetes, tasks, pods }) => {
    expect(decided(kubernetes, tasks)).toBe(pods);
  });
});

describe("kubernetes beside the manifest", () => {
  it.each([
    { kubernetes: "1.30", because: "a release" },
    { kubernetes: "v1.33.4", because: "as kubectl version prints it" },
  ])("may be $kubernetes: $because", ({ kubernetes }) => {
    expect(outcome({ spec: spec(), kubernetes })).toEqual({ ok: true, issues: [] });
  });

  it.each([
    { kubernetes: "1.38", issue: "hpa_kubernetes_unknown", because: "nobody has looked at it" },
    { kubernetes: "1.12", issue: "hpa_kubernetes_unknown", because: "nobody has compared it" },
    { kubernetes: 1.3, issue: "hpa_kubernetes_text", because: "1.30 without quotes is 1.3" },
  ])("may not be $kubernetes: $because", ({ kubernetes, issue }) => {
    expect(outcome({ spec: spec(), kubernetes })).toEqual({ ok: false, issues: [[issue, "kubernetes"]] });
  });

  it("decides whether a manifest may go to zero", () => {
    expect(outcome({ spec: spec({ minReplicas: 0 }), kubernetes: "1.37" }).ok).toBe(true);
    expect(outcome({ spec: spec({ minReplicas: 0 }), kubernetes: "1.36" }).issues).toEqual([
      ["manifest_field_invalid", "spec.minReplicas"],
    ]);
  });

  it("decides whether a tolerance per direction counts", () => {
    const behavior = { scaleUp: { tolerance: "0.5" } };
    expect(outcome({ spec: spec({ behavior }), kubernetes: "1.35" })).toEqual({ ok: true, issues: [] });
    expect(outcome({ spec: spec({ behavior }), kubernetes: "1.34" })).toEqual({
      ok: true,
      issues: [["hpa_tolerance_dropped", "spec.behavior.scaleUp.tolerance"]],
    });
    const tolerant = configOf(hpa, { kind: "hpa", spec: spec({ behavior }), kubernetes: "1.37" });
    const dropped = configOf(hpa, { kind: "hpa", spec: spec({ behavior }), kubernetes: "1.34" });
    expect([tolerant, dropped].map((config) => config.spec.behavior?.scaleUp.tolerance)).toEqual([0.5, undefined]);
  });

  it("keeps an HPA off at zero replicas before 1.37, even one that went there by itself", () => {
    const zero = { type: "ScaledToZero" as const, status: true, reason: "ScaledToZero", sinceSeconds: 0 };
    const state = { memory: null, status: { currentReplicas: 0, desiredReplicas: 0, conditions: [zero] } };
    const reasons = ["1.37", "1.36"].map((kubernetes) => {
      const config = configOf(hpa, { kind: "hpa", spec: spec(), kubernetes });
      const metrics = { "metrics[0]": answered(40) };
      const observation = { nowSeconds: 0, timer: "sync", scale: { specReplicas: 0, statusReplicas: 0 }, pods: [], metrics };
      return hpa.decide(observation, state, config).decision;
    });
    expect(reasons.map((decision) => decision?.reason)).toEqual(["ScaleUpLimit", "ScalingDisabled"]);
  });
});
