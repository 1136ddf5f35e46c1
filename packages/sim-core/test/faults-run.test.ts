import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultConfig, UpdateConfig } from "../src/cluster/fault-config.ts";
import type { Fact } from "../src/domain/facts.ts";
import type { Json } from "../src/errors.ts";
import type { MetricSource } from "../src/scaling/metric-source.ts";
import { type BoundPolicy, definePolicy } from "../src/scaling/policy.ts";
import type { Plan } from "../src/scenario/plan.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { buildFastReplica, tinyPlan } from "../src/testing.ts";

const GPU_STATES = ["needed", "buffer", "starting", "interrupted", "draining", "unallocated"] as const;
const FATES = ["completed", "rejected", "timedOut", "cutOff", "cancelled", "inFlight"] as const;

/** Counts how often it was asked since it remembers, and asks for what comes next in its pattern. */
const counting = definePolicy<{ readonly pattern: readonly number[] }, { readonly count: number }>({
  id: "counting",
  parseConfig: (raw) => ({ ok: true, config: raw as { pattern: number[] } }),
  initialState: () => ({ count: 0 }),
  timers: () => [{ name: "tick", periodSeconds: 90 }],
  needs: () => [{ name: "sent", kind: "external", metric: "gateway_requests_total" }],
  queries: () => [{ name: "sent", kind: "external", metric: "gateway_requests_total" }],
  decide: ({ metrics }, { count }, { pattern }) => ({
    state: { count: count + 1 },
    decision: {
      desiredReplicas: pattern[count % pattern.length] as number,
      reason: "Counting",
      evidence: { count, sent: JSON.parse(JSON.stringify(metrics["sent"] ?? null)) as Json },
    },
  }),
});

const NEWEST: MetricSource = {
  series: () => undefined,
  answer: (request, { reader, nowSeconds }) => {
    if (!("metric" in request)) return { ok: false, error: "not asked for" };
    const slices = reader.select([{ name: "__name__", op: "=", value: request.metric }], nowSeconds - 300, nowSeconds);
    const elements = slices.map(({ labels, values, to }) => ({ labels, value: values[to - 1] as number }));
    const newest = slices.reduce((latest, { times, to }) => Math.max(latest, times[to - 1] as number), 0);
    return { ok: true, elements, ageSeconds: nowSeconds - newest };
  },
};

const bind = (pattern: readonly number[]): BoundPolicy => ({
  deployment: "chat",
  policy: counting,
  config: { pattern } as unknown as Json,
});

/** @param slotsPerGpu of the nodes of the pool "spot": two GPUs, or one that two share */
const planWith = (faults: readonly FaultConfig[], rest: Partial<Plan> = {}, slotsPerGpu = 1): Plan => ({
  ...tinyPlan({
    durationSeconds: 1500,
    nodePools: [
      { name: "spot", zone: "east", gpusPerNode: 2, slotsPerGpu, maxNodes: 4, provisionSeconds: { kind: "constant", value: 60 } },
      { name: "steady", zone: "west", gpusPerNode: 1, maxNodes: 4, provisionSeconds: { kind: "constant", value: 60 } },
    ],
    deployments: [
      {
        replicas: 3,
        nodePools: ["spot", "steady"],
        engine: { maxSequences: 32, kvBlocks: 900, maxModelTokens: 8000 },
        gateway: { maxQueued: 60, queueTimeoutSeconds: 20 },
        client: { timeoutSeconds: 40, maxRetries: 1, backoffBaseSeconds: 1, backoffMaxSeconds: 8 },
        lifecycle: { loadSeconds: { kind: "uniform", min: 10, max: 40 }, readinessPeriodSeconds: 10, preStopSeconds: 3 },
      },
    ],
    traffic: [
      {
        kind: "generator",
        name: "people",
        deployment: "chat",
        arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 4 } },
        lengths: { promptTokens: { kind: "constant", value: 300 }, outputTokens: { kind: "logNormal", median: 200, sigma: 0.8 } },
        surges: [],
      },
    ],
    faults,
  }),
  ...rest,
});

const optionsOf = (pattern: readonly number[] = [3], more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  policy: "counting",
  controllers: [bind(pattern)],
  metricSource: NEWEST,
  ...more,
});

const anyMoment = fc.oneof(
  fc.record({ atSeconds: fc.integer({ min: 0, max: 1500 }) }),
  fc.record({
    everySeconds: fc.record({ kind: fc.constant("exponential" as const), mean: fc.constantFrom(60, 300) }),
    fromSeconds: fc.constant(0),
    toSeconds: fc.constant(1500),
  }),
);
const anyWindow = fc.record({ fromSeconds: fc.integer({ min: 0, max: 900 }), lasts: fc.integer({ min: 1, max: 600 }) });
const deployment = "chat";
const anyPool = fc.constantFrom("spot", "steady");
const seconds = fc.constantFrom(0, 30, 120);

