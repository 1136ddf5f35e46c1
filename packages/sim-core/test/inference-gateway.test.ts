import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../src/scenario/plan.ts";
import type { FlowControlConfig, RoutingConfig, ServingConfig } from "../src/serving/config.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { buildReferenceReplica, NO_METRICS, type TinyDeployment, tinyPlan } from "../src/testing.ts";
import type { TrafficConfig } from "../src/traffic/config.ts";
import { World } from "../src/world/world.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

const stream = (name: string, perSecond: number): TrafficConfig => ({
  kind: "generator",
  name,
  deployment: "chat",
  arrivals: { kind: "gamma", rate: { kind: "constant", perSecond }, cv: 2 },
  lengths: {
    promptTokens: { kind: "logNormal", median: 400, sigma: 0.8 },
    outputTokens: { kind: "logNormal", median: 120, sigma: 0.7 },
  },
  surges: [],
});

const FLOW_CONTROL: FlowControlConfig = {
  queueDepthThreshold: 5,
  kvCacheThreshold: 0.8,
  metricsMaxAgeSeconds: 0.2,
  ttlSeconds: 60,
  noEndpointTtlSeconds: 60,
  fairness: "globalStrict",
  bands: [
    { priority: 10, maxQueued: UNLIMITED, flows: [{ name: "chat", stream: 0 }] },
    { priority: 0, maxQueued: UNLIMITED, flows: [{ name: "batch", stream: 1 }] },
  ],
};

const SCORERS: RoutingConfig = { kind: "inferenceGateway", weights: { queue: 2, kvCache: 2, prefix: 3 } };

interface Setup {
  readonly gateway: Partial<ServingConfig["gateway"]>;
  readonly deployment?: TinyDeployment;
  readonly perSecond?: readonly [number, number];
  readonly durationSeconds?: number;
  readonly plan?: Partial<Plan>;
}

const planOf = ({ gateway, deployment, perSecond = [6, 6], durationSeconds = 120, plan }: Setup): Plan => ({
  ...tinyPlan({
    durationSeconds,
    deployments: [
      { replicas: 3, engine: { maxSequences: 16, kvBlocks: 3000 }, ...deployment, gateway: { maxQueued: UNLIMITED, ...gateway } },
    ],
    nodePools: [{ name: "pool", maxNodes: 8 }],
    traffic: [stream("chat", perSecond[0]), stream("batch", perSecond[1])],
  }),
  ...plan,
});

const OPTIONS: SimulateOptions = { policy: "fixed", controllers: [], metricSource: NO_METRICS };

/** A world one can look into. */
const worldOf = (plan: Plan): World => {
  const world = new World(plan, {
    controllers: [],
    metricSource: NO_METRICS,
    openTrace: undefined,
    observers: [],
    workOf: () => 1,
    readSeries: new Set(),
    retentionSeconds: 60,
    maxEvents: UNLIMITED,
    buildReplica: undefined,
  });
  world.start();
  return world;
};

/** The most requests that ever waited at the engines, looked at every 10 ms, and how many waited at the gateway then and at most. */
const queuesOf = (plan: Plan): { engines: number; gateway: number } => {
  const world = worldOf(plan);
  const most = { engines: 0, gateway: 0 };
  for (let at = 0; at < plan.durationSeconds * 100; at++) {
    world.runTo(at / 100);
    most.engines = Math.max(most.engines, world.service.fleet.load(0, world.kernel.nowSeconds).waiting);
    most.gateway = Math.max(most.gateway, world.service.gateway(0).queueDepth);
  }
  world.runTo(plan.durationSeconds);
  world.finish();
  return most;
};

const OVERLOAD: Setup = { gateway: {}, perSecond: [30, 30], durationSeconds: 30 };

