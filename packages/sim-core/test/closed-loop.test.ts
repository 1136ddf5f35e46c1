import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact } from "../src/domain/facts.ts";
import type { Plan } from "../src/scenario/plan.ts";
import type { RunResult } from "../src/score/result.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { buildReferenceReplica, NO_METRICS, type TinyDeployment, tinyPlan } from "../src/testing.ts";
import type { SessionConfig, TrafficConfig } from "../src/traffic/config.ts";

const OPTIONS: SimulateOptions = { policy: "fixed", controllers: [], metricSource: NO_METRICS };

const LENGTHS = {
  promptTokens: { kind: "logNormal", median: 300, sigma: 0.8 },
  outputTokens: { kind: "logNormal", median: 80, sigma: 0.6 },
} as const;
const SESSION: SessionConfig = {
  turns: { kind: "uniform", min: 1, max: 6 },
  thinkSeconds: { kind: "exponential", mean: 8 },
  systemTokens: 200,
  maxContextTokens: 8000,
};

const users = (overrides: Partial<TrafficConfig & { readonly kind: "users" }> = {}): TrafficConfig => ({
  kind: "users",
  name: "people",
  deployment: "chat",
  users: [[0, 60]],
  thinkSeconds: { kind: "exponential", mean: 10 },
  pauseAfterLossSeconds: 1,
  lengths: LENGTHS,
  ...overrides,
});

const planned = (overrides: Partial<TrafficConfig & { readonly kind: "generator" }> = {}): TrafficConfig => ({
  kind: "generator",
  name: "plan",
  deployment: "chat",
  arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 4 } },
  lengths: LENGTHS,
  surges: [],
  ...overrides,
});

const planOf = (traffic: readonly TrafficConfig[], deployment: TinyDeployment = {}, durationSeconds = 3600): Plan =>
  tinyPlan({ durationSeconds, deployments: [deployment], traffic });

/** Every client at once: users who come and go, sessions, limits; a small server that refuses, a gateway that loses patience. */
const busyPlan = (durationSeconds = 600): Plan =>
  planOf(
    [
      users({
        users: [
          [0, 5],
          [200, 60],
          [400, 10],
        ],
        session: SESSION,
      }),
      planned({ name: "sessions", session: SESSION, maxOpenRequests: 8, stopSeconds: 500 }),
      planned({ name: "capped", maxOpenRequests: 5 }),
    ],
    {
      engine: { maxSequences: 24, kvBlocks: 900, maxModelTokens: 9000, warmUp: { factor: 4, requests: 30 } },
      gateway: { maxQueued: 4, maxInFlightPerReplica: 12 },
      client: {
        timeoutSeconds: 25,
        maxRetries: 2,
        backoffBaseSeconds: 1,
        backoffMaxSeconds: 8,
        retryBudget: { share: 0.02, windowSeconds: 10, floorPerSecond: 0 },
      },
    },
    durationSeconds,
  );

const factsOf = (plan: Plan): readonly Fact[] => {
  const facts: Fact[] = [];
  simulate(plan, { ...OPTIONS, observers: [(fact) => facts.push(fact)] });
  return facts;
};

/** Most requests that were open at once. */
function openMost(facts: readonly Fact[]): number {
  let open = 0;
  let most = 0;
  for (const { kind } of facts) {
    if (kind === "request-arrived") most = Math.max(most, ++open);
    if (kind === "request-ended") open--;
  }
  return most;
}

describe("a closed loop", () => {
  it.each([
    { because: "light load: users mostly think", count: 60, thinkSeconds: 10, maxSequences: 256 },
    { because: "saturation: users mostly wait", count: 60, thinkSeconds: 0.5, maxSequences: 8 },
    { because: "no think time, as load tools have it", count: 16, thinkSeconds: 0, maxSequences: 8 },
  ])("obeys the interactive response-time law N = X·(R + Z) at $because", ({ count, thinkSeconds, maxSequences }) => {
    const traffic = users({ users: [[0, count]], thinkSeconds: { kind: "exponential", mean: thinkSeconds } });
    const { requests, latency } = simulate(planOf([traffic], { engine: { maxSequences } }), OPTIONS);
    const perSecond = requests.completed / 3600;
    expect(requests.completed).toBeGreaterThan(10_000);
    const law = perSecond * ((latency.e2e.meanSeconds as number) + thinkSeconds);
    expect(Math.abs(law / count - 1)).toBeLessThan(0.02);
  });

  it("never has more requests open than users, and slows down where a plan of arrivals would pile up", () => {
    const slow = planOf([users({ users: [[0, 20]], thinkSeconds: { kind: "constant", value: 0 } })], { engine: { maxSequences: 4 } }, 900);
    expect(openMost(factsOf(slow))).toBe(20);
  });

  it("hears its first requests at the same times under every number of replicas", () => {
    const firsts = (replicas: number): readonly Fact[] => {
      const plan = planOf(
        [users({ thinkSeconds: { kind: "uniform", min: 50, max: 100 } })],
        { replicas, engine: { maxSequences: 2 } },
        100,
      );
      return factsOf(plan).filter((fact) => fact.kind === "request-arrived");
    };
    expect(firsts(1)).toHaveLength(60); // nobody has thought twice yet
    expect(firsts(3)).toEqual(firsts(1));
  });
});