const anyFault: fc.Arbitrary<FaultConfig> = fc.oneof(
  fc
    .tuple(
      anyMoment,
      fc.oneof(
        fc.record({ kind: fc.constantFrom("containerRestart" as const, "podCrash" as const), deployment: fc.constant(deployment) }),
        fc.record({ kind: fc.constant("oomKill" as const), deployment: fc.constant(deployment) }),
        fc.record({ kind: fc.constant("nodeLoss" as const), pool: anyPool, detectSeconds: seconds }),
        fc.record({ kind: fc.constant("nodeDrain" as const), pool: anyPool }),
        fc.record({
          kind: fc.constant("spotReclaim" as const),
          pool: anyPool,
          nodes: fc.integer({ min: 1, max: 3 }),
          noticeSeconds: seconds,
        }),
        fc.constant({ kind: "controllerRestart" as const }),
      ),
    )
    .map(([when, what]) => ({ ...when, ...what })),
  fc
    .tuple(
      anyWindow,
      fc.oneof(
        fc.constant({ kind: "metricsOutage" as const }),
        fc.record({ kind: fc.constant("metricsOutage" as const), answer: fc.constantFrom("empty" as const, "stale" as const) }),
        fc.constant({ kind: "prometheusLag" as const, lagSeconds: 45 }),
        fc.constant({ kind: "scrapeLoss" as const, deployment, share: 0.5 }),
        fc.record({ kind: fc.constant("zoneOutage" as const), zone: fc.constantFrom("east", "west"), detectSeconds: seconds }),
        fc.record({ kind: fc.constant("stockOut" as const), pool: anyPool }),
        fc.record({ kind: fc.constantFrom("slowStorage" as const, "slowNetwork" as const), factor: fc.constantFrom(1.5, 10) }),
        fc.constant({ kind: "trafficSurge" as const, stream: "people", factor: 3 }),
      ),
    )
    .map(([{ fromSeconds, lasts }, what]) => ({ fromSeconds, toSeconds: fromSeconds + lasts, ...what })),
);

const anyUpdate: fc.Arbitrary<UpdateConfig> = fc.record({
  atSeconds: fc.integer({ min: 0, max: 1400 }),
  deployment: fc.constant(deployment),
  maxSurge: fc.constantFrom({ pods: 0 }, { pods: 1 }, { share: 0.5 }),
  maxUnavailable: fc.constantFrom({ pods: 0 }, { share: 0.5 }),
  isNewImage: fc.boolean(),
});

const anyWorld = fc.record({
  faults: fc.array(anyFault, { minLength: 1, maxLength: 6 }),
  updates: fc.array(anyUpdate, { maxLength: 2 }),
  pattern: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(99).map(String),
  slotsPerGpu: fc.constantFrom(1, 2),
});

/** Stops when a token leaves a replica that is not Ready, or terminating after it was. */
function watchTokens(): Pick<SimulateOptions, "observers" | "buildReplica"> & { readonly tokens: () => number } {
  const order: string[] = [];
  const stages = new Map<string, string>();
  let tokens = 0;
  const observe = (fact: Fact): void => {
    if (fact.kind !== "pod-stage") return;
    if (!stages.has(fact.pod)) order.push(fact.pod);
    stages.set(fact.pod, fact.stage);
  };
  const check = (pod: number): void => {
    tokens++;
    const stage = stages.get(order[pod] ?? "");
    // gaps of the tokens that have left are reported when the containers stop
    if (stage !== "Ready" && stage !== "Draining") throw new Error(`a token left pod ${pod}, which is ${stage}`);
  };
  return {
    observers: [observe],
    tokens: () => tokens,
    buildReplica: (setup) => {
      const { listener } = setup;
      return buildFastReplica({
        ...setup,
        listener: {
          firstToken: (slot, at) => {
            check(setup.index);
            listener.firstToken(slot, at);
          },
          completed: (slot, at) => {
            check(setup.index);
            listener.completed(slot, at);
          },
          released: (slot, at) => listener.released(slot, at),
          rejected: (slot, at) => listener.rejected(slot, at),
          prefilled: (slot, at) => listener.prefilled(slot, at),
          received: (slot, at) => listener.received(slot, at),
          gaps: (...gaps) => listener.gaps(...gaps),
          busy: (replica, at, isBusy) => listener.busy(replica, at, isBusy),
        },
      });
    },
  };
}

