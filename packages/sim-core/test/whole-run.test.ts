import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact } from "../src/domain/facts.ts";
import type { Json } from "../src/errors.ts";
import type { MetricSource } from "../src/scaling/metric-source.ts";
import { type BoundPolicy, definePolicy } from "../src/scaling/policy.ts";
import type { Plan } from "../src/scenario/plan.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { buildReferenceReplica, NO_METRICS, tinyPlan } from "../src/testing.ts";

/** Moves replicas about on a fixed rhythm, and remembers how often it was asked. */
const restless = definePolicy<{ readonly pattern: readonly number[]; readonly periodSeconds: number }, { readonly count: number }>({
  id: "restless",
  parseConfig: (raw) => ({ ok: true, config: raw as { pattern: number[]; periodSeconds: number } }),
  initialState: () => ({ count: 0 }),
  timers: ({ periodSeconds }) => [{ name: "tick", periodSeconds }],
  needs: () => [{ name: "waiting", kind: "external", metric: "vllm:num_requests_waiting" }],
  queries: () => [{ name: "waiting", kind: "external", metric: "vllm:num_requests_waiting" }],
  decide: ({ metrics }, { count }, { pattern }) => ({
    state: { count: count + 1 },
    decision: {
      desiredReplicas: pattern[count % pattern.length] as number,
      reason: "Restless",
      evidence: { waiting: JSON.stringify(metrics["waiting"]) },
    },
  }),
});

/** Sums the newest samples of the series a request names. */
const SUMS: MetricSource = {
  series: (request) => ("metric" in request ? [request.metric] : []),
  answer: (request, { reader, nowSeconds }) => {
    if (!("metric" in request)) return { ok: false, error: "not asked for" };
    const slices = reader.select([{ name: "__name__", op: "=", value: request.metric }], nowSeconds - 300, nowSeconds);
    return {
      ok: true,
      elements: slices.map((slice) => ({
        labels: slice.labels,
        value: slice.stale[slice.to - 1] === 1 ? 0 : (slice.values[slice.to - 1] as number),
      })),
    };
  },
};

const bind = (pattern: readonly number[], periodSeconds = 90): BoundPolicy => ({
  deployment: "chat",
  policy: restless,
  config: { pattern, periodSeconds } as unknown as Json,
});

const busyPlan = (overrides: Partial<Plan> = {}): Plan => ({
  ...tinyPlan({
    durationSeconds: 1200,
    nodePools: [
      {
        name: "pool",
        gpusPerNode: 2,
        maxNodes: 6,
        scaleDownUnneededSeconds: 60,
        scaleDownDelayAfterAddSeconds: 60,
        provisionSeconds: { kind: "uniform", min: 40, max: 90 },
      },
    ],
    deployments: [
      {
        replicas: 2,
        engine: { maxSequences: 32, kvBlocks: 900, maxModelTokens: 8000, warmUp: { factor: 6, requests: 40 } },
        gateway: { maxQueued: 60, queueTimeoutSeconds: 20 },
        client: { timeoutSeconds: 12, patienceSeconds: 6, maxRetries: 1, backoffBaseSeconds: 1, backoffMaxSeconds: 8 },
        lifecycle: {
          loadSeconds: { kind: "uniform", min: 10, max: 40 },
          readinessPeriodSeconds: 10,
          terminationGraceSeconds: 20,
          preStopSeconds: 3,
        },
      },
    ],
    traffic: [
      {
        kind: "generator",
        name: "load",
        deployment: "chat",
        arrivals: {
          kind: "gamma",
          rate: {
            kind: "points",
            points: [
              [0, 2],
              [600, 9],
              [1200, 3],
            ],
          },
          cv: 2,
        },
        lengths: {
          promptTokens: { kind: "logNormal", median: 500, sigma: 1 },
          outputTokens: { kind: "logNormal", median: 120, sigma: 0.8 },
        },
        surges: [],
      },
    ],
    faults: [
      { kind: "containerRestart", atSeconds: 400, deployment: "chat", podIndex: 0 },
      { kind: "metricsOutage", fromSeconds: 500, toSeconds: 560 },
    ],
  }),
  ...overrides,
});

const options = (pattern: readonly number[] = [2, 4, 3, 1, 5]): SimulateOptions => ({
  policy: "restless",
  controllers: [bind(pattern)],
  metricSource: SUMS,
});

