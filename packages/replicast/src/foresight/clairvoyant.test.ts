import { type CapacityTable, type Plan, simulate } from "@replicast/sim-core";
import { NO_METRICS, tinyPlan } from "@replicast/sim-core/testing";
import { describe, expect, it } from "vitest";
import { clairvoyant, searchFactor } from "./clairvoyant.ts";
import { Demand } from "./demand.ts";
import { fleetOf } from "./fleet-problem.ts";
import { withInstantStarts } from "./instant-starts.ts";

describe("the search for a load factor", () => {
  const factors = (isMet: (factor: number) => boolean, trials = 20): readonly number[] => {
    const tried: number[] = [];
    searchFactor(trials, (factor) => {
      tried.push(factor);
      return { isMet: isMet(factor), isNew: true };
    });
    return tried;
  };

  it("goes down from the load as it is while the SLO is met, then closes in on the last that meets it", () => {
    const tried = factors((factor) => factor >= 0.7);
    expect(tried.slice(0, 2)).toEqual([1, 1 / 1.2]);
    const met = Math.min(...tried.filter((factor) => factor >= 0.7));
    expect(met / 0.7).toBeLessThan(1.02);
  });

  it("goes up when the load as it is does not meet it", () => {
    const tried = factors((factor) => factor >= 1.5);
    expect(Math.min(...tried.filter((factor) => factor >= 1.5)) / 1.5).toBeLessThan(1.02);
  });

  it("ends after its trials, and where no factor meets the SLO, or every one does", () => {
    expect(factors((factor) => factor >= 0.7, 3)).toHaveLength(3);
    expect(Math.max(...factors(() => false))).toBeLessThanOrEqual(4);
    expect(Math.min(...factors(() => true))).toBeGreaterThanOrEqual(0.1);
  });
});

/** An hour with a peak in its middle; one replica carries 10 requests/s. */
const CAPACITY: CapacityTable = [
  {
    deployment: "chat",
    points: [{ replicas: 1, requestsPerSecond: 10 }],
    work: { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 },
  },
];

function peak(): Plan {
  const constant = (value: number) => ({ kind: "constant", value }) as const;
  const some = (median: number) => ({ kind: "logNormal", median, sigma: 0.4 }) as const;
  const points = [
    [0, 3],
    [1200, 3],
    [1500, 25],
    [2100, 25],
    [2400, 3],
    [3600, 3],
  ] as const;
  return tinyPlan({
    slo: { objectives: [{ metric: "ttft", thresholdSeconds: 1, target: 0.95 }], loadWindowSeconds: 60 },
    deployments: [
      { engine: { maxSequences: 8 }, client: { timeoutSeconds: 60 }, lifecycle: { loadSeconds: some(60), pullSeconds: some(20) } },
    ],
    nodePools: [
      {
        name: "pool",
        minNodes: 0,
        maxNodes: 8,
        provisionSeconds: some(120),
        scaleDownUnneededSeconds: 120,
        scaleDownDelayAfterAddSeconds: 60,
      },
    ],
    traffic: [
      {
        kind: "generator",
        name: "all",
        deployment: "chat",
        arrivals: { kind: "poisson", rate: { kind: "points", points } },
        lengths: { promptTokens: constant(200), outputTokens: constant(100) },
        surges: [],
      },
    ],
  });
}

function search(plan: Plan, trials: number): ReturnType<typeof clairvoyant> {
  const demand = new Demand(plan, CAPACITY);
  simulate(plan, { policy: "none", controllers: [], metricSource: NO_METRICS, observers: [demand.observe] });
  const scenario = { openTrace: () => ({ read: () => "" }) };
  return clairvoyant({
    scenario,
    plan,
    table: CAPACITY,
    demand,
    slotSeconds: 60,
    trials,
    observers: [],
    maxEvents: undefined,
    onTrial: () => undefined,
  });
}

/** One search for all tests that look at its outcome. */
const KNOWN = search(peak(), 5);

describe("the clairvoyant", () => {
  it("meets the SLO through a peak it has seen coming, with replicas ready when it begins", () => {
    const found = KNOWN;
    expect(found.sloMet).toBe(true);
    const [schedule] = found.schedules;
    const asked = schedule?.steps.find(([, replicas]) => replicas > 1)?.[0] ?? 0;
    // Starts take minutes: it asks well before the load rises at 1,200 s has doubled.
    expect(asked).toBeLessThan(1400);
    expect(schedule?.steps.at(-1)?.[1]).toBe(1);
    expect(schedule?.shortSeconds).toBe(0);
  });

  it("pays less when replicas are there at once", () => {
    const instant = search(withInstantStarts(peak()), 4);
    expect(instant.sloMet).toBe(true);
    expect(instant.monthlyMicroUsd).toBeLessThan(KNOWN.monthlyMicroUsd);
  });

  it("finds no worse schedule with more trials", () => {
    const few = search(peak(), 1);
    if (few.sloMet) expect(KNOWN.monthlyMicroUsd).toBeLessThanOrEqual(few.monthlyMicroUsd);
    expect(KNOWN.sloMet || !few.sloMet).toBe(true);
    expect(few.trials).toBe(1);
  });
});

describe("a fleet", () => {
  const cluster = (pool: object, deployment: object = {}) => {
    const plan = tinyPlan({
      deployments: [{ replicas: 3, ...deployment }],
      nodePools: [{ name: "pool", gpusPerNode: 8, maxNodes: 5, ...pool }],
    });
    return fleetOf(plan.cluster, "chat", 60);
  };

  it("is counted in nodes where several replicas share one", () => {
    const fleet = cluster({}, { gpusPerReplica: 2 });
    expect(fleet).toMatchObject({ replicasPerUnit: 4, replicasMax: 20, problem: { initial: 1, maximum: 5 } });
  });

  it("pays for starts until the replica can be reached, and after it for the node that stands empty", () => {
    const fleet = cluster({ scaleDownUnneededSeconds: 300, terminationSeconds: 30, scanIntervalSeconds: 10 });
    expect(fleet.problem.stopCost).toBe(330_000);
    expect(fleet.problem.startCost).toBe(Math.round((fleet.coldStartSeconds - 5) * 1000));
  });

  it("keeps what has started for as long as it is paid for, where that is more than starting and stopping", () => {
    const hourly = cluster({ minimumBillingSeconds: 3600, scaleDownUnneededSeconds: 0, terminationSeconds: 0 });
    const used = 3600 - (hourly.problem.startCost + hourly.problem.stopCost) / 1000;
    expect(hourly.problem.minimumSlots).toBe(Math.ceil(used / 60));
    expect(cluster({ minimumBillingSeconds: 60, scaleDownUnneededSeconds: 600 }).problem.minimumSlots).toBe(1);
  });

  it("has the smallest size of its pool and its commitments in any case", () => {
    expect(cluster({ minNodes: 2 }).unitsPaid).toBe(2);
    expect(cluster({ minNodes: 1, commitment: { nodes: 3, pricePerGpuHourUsd: 1 } }).unitsPaid).toBe(3);
  });
});
