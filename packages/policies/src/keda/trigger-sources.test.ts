import type { MetricAnswer, Observation } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { answered, configOf, testContext } from "../testing.ts";
import { keda } from "./keda.ts";

const trigger = (type: string, metadata: object, name?: string): object => ({ type, metadata, ...(name === undefined ? {} : { name }) });

const KAFKA = trigger(
  "kafka",
  { bootstrapServers: "kafka:9092", topic: "prompts", lagThreshold: "10", activationLagThreshold: "3" },
  "lag",
);
const API = trigger("metrics-api", { url: "http://gateway/load", valueLocation: "load.now", targetValue: "7" });
const PUBSUB = trigger("gcp-pubsub", { subscriptionName: "prompts" });
const CRON = trigger("cron", { timezone: "UTC", start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "2" });
const QUEUE = trigger("prometheus", { serverAddress: "http://p", query: "sum(vllm:num_requests_waiting)", threshold: "5" });

const workload = (podSelector: string): object => trigger("kubernetes-workload", { podSelector, value: "2" });

function entry(triggers: readonly object[], supply?: object, spec: object = {}): object {
  return {
    kind: "keda",
    spec: { scaleTargetRef: { name: "chat" }, triggers, ...spec },
    ...(supply === undefined ? {} : { triggers: supply }),
  };
}

function outcome(raw: object): readonly string[] {
  const parsed = keda.parseConfig(raw, testContext());
  return (parsed.ok ? (parsed.warnings ?? []) : parsed.issues).map(({ code, path }) => `${code} ${path.join(".")}`);
}

/** What the HPA is told of its first metric, `error` when nothing. */
function told(raw: object, nowSeconds: number, answer?: MetricAnswer, pods: Observation["pods"] = []): unknown {
  const config = configOf(keda, raw);
  const name = config.hpa.metrics[0]?.type === "External" ? config.hpa.metrics[0].metric.name : "";
  const metrics = answer === undefined ? {} : { [name]: answer };
  const observation = { nowSeconds, timer: "hpa-sync", scale: { specReplicas: 1, statusReplicas: 1 }, pods, metrics };
  const { decision } = keda.decide(observation, keda.initialState(config), config);
  const seen = (decision?.evidence["triggers"] ?? []) as readonly { readonly value?: number; readonly error?: string }[];
  return seen[0]?.value ?? "error";
}

describe("a trigger whose source is not simulated", () => {
  it("needs values from the scenario, and says which trigger", () => {
    expect(outcome(entry([KAFKA, API]))).toEqual([
      "keda_trigger_needs_values spec.triggers.0",
      "keda_trigger_needs_values spec.triggers.1",
    ]);
  });

  it("is called by its name, by its type when no other has it, or by its metric", () => {
    const series = [[0, 1]];
    expect(outcome(entry([KAFKA, API], { lag: { series }, "metrics-api": { series } }))).toEqual([]);
    expect(outcome(entry([API, API], { "s0-metric-api-load-now": { series }, "s1-metric-api-load-now": { series } }))).toEqual([]);
    expect(outcome(entry([API, API], { "metrics-api": { series } }))).toContain("keda_supply_unknown triggers.metrics-api");
  });

  it.each([
    { at: 0, value: 0 },
    { at: 59, value: 0 },
    { at: 60, value: 40 },
    { at: 120, value: "error" },
    { at: 180, value: 2 },
  ])("reads $value from a series at $at s", ({ at, value }) => {
    const series = [
      [0, 0],
      [60, 40],
      [120, "error"],
      [180, 2],
    ];
    expect(told(entry([KAFKA], { lag: { series } }), at)).toBe(value);
  });

  it.each([
    { answer: answered(12), value: 12, because: "one element" },
    { answer: { ...answered(12), scalar: true } as MetricAnswer, value: 12, because: "a scalar is one number, too" },
    { answer: { ok: true, elements: [] } as MetricAnswer, value: "error", because: "nothing is no number" },
    {
      answer: {
        ok: true,
        elements: [
          { labels: {}, value: 1 },
          { labels: {}, value: 2 },
        ],
      } as MetricAnswer,
      value: "error",
      because: "two are not one",
    },
    { answer: answered(Number.NaN), value: "error", because: "NaN is no number" },
    { answer: { ok: false, error: "down" } as MetricAnswer, value: "error", because: "the query failed" },
  ])("reads $value from a query: $because", ({ answer, value }) => {
    expect(told(entry([KAFKA], { lag: { query: "sum(gateway_queue_depth)" } }), 0, answer)).toBe(value);
  });

  it("asks its query at each poll", () => {
    const config = configOf(keda, entry([KAFKA], { lag: { query: "sum(gateway_queue_depth)" } }));
    expect(keda.queries(config)).toEqual([{ name: "s0-kafka", kind: "promql", query: "sum(gateway_queue_depth)" }]);
  });

  it("takes target and activation from the manifest, and from the scenario where that says them", () => {
    const series = [[0, 1]];
    const hpaTarget = (raw: object) => configOf(keda, raw).hpa.metrics.map(({ target }) => target.averageValueMilli);
    expect(hpaTarget(entry([KAFKA], { lag: { series } }))).toEqual(["10000"]);
    expect(hpaTarget(entry([KAFKA], { lag: { series, target: 4 } }))).toEqual(["4000"]);
    expect(hpaTarget(entry([PUBSUB], { "gcp-pubsub": { series, target: 4 } }))).toEqual(["4000"]);
    expect(outcome(entry([PUBSUB], { "gcp-pubsub": { series } }))).toContain("keda_trigger_needs_target spec.triggers.0");
    const modifiers = { advanced: { scalingModifiers: { formula: "inbox * 2", target: "5" } } };
    const inbox = { ...PUBSUB, name: "inbox" };
    expect(hpaTarget(entry([inbox], { inbox: { series } }, modifiers))).toEqual(["5000"]);
    const active = (supply: object, value: number) => {
      const config = configOf(keda, entry([KAFKA], { lag: { series: [[0, value]], ...supply } }));
      const scale = { specReplicas: 0, statusReplicas: 0 };
      const observation = { nowSeconds: 0, timer: "poll", scale, pods: [], metrics: {} };
      return keda.decide(observation, keda.initialState(config), config).decision?.desiredReplicas;
    };
    expect([active({}, 3), active({}, 3.5), active({ activation: 4 }, 3.5)]).toEqual([0, 1, 0]);
  });

  it("falls back like any other when its series fails", () => {
    const fallback = { failureThreshold: 0, replicas: 6 };
    const config = configOf(keda, entry([KAFKA], { lag: { series: [[0, "error"]] } }, { fallback }));
    const observation = { nowSeconds: 0, timer: "hpa-sync", scale: { specReplicas: 3, statusReplicas: 3 }, pods: [], metrics: {} };
    expect(keda.decide(observation, keda.initialState(config), config).decision?.desiredReplicas).toBe(6);
  });

  it("may stand in for a prometheus trigger, which then asks nothing", () => {
    const raw = entry([QUEUE], { prometheus: { series: [[0, 30]] } });
    expect(keda.queries(configOf(keda, raw))).toEqual([]);
    expect(told(raw, 0)).toBe(30);
  });
});