describe("a run", () => {
  it("has every fate, preemption, scaling and restart in the busy scenario the tests below rest on", () => {
    const result = simulate(busyPlan(), options());
    for (const fate of ["completed", "rejected", "timedOut", "cancelled", "inFlight"] as const)
      expect(result.requests[fate], fate).toBeGreaterThan(0);
    expect(result.cutOffAttempts).toBeGreaterThan(0);
    expect(result.attempts.arrived).toBeGreaterThan(result.requests.arrived);
    expect(result.preemptions).toBeGreaterThan(0);
    expect(result.wastedTokens).toBeGreaterThan(0);
    expect(Number(result.cost.ledger.find(({ deployment }) => deployment === "chat")?.gpuMicroseconds.interrupted)).toBeGreaterThan(0);
    expect(Number(result.cost.ledger.find(({ deployment }) => deployment === "chat")?.gpuMicroseconds.draining)).toBeGreaterThan(0);
    expect(result.undecided).toEqual({});
  });

  it("gives the same bytes twice", () => {
    expect(JSON.stringify(simulate(busyPlan(), options()))).toBe(JSON.stringify(simulate(busyPlan(), options())));
  });

  it("continues to the same bytes when it is saved at any moment and restored elsewhere", () => {
    const whole = JSON.stringify(simulate(busyPlan(), options()));
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1200, noNaN: true }), { minLength: 1, maxLength: 3 }), (moments) => {
        let simulation = createSimulation(busyPlan(), options());
        for (const moment of moments.sort((a, b) => a - b)) {
          simulation.runTo(moment);
          simulation = createSimulation(busyPlan(), options(), simulation.save());
        }
        expect(JSON.stringify(simulation.result())).toBe(whole);
      }),
      { numRuns: 25 },
    );
  });

  it("comes out the same on the step-by-step reference engine", () => {
    const fast = simulate(busyPlan({ durationSeconds: 500 }), options());
    const reference = simulate(busyPlan({ durationSeconds: 500 }), { ...options(), buildReplica: buildReferenceReplica });
    expect({ ...fast, engine: { ...fast.engine, events: 0 } }).toEqual({ ...reference, engine: { ...reference.engine, events: 0 } });
  });

  it("keeps first arrivals, and the life of the n-th pod, when another policy scales it", () => {
    const see = (pattern: readonly number[]): { arrivals: Fact[]; loads: Map<string, number> } => {
      const facts: Fact[] = [];
      const result = simulate(busyPlan(), { ...options(pattern), observers: [(fact) => facts.push(fact)] });
      const loads = new Map(
        result.pods.flatMap(({ name, stages }) => {
          const loading = stages.find(([, stage]) => stage === "Loading")?.[0];
          const warming = stages.find(([, stage]) => stage === "WarmingUp")?.[0];
          return loading === undefined || warming === undefined ? [] : [[name, Math.round((warming - loading) * 1e6)] as const];
        }),
      );
      return { arrivals: facts.filter(({ kind }) => kind === "request-arrived"), loads };
    };
    const one = see([2, 4, 3, 1, 5]);
    const other = see([3, 6, 2]);
    expect(other.arrivals).toEqual(one.arrivals);
    const shared = [...one.loads.keys()].filter((name) => other.loads.has(name) && name !== "chat-0" && name !== "chat-1");
    expect(shared.length).toBeGreaterThan(2);
    for (const name of shared) expect(other.loads.get(name), name).toBe(one.loads.get(name));
  });

  it("is not changed by being observed more often", () => {
    const seldom = simulate(busyPlan(), options());
    const often = simulate(busyPlan({ metrics: { ...busyPlan().metrics, scrapeIntervalSeconds: 0.7 } }), options());
    expect(often.latency).toEqual(seldom.latency);
    expect(often.requests).toEqual(seldom.requests);
  });

  it("accounts for every GPU-microsecond of the bill", () => {
    const { ledger, billedGpuMicroseconds } = simulate(busyPlan(), options()).cost;
    const total = ledger.flatMap(({ gpuMicroseconds }) => Object.values(gpuMicroseconds)).reduce((sum, value) => sum + BigInt(value), 0n);
    expect(total.toString()).toBe(billedGpuMicroseconds);
  });

  it("shows each decision with the replicas that were Ready when it was taken, not with what it led to", () => {
    const { decisions } = simulate(tinyPlan({ durationSeconds: 200, deployments: [{ replicas: 4 }] }), options([4, 1]));
    expect(decisions.map(({ timeSeconds, readyReplicas }) => [timeSeconds, readyReplicas])).toEqual([
      [0, 4],
      [90, 4],
      [180, 1],
    ]);
  });

  it("counts the cold starts of pods that were asked for at the very start", () => {
    const { deployments, pods } = simulate(tinyPlan({ durationSeconds: 400, deployments: [{ replicas: 1 }] }), options([2]));
    expect(deployments[0]?.coldStartSecondsMean).toBe(pods[1]?.stages.find(([, stage]) => stage === "Ready")?.[0]);
  });

  it("lets a container that starts again count from zero, as its process does", () => {
    const seen: number[] = [];
    const names = ["vllm:generation_tokens_total", "vllm:request_success_total", "vllm:time_to_first_token_seconds_count"];
    const counter: MetricSource = {
      series: () => names,
      answer: (_, { reader, nowSeconds }) => {
        for (const name of names) {
          const [slice] = reader.select([{ name: "__name__", op: "=", value: name }], nowSeconds - 15, nowSeconds);
          if (slice !== undefined) seen.push(slice.values[slice.to - 1] as number);
        }
        return { ok: true, elements: [] };
      },
    };
    const plan = tinyPlan({
      durationSeconds: 250,
      deployments: [{ replicas: 1 }],
      traffic: busyPlan().traffic.map((stream) => ({ ...stream, surges: [] })),
      faults: [{ kind: "containerRestart", atSeconds: 95, deployment: "chat", podIndex: 0 }],
    });
    simulate(plan, { policy: "restless", controllers: [bind([1], 50)], metricSource: counter });
    // looked at after 0, 50, 100 and 150 s; the container is back after 145 s
    const [before, after] = [seen.slice(6, 9), seen.slice(9, 12)];
    expect(before.every((value) => value > 0)).toBe(true);
    after.forEach((value, i) => {
      expect(value, `series ${i}`).toBeLessThan(before[i] as number);
    });
  });

  it("stops with the reason when its event budget is used up", () => {
    expect(() => simulate(busyPlan(), { ...options(), limits: { maxEvents: 1000 } })).toThrow(/max_events: limit 1000/);
  });

  it("rejects at the door what no replica could ever hold", () => {
    const lengths = { promptTokens: { kind: "constant", value: 9000 }, outputTokens: { kind: "constant", value: 10 } } as const;
    const plan = busyPlan();
    const result = simulate(
      { ...plan, traffic: plan.traffic.map((stream) => ({ ...stream, lengths })) as Plan["traffic"] },
      { ...options(), metricSource: NO_METRICS },
    );
    expect(result.requests.rejected).toBe(result.requests.arrived);
    expect(result.attempts.arrived).toBe(result.requests.arrived);
  });
});