describe("flow control", () => {
  it("moves the queue from the engines to the gateway", () => {
    const without = queuesOf(planOf({ ...OVERLOAD, gateway: { routing: SCORERS, metricsRefreshSeconds: 0.05 } }));
    const with_ = queuesOf(planOf({ ...OVERLOAD, gateway: { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl: FLOW_CONTROL } }));
    expect(without.engines).toBeGreaterThan(150);
    expect(without.gateway).toBe(0);
    expect(with_.gateway).toBeGreaterThan(100);
    // 15 saturate the pool; until that shows, a dispatch a millisecond and a burst of arrivals may follow
    expect(with_.engines).toBeLessThanOrEqual(15 + 50 + 20);
  });

  it("keeps the engines' queues at the threshold when it sees them as they are", () => {
    const latency = { kind: "linear", stepSeconds: 0.02, perPromptTokenSeconds: 2e-5, perDecodeSequenceSeconds: 1e-4 } as const;
    const none = { perContextTokenSeconds: 0, perPromptTokenContextSeconds: 0, requestOverheadSeconds: 0 };
    const deployment = { latency: { ...latency, ...none }, engine: { maxSequences: 8, kvBlocks: 100_000 } };
    const gateway = { routing: "leastRequests", metricsRefreshSeconds: 0, flowControl: FLOW_CONTROL } as const;
    const { engines, gateway: atGateway } = queuesOf(planOf({ ...OVERLOAD, deployment, gateway }));
    expect(atGateway).toBeGreaterThan(50);
    expect(engines).toBeLessThanOrEqual(3 * FLOW_CONTROL.queueDepthThreshold);
    expect(engines).toBeGreaterThan(FLOW_CONTROL.queueDepthThreshold);
  });

  it("lets the higher priority pass, and the lower one wait", () => {
    const gateway = { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl: { ...FLOW_CONTROL, ttlSeconds: 8 } };
    const world = worldOf(planOf({ ...OVERLOAD, perSecond: [20, 40], gateway }));
    world.runTo(30);
    const [chat, batch] = world.service.gateway(0).flows?.outcomes ?? [];
    expect(chat?.[0]).toBeGreaterThan(100);
    expect(chat?.[3]).toBe(0);
    expect(batch?.[3]).toBeGreaterThan(50);
  });

  it("accounts for every attempt: sent, refused, given up or still waiting", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 80 }),
        fc.constantFrom(0, 0.05, 0.5),
        fc.constantFrom(5, UNLIMITED),
        fc.constantFrom(3, UNLIMITED),
        (rate, metricsRefreshSeconds, ttlSeconds, maxInFlightPerReplica) => {
          const bands = FLOW_CONTROL.bands.map((band) => ({ ...band, maxQueued: 30 }));
          const flowControl = { ...FLOW_CONTROL, bands, ttlSeconds, noEndpointTtlSeconds: ttlSeconds, metricsMaxAgeSeconds: 1 };
          const deployment = { client: { timeoutSeconds: 9, patienceSeconds: 7, maxRetries: 1 } };
          const gateway = { routing: SCORERS, metricsRefreshSeconds, flowControl, maxInFlightPerReplica };
          const world = worldOf(planOf({ gateway, deployment, perSecond: [rate, 3], durationSeconds: 30 }));
          world.runTo(30);
          const door = world.service.gateway(0);
          const ended = door.flows?.outcomes.flat().reduce((sum, count) => sum + count, 0) ?? 0;
          expect(ended + door.queueDepth).toBe(door.arrivals);
          // which checks that requests and attempts conserve
          world.finish();
        },
      ),
      { numRuns: 15 },
    );
  });

  it("keeps requests through a cold start, then gives them a whole time to live to be sent", () => {
    const flowControl = { ...FLOW_CONTROL, ttlSeconds: 20, noEndpointTtlSeconds: 600 };
    const gateway = { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl };
    // the only container fails early and is back after about 50 s
    const fault = { kind: "containerRestart", atSeconds: 10, deployment: "chat", podIndex: 0 } as const;
    const setup = { gateway, deployment: { replicas: 1 }, perSecond: [1, 0.2], durationSeconds: 150, plan: { faults: [fault] } } as const;
    const outcomesOf = (plan: Plan): readonly number[] => {
      const world = worldOf(plan);
      world.runTo(150);
      return world.service.gateway(0).flows?.outcomes[0] ?? [];
    };
    const patient = outcomesOf(planOf(setup));
    expect(patient.slice(1)).toEqual([0, 0, 0, 0, 0]);
    const impatient = outcomesOf(planOf({ ...setup, gateway: { ...gateway, flowControl: { ...flowControl, noEndpointTtlSeconds: 20 } } }));
    expect(impatient[4]).toBeGreaterThan(10);
    expect(impatient[3]).toBe(0);
  });
});

