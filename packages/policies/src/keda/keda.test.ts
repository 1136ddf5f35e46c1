import type { MetricAnswer, Observation, PolicyContext } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { keda } from "./keda.ts";

const MANIFEST = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: llm}
spec:
  scaleTargetRef: {name: llm}
  pollingInterval: 30
  cooldownPeriod: 60
  minReplicaCount: 0
  maxReplicaCount: 10
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus:9090
        query: sum(vllm:num_requests_waiting)
        threshold: "5"
    - type: cpu
      metricType: Utilization
      metadata: {value: "60"}
`;

const context = (text: string): PolicyContext => ({
  deployment: { name: "llm", namespace: "default", replicas: 1, coldStartSeconds: 100, maxSequences: 64 },
  readFile: () => text,
  zone: (timeZone) => (timeZone === "Europe/Berlin" ? { timeZone, fromEpochSeconds: [0], offsetSeconds: [3600] } : undefined),
  startEpochSeconds: 1_767_225_600,
  durationSeconds: 3600,
});

function configOf(text: string = MANIFEST, options: object = {}) {
  const result = keda.parseConfig({ kind: "keda", manifest: "so.yaml", ...options }, context(text));
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.config;
}

const codes = (text: string, options: object = {}) => {
  const result = keda.parseConfig({ kind: "keda", manifest: "so.yaml", ...options }, context(text));
  return (result.ok ? (result.warnings ?? []) : result.issues).map(({ code, line, column }) => `${code} ${line}:${column}`);
};

const vector = (value: number): MetricAnswer => ({ ok: true, elements: [{ labels: {}, value }] });

const observe = (timer: string, nowSeconds: number, replicas: number, waiting: number): Observation => ({
  nowSeconds,
  timer,
  scale: { specReplicas: replicas, statusReplicas: replicas },
  pods: Array.from({ length: replicas }, (_, index) => ({
    name: `p${index}`,
    phase: "Running",
    createdSeconds: 0,
    startSeconds: 0,
    ready: { status: true, sinceSeconds: 0 },
    requests: { cpu: 4 },
  })),
  metrics: {
    "s0-prometheus": vector(waiting),
    "metrics[1]": { ok: true, elements: Array.from({ length: replicas }, (_, index) => ({ labels: {}, pod: `p${index}`, value: 1 })) },
  },
});

describe("the keda policy", () => {
  it("polls on whole seconds and syncs its HPA between them", () => {
    expect(keda.timers(configOf())).toEqual([
      { name: "poll", periodSeconds: 30 },
      { name: "hpa-sync", periodSeconds: 15, phaseSeconds: 7.5 },
    ]);
  });

  it("asks for queries at each poll, for all metrics at each sync, and for nothing at zero replicas", () => {
    const config = configOf();
    const state = keda.initialState(config);
    const names = (timer: string, specReplicas: number) =>
      keda.needs(timer, state, config, { specReplicas, statusReplicas: specReplicas }).map(({ name }) => name);
    expect(names("poll", 0)).toEqual(["s0-prometheus"]);
    expect(names("hpa-sync", 2)).toEqual(["s0-prometheus", "metrics[1]"]);
    expect(names("hpa-sync", 0)).toEqual([]);
    expect(keda.queries(config).map(({ name }) => name)).toEqual(["s0-prometheus", "metrics[1]"]);
  });

  it("goes 0 → 1 by the operator, 1 → n by the HPA, and back to 0 after the cooldown", () => {
    const config = configOf();
    let state = keda.initialState(config);
    let replicas = 0;
    const step = (timer: string, nowSeconds: number, waiting: number) => {
      const outcome = keda.decide(observe(timer, nowSeconds, replicas, waiting), state, config);
      state = outcome.state;
      replicas = outcome.decision?.desiredReplicas ?? replicas;
      return [replicas, outcome.decision?.reason];
    };
    expect(step("hpa-sync", 0.5, 20)).toEqual([0, "ScalingDisabled"]);
    expect(step("poll", 30, 20)).toEqual([1, "KEDAScaleTargetActivated"]);
    expect(step("hpa-sync", 30.5, 20)).toEqual([4, "DesiredWithinRange"]);
    expect(step("poll", 60, 0)).toEqual([4, "ScalerCooldown"]);
    expect(step("hpa-sync", 60.5, 0)).toEqual([4, "ScaleDownStabilized"]);
    expect(step("poll", 90, 0)).toEqual([0, "KEDAScaleTargetDeactivated"]);
  });

  it("records triggers, thresholds and the cooldown that is left", () => {
    const config = configOf();
    const { state } = keda.decide(observe("poll", 0, 1, 20), keda.initialState(config), config);
    const { decision } = keda.decide(observe("poll", 30, 1, 0), state, config);
    expect(decision?.evidence).toMatchObject({
      controller: "keda-operator",
      triggers: [{ metric: "s0-prometheus", value: 0, threshold: 5, active: false }],
      cooldownLeftSeconds: 29.75,
    });
  });

  it("records how old a value was, how often the trigger failed in a row, and what stands in for it", () => {
    const plain = configOf();
    const fallback = { failureThreshold: 1, replicas: 3, behavior: "static" } as const;
    const config = { ...plain, spec: { ...plain.spec, fallback } };
    const aged: Observation = observe("hpa-sync", 7.5, 2, 10);
    const first = keda.decide(
      { ...aged, metrics: { ...aged.metrics, "s0-prometheus": { ok: true, elements: [{ labels: {}, value: 10 }], ageSeconds: 7.5 } } },
      keda.initialState(config),
      config,
    );
    expect(first.decision?.evidence).toMatchObject({
      controller: "hpa",
      fallback,
      triggers: [{ metric: "s0-prometheus", ageSeconds: 7.5 }],
    });
    let { state } = first;
    const failures = [22.5, 37.5].map((nowSeconds) => {
      const failing = observe("hpa-sync", nowSeconds, 2, 10);
      const metrics = { ...failing.metrics, "s0-prometheus": { ok: false, error: "no answer" } as const };
      const outcome = keda.decide({ ...failing, metrics }, state, config);
      state = outcome.state;
      return outcome.decision?.evidence["triggers"];
    });
    expect(failures).toMatchObject([[{ error: "no answer", failures: 1 }], [{ error: "no answer", failures: 2, fallbackValue: 15 }]]);
  });

  it("keeps configuration and state as plain JSON", () => {
    const config = configOf();
    const { state } = keda.decide(observe("hpa-sync", 0.5, 2, 20), keda.initialState(config), config);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("does nothing while it is paused", () => {
    const config = configOf(MANIFEST.replace("{name: llm}\nspec", '{name: llm, annotations: {autoscaling.keda.sh/paused: "true"}}\nspec'));
    const outcome = keda.decide(observe("poll", 0, 3, 0), keda.initialState(config), config);
    expect(outcome.decision).toMatchObject({ desiredReplicas: 3, reason: "Paused" });
    expect(keda.decide(observe("hpa-sync", 0.5, 3, 50), outcome.state, config).decision).toBeUndefined();
  });
});

describe("a ScaledObject", () => {
  const withTrigger = (trigger: string): string => `${MANIFEST.slice(0, MANIFEST.indexOf("    - type: cpu"))}${trigger}`;

  it.each([
    { text: MANIFEST.replace('"5"', "5"), issue: "manifest_field_type 15:20", because: "metadata values are strings" },
    { text: MANIFEST.replace('        threshold: "5"\n', ""), issue: "manifest_field_required 13:9", because: "the threshold is missing" },
    { text: MANIFEST.replace('"5"', '"5m"'), issue: "manifest_field_invalid 15:20", because: "a threshold has no suffix" },
    { text: MANIFEST.replace('"5"', '"0.0001"'), issue: "manifest_field_invalid 15:20", because: "it would round to 0" },
    {
      text: MANIFEST.replace("type: prometheus", "type: prometeus"),
      issue: "keda_trigger_unknown 11:13",
      because: "of a typing error",
    },
    {
      text: MANIFEST.replace("minReplicaCount: 0", "minReplicaCount: 11"),
      issue: "manifest_field_invalid 8:20",
      because: "min is above max",
    },
    {
      text: MANIFEST.replace("pollingInterval: 30", "pollingInterval: 0"),
      issue: "manifest_field_invalid 6:20",
      because: "0 is no interval",
    },
    {
      text: `${MANIFEST}  advanced: {scalingModifiers: {formula: a, target: "1"}}\n`,
      issue: "manifest_field_invalid 19:42",
      because: "a formula may only use the names of triggers",
    },
  ])("is refused with $issue: $because", ({ text, issue }) => {
    expect(codes(text)).toContain(issue);
  });

  it("is accepted with an unknown time zone, as KEDA does, and warns", () => {
    const cron =
      '    - type: cron\n      metadata: {timezone: Mars/Olympus, start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "4"}\n';
    expect(codes(withTrigger(cron))).toEqual(["keda_time_zone_unknown 17:28"]);
  });

  it("carries a cron trigger's zone into the configuration", () => {
    const cron =
      '    - type: cron\n      metadata: {timezone: Europe/Berlin, start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "4"}\n';
    const config = configOf(withTrigger(cron));
    expect(config.spec.triggers[1]).toMatchObject({
      metricName: "s1-cron-Europe-Berlin-08xxx-018xxx",
      start: { zone: { timeZone: "Europe/Berlin" } },
    });
    expect(config.hpa.metrics.map(({ type }) => type)).toEqual(["External", "External"]);
  });

  it.each([
    { spec: "minReplicaCount: 1", warns: ["keda_period_irrelevant 6:20", "keda_period_irrelevant 7:19"], because: "it never goes to zero" },
    { spec: "minReplicaCount: 0", warns: [], because: "it goes to zero" },
    { spec: "minReplicaCount: 2\n  idleReplicaCount: 0", warns: [], because: "it idles" },
  ])("is warned of periods that nothing waits for with $spec: $because", ({ spec, warns }) => {
    expect(codes(MANIFEST.replace("minReplicaCount: 0", spec))).toEqual(warns);
  });

  it.each([
    { name: "paused", value: "true", warns: ["keda_paused 3:65"], because: "nothing would say why nothing scales" },
    { name: "paused", value: "false", warns: [], because: "it is not paused" },
    { name: "paused-replicas", value: "2", warns: ["keda_paused 3:74"], because: "it stays at two" },
    { name: "paused-replicas", value: "two", warns: ["keda_paused_replicas 3:74"], because: "it stays as it is, which is said already" },
    { name: "paused-scale-in", value: "true", warns: ["keda_paused 3:74"], because: "one way is closed" },
    { name: "paused-scale-out", value: "true", warns: ["keda_paused 3:75"], because: "the other way is closed" },
    { name: "force-activation", value: "true", warns: [], because: "it pauses nothing" },
  ])("is warned of $warns with the annotation $name: $value: $because", ({ name, value, warns }) => {
    const annotated = `{name: llm, annotations: {autoscaling.keda.sh/${name}: "${value}"}}\nspec`;
    expect(codes(MANIFEST.replace("{name: llm}\nspec", annotated))).toEqual(warns);
  });

  it("is refused with options that it does not know", () => {
    expect(codes(MANIFEST, { pollingInterval: 5 })).toEqual(["policy_unknown_option undefined:undefined"]);
  });
});