describe("triggers beside the manifest", () => {
  const lag = (value: object) => entry([KAFKA], { lag: value });
  it.each([
    { raw: lag({}), issue: "one_of triggers.lag", because: "nothing is supplied" },
    { raw: lag({ query: "x", series: [[0, 1]] }), issue: "one_of triggers.lag", because: "one source is enough" },
    { raw: lag({ series: [[5, 1]] }), issue: "bad_format triggers.lag.series.0", because: "the start of the run has no value" },
    {
      raw: lag({
        series: [
          [0, 1],
          [9, 1],
          [9, 2],
        ],
      }),
      issue: "bad_format triggers.lag.series.2",
      because: "a time is there twice",
    },
    { raw: lag({ series: [[0, "down"]] }), issue: "wrong_type triggers.lag.series.0.1", because: "a value is a number or error" },
    { raw: lag({ serie: [[0, 1]] }), issue: "unknown_key triggers.lag.serie", because: "of a typing error" },
    { raw: lag({ series: [[0, 1]], target: 0 }), issue: "out_of_range triggers.lag.target", because: "a target of 0 divides by 0" },
    {
      raw: entry([CRON], { cron: { series: [[0, 1]] } }),
      issue: "keda_supply_pointless triggers.cron",
      because: "a schedule has its values",
    },
    { raw: entry([QUEUE], { lag: { series: [[0, 1]] } }), issue: "keda_supply_unknown triggers.lag", because: "there is no such trigger" },
  ])("are refused with $issue: $because", ({ raw, issue }) => {
    expect(outcome(raw)).toContain(issue);
  });
});

describe("a kubernetes-workload trigger", () => {
  const pod = (name: string, phase: "Pending" | "Running" | "Failed") => ({ name, phase, createdSeconds: 0, requests: {} });

  it("counts the target's own pods that have not ended", () => {
    expect(told(entry([workload("app=chat")]), 0, undefined, [pod("a", "Running"), pod("b", "Pending"), pod("c", "Failed")])).toBe(2);
  });

  it("takes the labels of the pods from the Deployment in the same file", () => {
    const file = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: chat}
spec:
  scaleTargetRef: {name: chat}
  triggers: [{type: kubernetes-workload, metadata: {podSelector: "team=llm", value: "2"}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec: {template: {metadata: {labels: {team: llm}}}}
`;
    const parsed = keda.parseConfig({ kind: "keda", manifest: "so.yaml" }, testContext({ readFile: () => file }));
    expect(parsed.ok && parsed.config.spec.triggers).toMatchObject([{ source: { kind: "pods" } }]);
  });

  it("needs values for pods that the simulation does not have", () => {
    expect(outcome(entry([workload("app=gateway")]))).toEqual(["keda_trigger_needs_values spec.triggers.0"]);
    expect(told(entry([workload("app=gateway")], { "kubernetes-workload": { series: [[0, 9]] } }), 0)).toBe(9);
  });
});
