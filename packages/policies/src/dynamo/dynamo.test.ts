import type { MetricAnswer, PodView } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { dynamo } from "./dynamo.ts";
import { loadStep } from "./load-rule.ts";
import { NO_HISTORY, observe, predict } from "./predictors.ts";

const entry = (raw: object): object => ({ kind: "dynamo", name: "it", ...raw });

describe("the load rule", () => {
  const prefill = (tokens: readonly number[]) => tokens.map((queuedPrefillTokens) => ({ queuedPrefillTokens, kvLoad: 0 }));
  const decode = (loads: readonly number[]) => loads.map((kvLoad) => ({ queuedPrefillTokens: 0, kvLoad }));
  it.each([
    { component: "prefill", goal: "throughput", loads: prefill([0, 8000]), step: 1, because: "one context of prompts waits" },
    { component: "prefill", goal: "latency", loads: prefill([0, 800]), step: 1, because: "a tenth of a context waits" },
    { component: "prefill", goal: "throughput", loads: prefill([0, 799]), step: -1, because: "less than a tenth waits anywhere" },
    { component: "prefill", goal: "latency", loads: prefill([0, 1]), step: 0, because: "something waits" },
    { component: "prefill", goal: "latency", loads: prefill([0, 0]), step: -1, because: "nothing waits" },
    { component: "decode", goal: "throughput", loads: decode([1, 0.2]), step: 0, because: "a full cache is not more than full" },
    { component: "decode", goal: "throughput", loads: decode([1.01, 0.2]), step: 1, because: "an engine has more than it holds" },
    { component: "decode", goal: "throughput", loads: decode([0.59, 0.59]), step: 0, because: "one alone would be too full" },
    { component: "decode", goal: "throughput", loads: decode([0.49, 0.49]), step: -1, because: "one alone holds it all" },
    { component: "decode", goal: "latency", loads: decode([0.41]), step: 1, because: "four tenths are too much" },
    { component: "decode", goal: "latency", loads: decode([0.05]), step: 0, because: "the last one stays" },
    {
      component: "agg",
      goal: "throughput",
      loads: [{ queuedPrefillTokens: 4000, kvLoad: 0.6 }],
      step: 1,
      because: "prompts and cache add up",
    },
  ] as const)("steps by $step for $component, $goal: $because", ({ component, goal, loads, step }) => {
    expect(loadStep(component, goal, loads, 8000).step).toBe(step);
  });
});

describe("predictors", () => {
  const after = (values: readonly number[]) => values.reduce(observe, NO_HISTORY);

  it("skip the zeros before the first request", () => {
    expect(predict(after([0, 0, 0, 7]), "kalman")).toBe(7);
    expect(after([0, 0, 7]).kalman?.points).toBe(1);
  });

  it("repeat the last value until five points are known, then follow a trend", () => {
    expect(predict(after([10, 20, 30, 40]), "kalman")).toBe(40);
    const trend = predict(after([10, 20, 30, 40, 50, 60, 70, 80]), "kalman");
    expect(trend).toBeGreaterThan(85);
    expect(trend).toBeLessThan(95);
    expect(predict(after([10, 20, 30, 40, 50, 60, 70, 80]), "constant")).toBe(80);
  });

  it("never predict less than nothing", () => {
    expect(predict(after([100, 60, 30, 10, 1, 0, 0]), "kalman")).toBeGreaterThanOrEqual(0);
  });
});

