import { builtinPolicies } from "@replicast/policies";
import { type DeploymentCapacity, simulate } from "@replicast/sim-core";
import { NO_METRICS, tinyPlan } from "@replicast/sim-core/testing";
import { describe, expect, it } from "vitest";
import { compare } from "../src/compare.ts";
import { memoryFiles } from "../src/files.ts";
import { type LoadedScenario, load } from "../src/load.ts";
import { run } from "../src/run.ts";
import { estimate } from "../src/statistics/estimate.ts";
import { type ReplicationJob, replicationSeed, runReplication } from "../src/statistics/replication.ts";

const TEXT = `
replicast: 1
name: tiny
duration: 20m
traffic: [{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, startup: { pull: { min: 5s, max: 60s }, load: 20s, warmUp: 5s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 4, min: 0, provision: { min: 20s, max: 200s } }]
policies: [{ name: one, kind: fixed, replicas: 1 }, { name: two, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<1s" }
derive: { perHour: cost.billUsd / cost.runHours }
`;

const scenario = (seed?: string): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    files: memoryFiles({ "scenario.yaml": TEXT }),
    policies: builtinPolicies,
    ...(seed === undefined ? {} : { seed }),
  });
const cache = new Map<string, DeploymentCapacity>();

describe("a replicated comparison", () => {
  it("is the plain one with statistics beside it, and a verdict of all replications", async () => {
    const plain = await compare(await scenario(), { cache });
    const { statistics, verdict, ...rest } = await compare(await scenario(), { cache, replications: 4 });
    const { verdict: _ofOne, ...others } = plain;
    expect(JSON.stringify(rest)).toBe(JSON.stringify(others));
    expect(statistics).toMatchObject({ schema: "replicast/statistics/v1", replications: 4, confidence: 0.95 });
    expect(verdict).toMatch(/^one meets the SLO in 4 of 4 replications and costs .* a month; two, .* more \(95% intervals\)\.$/);
  });

  it("has in its replications what a plain run with that seed says", async () => {
    const { statistics } = await compare(await scenario(), { cache, replications: 3 });
    const alone = await run(await scenario("1~2"), "two", { cache });
    expect(statistics?.seeds[2]).toBe("1~2");
    expect(statistics?.policies[1]?.measures.monthlyUsd.values[2]).toBe(alone.cost.monthlyUsd);
    expect(statistics?.policies[1]?.measures.attainment.values[2]).toBe(alone.slo.attainment);
    expect(statistics?.policies[1]?.measures.violations.values[2]).toBe(alone.slo.violations);
  });

  it("can be made elsewhere, from jobs that are plain data, and is the same", async () => {
    const elsewhere = await scenario();
    const runAll = async (jobs: readonly ReplicationJob[]) => {
      const sent = JSON.parse(JSON.stringify(jobs)) as ReplicationJob[];
      const outcomes = await Promise.all(sent.reverse().map((job) => runReplication(elsewhere, job)));
      return JSON.parse(JSON.stringify(outcomes)) as typeof outcomes;
    };
    const options = { cache, replications: 4, warmUp: 300 };
    const here = await compare(await scenario(), options);
    expect(JSON.stringify(await compare(await scenario(), { ...options, runAll }))).toBe(JSON.stringify(here));
  });

  it("counts arrivals and violations of all minutes as the score does", async () => {
    const whole = await compare(await scenario(), { cache, replications: 2 });
    const minutes = await compare(await scenario(), { cache, replications: 2, warmUp: 0 });
    const violations = (result: typeof whole) => result.statistics?.policies.map(({ measures }) => measures.violations.values);
    expect(violations(minutes)).toEqual(violations(whole));
  });
});

/** A service takes a second, one at a time; half of the time the server is busy. */
const SERVICE_SECONDS = 1;
const ARRIVALS_PER_SECOND = 0.5;
/** @see Pollaczek and Khinchine: ρ / (2 μ (1 − ρ)) for constant services */
const MEAN_WAIT_SECONDS = 0.5;
const EXPERIMENTS = 40;
const REPLICATIONS = 6;

function simulatedWait(seed: string): number {
  const plan = tinyPlan({
    seed,
    durationSeconds: 3000,
    nodePools: [{ name: "pool", maxNodes: 1 }],
    deployments: [
      {
        replicas: 1,
        latency: {
          kind: "linear",
          stepSeconds: 0,
          perPromptTokenSeconds: SERVICE_SECONDS / 1000,
          perDecodeSequenceSeconds: 0,
          perContextTokenSeconds: 0,
          perPromptTokenContextSeconds: 0,
          requestOverheadSeconds: 0,
        },
        engine: { maxSequences: 1, maxBatchedTokens: 1_000_000, kvBlocks: 1_000_000, maxModelTokens: 1_000_000 },
        gateway: { maxInFlightPerReplica: Number.POSITIVE_INFINITY, maxQueued: Number.POSITIVE_INFINITY },
      },
    ],
    traffic: [
      {
        kind: "generator",
        name: "load",
        deployment: "chat",
        arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: ARRIVALS_PER_SECOND } },
        lengths: { promptTokens: { kind: "constant", value: 1000 }, outputTokens: { kind: "constant", value: 1 } },
        surges: [],
      },
    ],
  });
  return simulate(plan, { policy: "fixed", controllers: [], metricSource: NO_METRICS }).latency.queue.meanSeconds as number;
}

it("has 95 % intervals of the engine's own runs that cover the known mean wait of M/D/1 in 36 to 40 of 40 experiments", () => {
  const covered = Array.from({ length: EXPERIMENTS }, (_, experiment) => {
    const values = Array.from({ length: REPLICATIONS }, (_, replication) => simulatedWait(replicationSeed(`x${experiment}`, replication)));
    const { low, high } = estimate(values, 0.95);
    return low <= MEAN_WAIT_SECONDS && MEAN_WAIT_SECONDS <= high;
  }).filter(Boolean).length;
  expect(covered).toBeGreaterThanOrEqual(36);
}, 60_000);