describe("a run with random faults", () => {
  it("accounts for all requests, attempts and GPU-seconds, and gets no token from a replica that is not up", () => {
    let seen = 0;
    fc.assert(
      fc.property(anyWorld, ({ faults, updates, pattern, seed, slotsPerGpu }) => {
        const { tokens, ...watch } = watchTokens();
        const result = simulate(planWith(faults, { updates, seed }, slotsPerGpu), optionsOf(pattern, watch));
        for (const counts of [result.requests, result.attempts])
          expect(FATES.reduce((sum, fate) => sum + counts[fate], 0)).toBe(counts.arrived);
        const held = result.cost.ledger.flatMap((row) => GPU_STATES.map((state) => BigInt(row.gpuMicroseconds[state])));
        expect(held.reduce((sum, part) => sum + part, 0n)).toBe(BigInt(result.cost.billedGpuMicroseconds));
        seen += tokens();
      }),
      { numRuns: 40 },
    );
    expect(seen).toBeGreaterThan(10_000);
  });

  it("continues from a saved state in the middle of it, to the byte", () => {
    fc.assert(
      fc.property(anyWorld, fc.integer({ min: 1, max: 1499 }), ({ faults, updates, pattern, seed, slotsPerGpu }, cut) => {
        const plan = planWith(faults, { updates, seed }, slotsPerGpu);
        const whole = simulate(plan, optionsOf(pattern));
        const first = createSimulation(plan, optionsOf(pattern));
        first.runTo(cut);
        expect(createSimulation(plan, optionsOf(pattern), first.save()).result()).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });
});

describe("a fault", () => {
  const pods = (faults: readonly FaultConfig[], rest: Partial<Plan> = {}) => simulate(planWith(faults, rest), optionsOf()).pods;
  const sentAt = (faults: readonly FaultConfig[]) =>
    simulate(planWith(faults), optionsOf()).decisions.map(({ timeSeconds, evidence }) => {
      const { sent, count } = evidence as unknown as {
        readonly count: number;
        readonly sent: { readonly ok: boolean; readonly ageSeconds?: number; readonly elements?: readonly { readonly value: number }[] };
      };
      return { timeSeconds, count, value: sent.elements?.[0]?.value, ageSeconds: sent.ageSeconds };
    });

  it("of stale metrics repeats the answers of its beginning, which grow older", () => {
    const well = sentAt([]);
    const stale = sentAt([{ kind: "metricsOutage", answer: "stale", fromSeconds: 300, toSeconds: 1200 }]);
    const during = stale.filter(({ timeSeconds }) => timeSeconds >= 300 && timeSeconds < 1200);
    expect(new Set(during.map(({ value }) => value)).size).toBe(1);
    expect(during.map(({ timeSeconds, ageSeconds }) => timeSeconds - (ageSeconds ?? 0))).toEqual(during.map(() => 300));
    expect(stale.filter(({ timeSeconds }) => timeSeconds >= 1200)).toEqual(well.filter(({ timeSeconds }) => timeSeconds >= 1200));
  });

  it("of late samples shows the world as it was", () => {
    const late = sentAt([{ kind: "prometheusLag", lagSeconds: 90, fromSeconds: 300, toSeconds: 1200 }]);
    const well = sentAt([]);
    const valueAt = (answers: typeof well, at: number) => answers.find(({ timeSeconds }) => timeSeconds === at)?.value;
    expect(valueAt(late, 540)).toBe(valueAt(well, 450));
    expect(late.find(({ timeSeconds }) => timeSeconds === 540)?.ageSeconds).toBe(90);
    expect(valueAt(late, 1260)).toBe(valueAt(well, 1260));
  });

  it("of the controller makes it forget", () => {
    const counts = sentAt([{ kind: "controllerRestart", atSeconds: 400 }]).map(({ count }) => count);
    expect(counts.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
  });

  it("of scrapes hides the pods from Prometheus, and nothing else", () => {
    const upOf = (share: number) => {
      const shares: number[] = [];
      const source: MetricSource = {
        series: () => undefined,
        answer: (_, { reader, nowSeconds }) => {
          const slices = reader.select([{ name: "__name__", op: "=", value: "vllm:num_requests_running" }], nowSeconds - 20, nowSeconds);
          if (nowSeconds >= 300 && nowSeconds < 900) shares.push(slices.filter(({ stale, to }) => stale[to - 1] === 0).length);
          return { ok: true, elements: [] };
        },
      };
      const fault: FaultConfig = { kind: "scrapeLoss", deployment: "chat", share, fromSeconds: 300, toSeconds: 900 };
      simulate(planWith([fault]), optionsOf([3], { metricSource: source }));
      return shares.reduce((sum, count) => sum + count, 0) / shares.length;
    };
    expect(upOf(1)).toBe(0);
    expect(upOf(0.5)).toBeGreaterThan(0.5);
    expect(upOf(0.5)).toBeLessThan(2.5);
  });

  it("of storage delays the pods that load meanwhile", () => {
    const crash: FaultConfig = { kind: "podCrash", deployment: "chat", podIndex: 0, atSeconds: 100 };
    const slow: FaultConfig = { kind: "slowStorage", factor: 5, fromSeconds: 0, toSeconds: 1500 };
    const loading = (faults: readonly FaultConfig[]) => {
      const stages = pods(faults).find(({ stages: [first] }) => first?.[0] === 100)?.stages ?? [];
      const [begin, end] = ["Loading", "WarmingUp"].map((name) => stages.find(([, stage]) => stage === name)?.[0] ?? Number.NaN);
      return (end ?? 0) - (begin ?? 0);
    };
    expect(loading([crash, slow])).toBeCloseTo(5 * loading([crash]), 6);
  });

  it("of a container is told as a restart of its pod, and no start as a restart", () => {
    const crash: FaultConfig = { kind: "containerRestart", deployment: "chat", podIndex: 0, atSeconds: 300 };
    const { pods: all } = simulate(planWith([crash, { ...crash, atSeconds: 500 }]), optionsOf([4]));
    const [restarted, ...others] = all.filter(({ restarts }) => restarts !== undefined);
    expect(others).toEqual([]);
    expect(restarted?.restarts?.map(([first]) => first)).toEqual([[300, "restart"], [500, "backOff"]]); // biome-ignore format: one row
    expect(all.filter(({ parts }) => parts !== undefined).length).toBeGreaterThan(0);
  });

  it("of memory kills the container with the most in flight", () => {
    const { pods: all } = simulate(planWith([{ kind: "oomKill", deployment: "chat", atSeconds: 700 }]), optionsOf());
    expect(all.filter(({ stages }) => stages.some(([at, stage]) => at === 700 && stage === "Interrupted"))).toHaveLength(1);
  });

  it("of traffic multiplies a stream in its window", () => {
    const arrived = (faults: readonly FaultConfig[]) => simulate(planWith(faults), optionsOf()).requests.arrived;
    const factor = arrived([{ kind: "trafficSurge", stream: "people", factor: 3, fromSeconds: 0, toSeconds: 1500 }]) / arrived([]);
    expect(Math.abs(factor - 3)).toBeLessThan(0.2);
  });
});

it("replicas that share a GPU cost half of what they cost alone, and take about twice as long for a token when both are busy", () => {
  const of = (slotsPerGpu: number) => simulate(planWith([], {}, slotsPerGpu), optionsOf([4]));
  const [alone, shared] = [of(1), of(2)];
  expect(shared.cost.ledger.find(({ nodePool }) => nodePool === "spot")?.slotsPerGpu).toBe(2);
  expect(shared.cost.billUsd).toBeLessThan(0.6 * alone.cost.billUsd);
  expect(shared.latency.tpot.p50Seconds).toBeGreaterThan(1.3 * (alone.latency.tpot.p50Seconds ?? 0));
  expect(shared.latency.tpot.p50Seconds).toBeLessThan(2.5 * (alone.latency.tpot.p50Seconds ?? 0));
});

it("a deletion cost by load lets a scale-down take the idlest replica", () => {
  const base = planWith([]);
  const byLoad = { ...base.cluster, deployments: base.cluster.deployments.map((own) => ({ ...own, isCostByLoad: true })) };
  const lifecycle = { ...(base.cluster.deployments[0] as (typeof base.cluster.deployments)[0]).lifecycle, onTerminate: "abort" as const };
  const cluster = { ...byLoad, deployments: byLoad.deployments.map((own) => ({ ...own, lifecycle })) };
  const random = { ...cluster, deployments: cluster.deployments.map(({ isCostByLoad: _, ...own }) => ({ ...own })) };
  const cutOff = (of: Plan["cluster"]) =>
    ["1", "2", "3", "4"].reduce((sum, seed) => sum + simulate({ ...base, cluster: of, seed }, optionsOf([3, 1])).cutOffAttempts, 0);
  expect(cutOff(cluster)).toBeLessThan(cutOff(random));
});

it("a rolling update with a surge loses nobody, one that may leave a gap keeps fewer replicas Ready", () => {
  const update = { atSeconds: 300, deployment, isNewImage: true };
  const ready = (maxSurge: number, maxUnavailable: number) => {
    const updates = [{ ...update, maxSurge: { pods: maxSurge }, maxUnavailable: { pods: maxUnavailable } }];
    const result = simulate(planWith([], { updates }), optionsOf());
    expect(result.lostRequests).toBe(0);
    expect(result.pods.filter(({ stages }) => stages.at(-1)?.[1] === "Ready")).toHaveLength(3);
    expect(result.pods).toHaveLength(6);
    return Math.min(...(result.deployments[0]?.ready ?? []).map(([, count]) => count));
  };
  expect(ready(1, 0)).toBe(3);
  expect(ready(0, 1)).toBe(2);
});
