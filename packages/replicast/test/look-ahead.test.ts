import { builtinPolicies } from "@replicast/policies";
import { createSimulation, InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { type LoadedScenario, load, memoryFiles, run } from "../src/index.ts";
import { createMetricSource } from "../src/metric-source.ts";

const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: encode }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: encode }
  minReplicas: 1
  maxReplicas: 8
  metrics:
    - type: External
      external: { metric: { name: load }, target: { type: AverageValue, averageValue: 250m } }
`;

const FORECAST = "perReplica: 0.25, maxReplicas: 8, scaleDownDelaySeconds: 120";
const POLICIES: Readonly<Record<string, string>> = {
  holtWinters: `{ kind: forecast, ${FORECAST}, seasonSeconds: 600 }`,
  seasonalNaive: `{ kind: forecast, ${FORECAST}, seasonSeconds: 600, model: { kind: seasonalNaive, drift: true } }`,
  linear: `{ kind: forecast, ${FORECAST}, model: { kind: linear, windowSeconds: 600 } }`,
  autoregression: `{ kind: forecast, ${FORECAST}, model: { kind: autoregression, method: leastSquares, windowSeconds: 1200 } }`,
  kalman: `{ kind: forecast, ${FORECAST}, model: kalman }`,
  recentQuantile: `{ kind: forecast, ${FORECAST}, model: { kind: recentQuantile, windowSeconds: 600 } }`,
  lastValue: `{ kind: forecast, ${FORECAST}, model: lastValue }`,
  byCapacity: "{ kind: forecast, perReplica: capacity, maxReplicas: 8, model: kalman }",
  largest: `{ kind: max, of: [{ kind: schedule, timeZone: UTC, replicas: 1, windows: [{ from: "00:10", to: "00:20", replicas: 5 }] }, { kind: forecast, ${FORECAST}, model: kalman }, { kind: hpa, manifest: hpa.yaml }] }`,
  floored: `{ kind: hpa, manifest: hpa.yaml, floor: { kind: forecast, ${FORECAST}, model: kalman } }`,
};

const scenario = (policies: Readonly<Record<string, string>>): string => `
replicast: 1
name: look-ahead
start: 2026-03-02T00:00:00
duration: 40m
seed: 7
traffic:
  - { arrivals: { kind: poisson, rate: { points: [[5m, 0.3/s], [15m, 1.2/s], [30m, 0.2/s]] } }, lengths: { prompt: 1, output: 1 } }
deployments:
  - name: encode
    model: { shape: { name: encoder, parameters: 4e8 }, gpu: L4, latency: { kind: curve, points: [[1, 3s]] } }
    replicas: 2
    engine: { batching: dynamic, dynamic: { maxBatchSize: 1 }, warmUp: { factor: 1 } }
    gateway: { maxInFlightPerReplica: 1, maxQueued: unlimited, queueTimeout: never }
    startup: { schedule: 0s, pull: 20s, container: 5s, load: { median: 40s, sigma: 0.4 }, compile: 5s, capture: 5s, warmUp: 0s }
nodePools:
  - { name: l4, gpu: L4, gpusPerNode: 1, pricePerGpuHour: 0.8, min: 2, max: 10, provision: { median: 60s, sigma: 0.3 } }
metrics:
  adapter: [{ as: load, query: "sum(rate(gateway_requests_total[1m]))" }]
policies:
${Object.entries(policies)
  .map(([name, policy]) => `  - ${policy.replace("{ ", `{ name: ${name}, `)}`)
  .join("\n")}
slo: { e2e: "p(95)<20s" }
`;

function open(policies: Readonly<Record<string, string>> = POLICIES): Promise<LoadedScenario> {
  return load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({ "scenario.yaml": scenario(policies), "hpa.yaml": HPA, "yesterday.csv": YESTERDAY }),
  });
}

/** Forty minutes that rise and fall as those of the run. */
const YESTERDAY = ["rate", ...Array.from({ length: 40 }, (_, minute) => 0.3 + 0.9 * Math.max(0, 1 - Math.abs(minute - 15) / 12))].join(
  "\n",
);

const CAPACITY = [
  {
    deployment: "encode",
    points: [
      { replicas: 1, requestsPerSecond: 0.2 },
      { replicas: 8, requestsPerSecond: 0.3 },
    ],
    work: { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 },
  },
];

describe("policies that look ahead, in a whole run", () => {
  it.each(Object.keys(POLICIES))("go on to the same bytes when the run was saved and continued: %s", async (policy) => {
    const { plan, bind } = await open();
    const options = { policy, controllers: bind(policy), metricSource: createMetricSource(plan), capacity: CAPACITY };
    const whole = createSimulation(plan, options).result();
    const begun = createSimulation(plan, options);
    begun.runTo(1234);
    const saved = structuredClone(begun.save());
    const fresh = { ...options, metricSource: createMetricSource(plan) };
    expect(JSON.stringify(createSimulation(plan, fresh, saved).result())).toBe(JSON.stringify(whole));
    expect(whole.forecasts?.[0]?.errors.count ?? 0).toBeGreaterThan(20);
    expect(whole.deployments[0]?.replicasMax).toBeGreaterThan(2);
  });

  it("look as far ahead as starts have taken, once there was one", async () => {
    const result = await run(await open(), "kalman", { capacity: [] });
    const horizons = result.decisions.map(({ evidence }) => evidence["horizonFrom"]);
    expect(horizons[0]).toBe("expected");
    expect(horizons.at(-1)).toBe("measured");
    const started = result.deployments[0]?.coldStartSecondsMean ?? 0;
    const last = Number(result.decisions.at(-1)?.evidence["horizonSeconds"]);
    expect(Math.abs(last / started - 1)).toBeLessThan(0.6);
  });

  it("size by what the scenario's objectives let a replica carry, and say so when nobody has computed that", async () => {
    const known = await run(await open(), "byCapacity", { capacity: CAPACITY });
    const sizes = known.decisions.map(({ evidence }) => evidence["perReplicaPerSecond"]);
    expect(sizes.every((size) => Number(size) >= 0.2 && Number(size) <= 0.3)).toBe(true);
    const unknown = await run(await open(), "byCapacity", { capacity: [] });
    expect(unknown.undecided["FailedGetCapacity"]).toBeGreaterThan(30);
    expect(unknown.deployments[0]?.replicasMax).toBe(2);
  });

  it("know the season from the first sample on when a file holds it, with weights fitted on it", async () => {
    const history = "history: { file: yesterday.csv }, smoothing: fit, trend: none";
    const floor = `{ kind: forecast, ${FORECAST}, seasonSeconds: 1200, ${history} }`;
    const loaded = await open({ known: `{ kind: hpa, manifest: hpa.yaml, floor: ${floor} }` });
    const result = await run(loaded, "known", { capacity: [] });
    const first = result.decisions.find(({ timer }) => timer === "floor/sample");
    expect(first?.evidence).toMatchObject({ floorReason: "SeasonForecast", seasonSeconds: 1200 });
  });

  it("say where a policy within a policy is wrong", async () => {
    const wrong = POLICIES["floored"]?.replace("maxReplicas: 8", "maxReplicas: 0") ?? "";
    const error = await open({ wrong, other: "{ kind: max, of: [{ kind: keda }, { kind: fixed, replicas: 1 }] }" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InputError);
    const found = (error as InputError).issues.map(({ code, path, line }) => [code, path.join("."), line !== undefined]);
    expect(found).toEqual([
      ["out_of_range", "policies.0.floor.maxReplicas", true],
      ["member_kind", "policies.1.of.0.kind", true],
    ]);
  });
});