describe("the planner", () => {
  const ask = (atSeconds: number, requests: number, scale = 1): Scripted => ({
    atSeconds,
    timer: "throughput",
    scale,
    metrics: { requests_total: requests },
  });
  const pods = (count: number): readonly PodView[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `p${i}`,
      phase: "Running",
      createdSeconds: 0,
      ready: { status: true, sinceSeconds: 0 },
      requests: {},
    }));
  const full = (engines: number): Readonly<Record<string, MetricAnswer>> => {
    const of = (value: number): MetricAnswer => ({
      ok: true,
      elements: Array.from({ length: engines }, (_, i) => ({ labels: {}, pod: `p${i}`, value })),
    });
    return { kv_cache_usage: of(0.9), kv_cache_tokens: of(1000), waiting_prompt_tokens: of(200) };
  };

  it("divides the predicted rate by what an engine carries, within budget and step", () => {
    const config = configOf(dynamo, entry({ engine_rps: 5, max_gpu_budget: 20 }));
    const [first, second, third, fourth] = drive(dynamo, config, [
      ask(0, 0),
      ask(180, 180 * 12),
      ask(360, 180 * 112, 3),
      ask(540, 180 * 312, 19),
    ]);
    expect(first?.decision).toBeUndefined();
    expect(second?.decision).toMatchObject({ desiredReplicas: 3, reason: "PredictedThroughput", evidence: { predictedPerSecond: 12 } });
    expect(third?.decision).toMatchObject({ desiredReplicas: 11, reason: "MaxReplicaChange" });
    expect(fourth?.decision).toMatchObject({ desiredReplicas: 20, reason: "GpuBudget" });
    expect([second, third, fourth].map((step) => step?.decision?.held)).toEqual([
      undefined,
      { by: "rate", wanted: 20 },
      { by: "max", wanted: 27 },
    ]);
  });

  it("says that a trend it follows is a forecast, and what the fewest engines hold", () => {
    const held = (raw: object, requests: number) =>
      drive(dynamo, configOf(dynamo, entry({ engine_rps: 5, max_gpu_budget: 20, ...raw })), [ask(0, 0), ask(180, requests)])[1]?.decision
        ?.held;
    expect(held({ load_predictor: "kalman" }, 180 * 12)).toEqual({ by: "forecast" });
    expect(held({ min_endpoint: 2 }, 180 * 3)).toEqual({ by: "min", wanted: 1 });
  });

  it("adds one engine at a time, and none while one is starting", () => {
    const config = configOf(dynamo, entry({ enable_throughput_scaling: false, enable_load_scaling: true, component: "decode" }));
    const look = (atSeconds: number, engines: number, scale: number): Scripted => ({
      atSeconds,
      timer: "load",
      scale,
      pods: pods(engines),
      metrics: full(engines),
    });
    const steps = drive(dynamo, config, [look(0, 1, 1), look(5, 1, 2), look(60, 2, 2)]);
    expect(steps.map(({ decision }) => [decision?.desiredReplicas, decision?.reason])).toEqual([
      [2, "EngineTooFull"],
      [2, "ReplicasStarting"],
      [3, "EngineTooFull"],
    ]);
    expect(steps.map(({ decision }) => decision?.held)).toEqual([undefined, { by: "rate" }, undefined]);
  });

  it("lets the load decide down to what the prediction needs, when both rules are on", () => {
    const config = configOf(dynamo, entry({ engine_rps: 5, enable_load_scaling: true, component: "decode" }));
    const steps = drive(dynamo, config, [
      ask(0, 0, 4),
      ask(180, 180 * 12, 4),
      {
        atSeconds: 185,
        timer: "load",
        scale: 3,
        pods: pods(3),
        metrics: {
          ...full(3),
          kv_cache_usage: { ok: true, elements: pods(3).map(({ name }) => ({ labels: {}, pod: name, value: 0 })) },
          waiting_prompt_tokens: { ok: true, elements: pods(3).map(({ name }) => ({ labels: {}, pod: name, value: 0 })) },
        },
      },
    ]);
    expect(steps[1]?.decision).toBeUndefined();
    expect(steps[2]?.decision).toMatchObject({ desiredReplicas: 3, reason: "LowerLimit", held: { by: "min", wanted: 2 } });
  });

  it.each([
    { raw: {}, code: "missing_key", because: "nobody knows what an engine carries" },
    { raw: { enable_throughput_scaling: false }, code: "dynamo_no_rule", because: "no rule is on" },
    {
      raw: { enable_throughput_scaling: false, enable_load_scaling: true },
      code: "missing_key",
      because: "prompts are measured in contexts",
    },
    { raw: { engine_rps: 5, load_predictor: "arima" }, code: "unknown_value", because: "that predictor is not simulated" },
    { raw: { engine_rps: 5, engine_num_gpu: 16 }, code: "out_of_range", because: "the budget pays for no replica" },
  ])("refuses $raw: $because", ({ raw, code }) => {
    const parsed = dynamo.parseConfig(entry(raw), testContext());
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.code)).toEqual([code]);
  });
});
