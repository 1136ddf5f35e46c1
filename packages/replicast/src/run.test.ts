import { type DeploymentCapacity, definePolicy, type Fact, InputError, LimitError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { compare } from "./compare.ts";
import { memoryFiles } from "./files.ts";
import { type LoadedScenario, load } from "./load.ts";
import { type Progress, run } from "./run.ts";

/** Asks for as many replicas as its entry says. */
const count = definePolicy<{ replicas: number }, null>({
  id: "count",
  parseConfig: (raw) => ({ ok: true, config: { replicas: (raw as { replicas: number }).replicas } }),
  initialState: () => null,
  timers: () => [{ name: "check", periodSeconds: 60 }],
  needs: () => [],
  queries: () => [],
  decide: (_observation, state, { replicas }) => ({ state, decision: { desiredReplicas: replicas, reason: "Count", evidence: {} } }),
});

/** Computed once for all tests: they share model, mix and SLO. */
const cache = new Map<string, DeploymentCapacity>();

function scenario(extra = ""): Promise<LoadedScenario> {
  const text = `
replicast: 1
name: tiny
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: 4/s }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 2, min: 1 }]
policies: [{ name: one, kind: count, replicas: 1 }, { name: two, kind: count, replicas: 2 }]
slo: { ttft: "p(95)<1s" }
${extra}`;
  return load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: [count] });
}

describe("run", () => {
  it("runs the first policy unless another is named", async () => {
    expect(await run(await scenario(), undefined, { cache })).toMatchObject({ policy: "one", deployments: [{ replicasMax: 1 }] });
    expect(await run(await scenario(), "two", { cache })).toMatchObject({ policy: "two", deployments: [{ replicasMax: 2 }] });
  });

  it("computes the scenario's formulas and judges thresholds on them", async () => {
    const result = await run(
      await scenario(`
derive: { halfBill: cost.monthlyUsd / 2, withEgress: cost.monthlyUsd + costs.egress }
costs: { egress: 10 + 2.5 }
thresholds: { derive.withEgress: [">12.5", "<1"], costs.egress: "==12.5" }`),
      "one",
      { cache },
    );
    expect(result.derived).toEqual({ halfBill: result.cost.monthlyUsd / 2, withEgress: result.cost.monthlyUsd + 12.5 });
    expect(result.cost.extra).toEqual({ egress: 12.5 });
    expect(result.thresholds.map(({ passed }) => passed)).toEqual([true, false, true]);
    expect(result.thresholdsPassed).toBe(false);
  });

  it("gives the score the capacity it computed", async () => {
    const { deployments } = await run(await scenario(), "one", { cache });
    const [{ points }] = [...cache.values()] as [DeploymentCapacity];
    expect(deployments[0]?.capacityPerReplica).toEqual(points);
    expect(deployments[0]?.required.some(([, replicas]) => replicas > 0)).toBe(true);
  });

  it("takes a capacity as it is given", async () => {
    const work = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
    const capacity = [{ deployment: "chat", points: [{ replicas: 1, requestsPerSecond: 0.5 }], work }];
    const { deployments } = await run(await scenario(), "one", { capacity });
    // About 4 requests of equal work a second, at half a request each: 8 replicas, give or take the luck of a minute.
    const middle = deployments[0]?.required.filter(([seconds]) => seconds > 60 && seconds < 540) ?? [];
    for (const [, replicas] of middle) expect(Math.abs(replicas - 8)).toBeLessThanOrEqual(4);
  });

  it("refuses an unknown policy and says which there are", async () => {
    const error: unknown = await run(await scenario(), "tow", { cache }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).issues).toMatchObject([
      { code: "unknown_policy", data: { actual: "tow", nearest: expect.arrayContaining(["two"]) } },
    ]);
  });

  it("ends when the events do not suffice", async () => {
    await expect(run(await scenario(), "one", { cache, maxEvents: 100 })).rejects.toThrow(LimitError);
  });

  it("shows every fact to observers and reports each percent once", async () => {
    const facts: Fact[] = [];
    const shares: number[] = [];
    const onProgress = (progress: Progress): void => {
      if (progress.stage === "run") shares.push(progress.share);
    };
    const result = await run(await scenario(), "one", { cache, onProgress, observers: [(fact) => facts.push(fact)] });
    expect(facts.filter(({ kind }) => kind === "request-arrived")).toHaveLength(result.requests.arrived);
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
    expect(shares.length).toBeGreaterThan(50);
  });
});

describe("compare", () => {
  it("runs every policy on the same requests, in the scenario's order", async () => {
    const { runs, ranking } = await compare(await scenario(), { cache });
    expect(runs.map(({ policy }) => policy)).toEqual(["one", "two"]);
    expect(runs[1]?.requests.arrived).toBe(runs[0]?.requests.arrived);
    expect(runs[1]?.deployments[0]?.perMinute.arrivals).toEqual(runs[0]?.deployments[0]?.perMinute.arrivals);
    expect([...ranking].sort()).toEqual(["one", "two"]);
  });

  it("gives each policy the result it has alone, to the byte", async () => {
    const { runs } = await compare(await scenario(), { cache });
    expect(JSON.stringify(runs[1])).toBe(JSON.stringify(await run(await scenario(), "two", { cache })));
  });

  it("compares the policies asked for, and refuses others", async () => {
    expect((await compare(await scenario(), { cache, policies: ["two"] })).runs.map(({ policy }) => policy)).toEqual(["two"]);
    await expect(compare(await scenario(), { cache, policies: ["three"] })).rejects.toThrow(InputError);
  });
});