describe("a limit of open requests", () => {
  it("is never exceeded; clocks start when a request is sent, and what was late is told", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (cap) => {
        const plan = planOf([planned({ maxOpenRequests: cap })], { engine: { maxSequences: 4 } }, 300);
        expect(openMost(factsOf(plan))).toBeLessThanOrEqual(cap);
        const limited = simulate(plan, OPTIONS);
        const [stream] = limited.streams;
        expect((stream?.sent as number) + (stream?.unsent as number)).toBe(
          simulate(planOf([planned()], {}, 300), OPTIONS).requests.arrived,
        );
        expect(stream?.sent).toBe(limited.requests.arrived);
      }),
      { numRuns: 12 },
    );
  });

  it("hides overload from latency: the load tool's clock does not run while it holds back", () => {
    const server: TinyDeployment = { engine: { maxSequences: 4 } };
    const arrivals = { kind: "poisson", rate: { kind: "constant", perSecond: 12 } } as const;
    const open = simulate(planOf([planned({ arrivals })], server, 900), OPTIONS);
    const limited = simulate(planOf([planned({ arrivals, maxOpenRequests: 6 })], server, 900), OPTIONS);
    expect(open.latency.ttft.p95Seconds as number).toBeGreaterThan(20 * (limited.latency.ttft.p95Seconds as number));
    expect(limited.streams[0]?.delaySecondsMax as number).toBeGreaterThan(100);
  });

  it("changes nothing while it is not reached", () => {
    const { streams: _, ...free } = simulate(planOf([planned()], {}, 600), OPTIONS);
    const { streams: __, ...limited } = simulate(planOf([planned({ maxOpenRequests: 1000 })], {}, 600), OPTIONS);
    expect(limited).toEqual(free);
  });
});

describe("clients of all kinds at once", () => {
  const whole = simulate(busyPlan(), OPTIONS);

  it("meet refusals, delays and an exhausted retry budget in the scenario the tests below rest on", () => {
    for (const fate of ["completed", "rejected"] as const) expect(whole.requests[fate], fate).toBeGreaterThan(0);
    expect(whole.refusedRetries).toBeGreaterThan(0);
    expect(whole.attempts.arrived).toBeGreaterThan(whole.requests.arrived);
    for (const { name, delayed } of whole.streams.slice(1)) expect(delayed, name).toBeGreaterThan(0);
    expect(whole.ttftByPrompt.filter(({ ttft }) => ttft.count > 0).length).toBeGreaterThan(3);
  });

  it("lose no request: sent is arrived, and what arrived has one fate", () => {
    const { arrived, ...fates } = whole.requests;
    expect(Object.values(fates).reduce((sum, count) => sum + count, 0)).toBe(arrived);
    expect(whole.streams.reduce((sum, { sent }) => sum + sent, 0)).toBe(arrived);
    expect(whole.ttftByPrompt.reduce((sum, { ttft }) => sum + ttft.count, 0)).toBe(whole.latency.ttft.count);
  });

  it("give the same bytes twice, and when saved at any moment and restored elsewhere", () => {
    const text = JSON.stringify(whole);
    expect(JSON.stringify(simulate(busyPlan(), OPTIONS))).toBe(text);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 600, noNaN: true }), { minLength: 1, maxLength: 3 }), (moments) => {
        let simulation = createSimulation(busyPlan(), OPTIONS);
        for (const moment of moments.sort((a, b) => a - b)) {
          simulation.runTo(moment);
          simulation = createSimulation(busyPlan(), OPTIONS, simulation.save());
        }
        expect(JSON.stringify(simulation.result())).toBe(text);
      }),
      { numRuns: 12 },
    );
  });

  it("come out the same on the step-by-step reference engine", () => {
    const clean = ({ engine, ...rest }: RunResult) => ({ ...rest, steps: engine.steps });
    const reference = simulate(busyPlan(200), { ...OPTIONS, buildReplica: buildReferenceReplica });
    expect(clean(reference)).toEqual(clean(simulate(busyPlan(200), OPTIONS)));
  });
});

describe("a retry budget", () => {
  it("keeps a server that refuses from being asked many times over", () => {
    const shut: TinyDeployment = {
      gateway: { maxQueued: 0, maxInFlightPerReplica: 1 },
      client: { maxRetries: 5, backoffBaseSeconds: 0.1, backoffMaxSeconds: 1 },
    };
    const unbounded = simulate(planOf([planned()], shut, 600), OPTIONS);
    const retryBudget = { share: 0.2, windowSeconds: 10, floorPerSecond: 0 };
    const bounded = simulate(planOf([planned()], { ...shut, client: { ...shut.client, retryBudget } }, 600), OPTIONS);
    const retries = ({ attempts, requests }: RunResult): number => attempts.arrived - requests.arrived;
    expect(retries(unbounded)).toBeGreaterThan(unbounded.requests.arrived);
    expect(retries(bounded)).toBeLessThanOrEqual(0.2 * bounded.requests.arrived);
    expect(retries(bounded)).toBeGreaterThan(0.18 * bounded.requests.arrived);
    expect(bounded.refusedRetries).toBeGreaterThan(0);
  });
});
