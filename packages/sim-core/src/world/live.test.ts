import { describe, expect, it } from "vitest";
import { definePolicy, LIVE_DOOR_METRICS, LIVE_POD_METRICS, type MetricElement } from "../scaling/policy.ts";
import { simulate } from "../simulate.ts";
import { tinyPlan } from "../testing.ts";

const METRICS = [...LIVE_DOOR_METRICS, ...LIVE_POD_METRICS];

/** What a deployment shows at one moment of a tiny world. */
function shownAt(atSeconds: number): Readonly<Record<string, readonly MetricElement[]>> {
  let shown: Readonly<Record<string, readonly MetricElement[]>> = {};
  const look = definePolicy<null, null>({
    id: "look",
    parseConfig: () => ({ ok: true, config: null }),
    initialState: () => null,
    timers: () => [{ name: "look", periodSeconds: 1e6, phaseSeconds: atSeconds }],
    needs: () => METRICS.map((metric) => ({ name: metric, kind: "live", metric })),
    queries: () => [],
    decide: ({ metrics }, state) => {
      shown = Object.fromEntries(Object.entries(metrics).map(([name, answer]) => [name, answer.ok ? answer.elements : []]));
      return { state, isQuiet: true };
    },
  });
  const plan = tinyPlan({
    durationSeconds: 120,
    traffic: [
      {
        kind: "generator",
        name: "people",
        deployment: "chat",
        arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 12 } },
        lengths: { promptTokens: { kind: "constant", value: 300 }, outputTokens: { kind: "constant", value: 200 } },
        surges: [],
      },
    ],
    deployments: [{ engine: { maxSequences: 4 }, gateway: { queueTimeoutSeconds: Number.POSITIVE_INFINITY } }],
  });
  const controllers = [{ deployment: plan.deployments[0]?.name ?? "", policy: look, config: null }];
  simulate(plan, {
    policy: "look",
    controllers,
    metricSource: { series: () => [], answer: () => ({ ok: false, error: "none" }) },
  });
  return shown;
}

describe("live metrics", () => {
  const shown = shownAt(60);
  const value = (metric: string): number => shown[metric]?.reduce((sum, element) => sum + element.value, 0) ?? Number.NaN;

  it("show the door once, and every Ready pod by name", () => {
    for (const metric of LIVE_DOOR_METRICS) expect(shown[metric]).toHaveLength(1);
    for (const metric of LIVE_POD_METRICS)
      expect(shown[metric]?.every(({ pod, labels }) => pod !== undefined && labels["pod"] === pod)).toBe(true);
    expect(shown["ongoing_requests"]?.length).toBeGreaterThan(0);
  });

  it("agree with each other: what pods hold is running, waiting or still in their front end", () => {
    expect(value("running_requests") + value("waiting_requests")).toBeLessThanOrEqual(value("ongoing_requests"));
    expect(value("kv_cache_usage")).toBeLessThanOrEqual(shown["kv_cache_usage"]?.length ?? 0);
    expect(value("kv_cache_tokens")).toBeGreaterThan(0);
    expect(value("waiting_prompt_tokens")).toBe(300 * value("waiting_requests"));
    expect(value("waiting_requests")).toBeGreaterThan(0);
    expect(value("running_requests")).toBe(4 * (shown["running_requests"]?.length ?? 0));
  });

  it("add up the time that attempts have spent here", () => {
    expect(value("requests_total")).toBeGreaterThan(0);
    expect(value("request_seconds_total")).toBeGreaterThan(value("requests_total"));
  });
});