describe("stale metrics", () => {
  /** Mean time to first token at about two thirds of what the replicas carry. */
  const ttft = (routing: RoutingConfig, metricsRefreshSeconds?: number): number => {
    const period = metricsRefreshSeconds === undefined ? {} : { metricsRefreshSeconds };
    const plan = planOf({
      gateway: { routing, ...period },
      deployment: { replicas: 6 },
      perSecond: [35, 20],
      durationSeconds: 200,
    });
    return simulate(plan, OPTIONS).latency.ttft.meanSeconds as number;
  };

  it.each(["leastKvCache", SCORERS] as const)("make a picker herd: the older they are, the longer requests wait (%j)", (routing) => {
    const [fresh, stale, old] = [ttft(routing, 0.05), ttft(routing, 2), ttft(routing, 10)] as const;
    expect(stale).toBeGreaterThan(1.2 * fresh);
    expect(old).toBeGreaterThan(1.2 * stale);
  });

  it("that are old enough do worse than no metrics at all", () => {
    expect(ttft("leastKvCache", 10)).toBeGreaterThan(2 * ttft("roundRobin"));
    expect(ttft("roundRobin")).toBeGreaterThan(ttft("leastRequests"));
  });
});

describe("a run behind any gateway", () => {
  const routings: readonly Partial<ServingConfig["gateway"]>[] = [
    { routing: "roundRobin" },
    { routing: "random", maxInFlightPerReplica: 8 },
    { routing: "powerOfTwo" },
    { routing: "leastKvCache", metricsRefreshSeconds: 0.05 },
    { routing: "sessionAffinity" },
    { routing: { kind: "prefixAffinity", loadFactor: 1.25 } },
    { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl: { ...FLOW_CONTROL, ttlSeconds: 6, noEndpointTtlSeconds: 9 } },
    { routing: SCORERS, metricsRefreshSeconds: 0, flowControl: { ...FLOW_CONTROL, fairness: "roundRobin" } },
  ];
  const busy = (gateway: Partial<ServingConfig["gateway"]>, durationSeconds = 90): Plan =>
    planOf({
      gateway,
      durationSeconds,
      perSecond: [20, 12],
      deployment: {
        replicas: 2,
        client: { timeoutSeconds: 12, maxRetries: 1 },
        lifecycle: { loadSeconds: { kind: "constant", value: 5 } },
      },
      plan: { faults: [{ kind: "containerRestart", atSeconds: 30, deployment: "chat", podIndex: 0 }] },
    });

  it.each(routings.map((gateway) => [JSON.stringify(gateway.routing), gateway] as const))(
    "continues to the same bytes when it is saved at any moment: %s",
    (_, gateway) => {
      const whole = JSON.stringify(simulate(busy(gateway), OPTIONS));
      fc.assert(
        fc.property(fc.array(fc.double({ min: 0, max: 90, noNaN: true }), { minLength: 1, maxLength: 2 }), (moments) => {
          let simulation = createSimulation(busy(gateway), OPTIONS);
          for (const moment of moments.sort((a, b) => a - b)) {
            simulation.runTo(moment);
            simulation = createSimulation(busy(gateway), OPTIONS, simulation.save());
          }
          expect(JSON.stringify(simulation.result())).toBe(whole);
        }),
        { numRuns: 6 },
      );
    },
  );

  it("comes out the same on the step-by-step reference engine", () => {
    const gateway = { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl: FLOW_CONTROL };
    const fast = simulate(busy(gateway, 60), OPTIONS);
    const reference = simulate(busy(gateway, 60), { ...OPTIONS, buildReplica: buildReferenceReplica });
    expect({ ...fast, engine: { ...fast.engine, events: 0 } }).toEqual({ ...reference, engine: { ...reference.engine, events: 0 } });
  });

  it("is not changed by being scraped more often", () => {
    const gateway = { routing: SCORERS, metricsRefreshSeconds: 0.05, flowControl: FLOW_CONTROL };
    const plan = busy(gateway);
    const often = simulate({ ...plan, metrics: { ...plan.metrics, scrapeIntervalSeconds: 0.3 } }, OPTIONS);
    expect(often.latency).toEqual(simulate(plan, OPTIONS).latency);
  });
});
