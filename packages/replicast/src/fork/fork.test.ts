import { builtinPolicies } from "@replicast/policies";
import { InputError } from "@replicast/sim-core";
import { beforeAll, describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { type LoadedScenario, load } from "../load.ts";
import { run } from "../run.ts";
import { forkAt, forkEvery } from "./fork.ts";

/** Two replicas are needed from 09:05 on, but the calendar asks for the second one at 09:08 only, and for none at 09:15. */
const text = `
replicast: 1
name: forked
start: 2026-03-02T09:00:00
duration: 20m
seed: 2
traffic: [{ deployment: app, arrivals: { kind: poisson, rate: { points: [[0s, 4/s], [299s, 4/s], [300s, 14/s]] } }, lengths: { prompt: 1, output: 1 } }]
deployments:
  - name: app
    replicas: 1
    model: { shape: { name: classifier, parameters: 4e8 }, gpu: L4, latency: { kind: curve, points: [[1, 100ms]] } }
    engine: { batching: dynamic, dynamic: { maxBatchSize: 1 }, warmUp: { factor: 1 } }
    gateway: { maxInFlightPerReplica: 1, maxQueued: unlimited, queueTimeout: never }
    client: { timeout: never, retries: 0 }
    startup: { schedule: 0s, pull: 0s, container: 0s, load: 10s, compile: 0s, capture: 0s, warmUp: 0s }
  - { name: other, replicas: 1, model: llama-3.1-8b_l40s_tp1 }
nodePools:
  - { name: l4, gpu: L4, gpusPerNode: 1, pricePerGpuHour: 0.8, max: 4, provision: 0s, scaleDownUnneeded: 60s, scaleDownDelayAfterAdd: 0s }
  - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 1 }
policies:
  - name: calendar
    deployments: { app: { kind: schedule, timeZone: UTC, replicas: 1, windows: [{ from: "09:08", to: "09:15", replicas: 2 }] } }
  - { name: both, deployments: { app: { kind: fixed, replicas: 1 }, other: { kind: fixed, replicas: 1 } } }
slo: { e2e: "p(95)<1s" }
`;
const work = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
const capacity = [{ deployment: "app", points: [{ replicas: 1, requestsPerSecond: 8 }], work }];
const MORE = { replicas: 1, isRelative: true };

let loaded: LoadedScenario;
beforeAll(async () => {
  loaded = await load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: builtinPolicies });
});

describe("a fork of time", () => {
  it("leaves the future as it was when the other decision is the same", async () => {
    const { base, fork, value } = await forkAt(loaded, { atSeconds: 300 }, { change: { replicas: 1, isRelative: false }, capacity });
    expect(base).toEqual(await run(loaded, "calendar", { capacity }));
    // but for the decision itself, and what is said of it
    const { decisions: _ours, blame: _blame, ...rest } = base;
    expect({ ...fork, policy: "calendar" }).toMatchObject(rest);
    expect(value).toEqual({ billUsd: 0, monthlyUsd: 0, violations: 0, violationMinutes: 0 });
  });

  it("says what one more replica in time was worth, in dollars and requests", async () => {
    const options = { change: MORE, holdSeconds: 180, capacity };
    const { atSeconds, decidedReplicas, forkedReplicas, value, base, fork } = await forkAt(loaded, { atSeconds: 290 }, options);
    expect({ atSeconds, decidedReplicas, forkedReplicas }).toEqual({ atSeconds: 300, decidedReplicas: 1, forkedReplicas: 2 });
    expect(value.violations).toBe(base.slo.violations - fork.slo.violations);
    // three minutes of 14 a second instead of 10: all who came then, and all who stood in their queue
    expect(value.violations).toBeGreaterThan(1500);
    // the replica is there for three minutes longer
    expect(-value.billUsd).toBeGreaterThan(0.9 * 0.05 * 0.8);
    expect(-value.billUsd).toBeLessThan(1.1 * 0.05 * 0.8);
  });

  it("shares everything before the fork", async () => {
    const { base, fork } = await forkAt(loaded, { atSeconds: 600 }, { change: MORE, capacity });
    const before = (decisions: typeof base.decisions) => decisions.filter(({ timeSeconds }) => timeSeconds < 600);
    expect(before(fork.decisions)).toEqual(before(base.decisions));
    expect(fork.deployments[0]?.perMinute.arrivals).toEqual(base.deployments[0]?.perMinute.arrivals);
    expect(fork.decisions.find(({ timeSeconds }) => timeSeconds === 600)).toMatchObject({
      desiredReplicas: 3,
      reason: "ForkedDecision",
      evidence: { decidedReplicas: 2 },
    });
  });

  it("lets the policy's next decision undo it, unless it is held", async () => {
    const asked = async (holdSeconds: number): Promise<number> => {
      const { fork } = await forkAt(loaded, { atSeconds: 300 }, { change: MORE, holdSeconds, capacity });
      return fork.decisions.filter(({ timeSeconds, desiredReplicas }) => timeSeconds >= 300 && timeSeconds < 400 && desiredReplicas === 2)
        .length;
    };
    expect(await asked(0)).toBe(1);
    // the calendar is looked at each minute
    expect(await asked(90)).toBe(2);
  });

  it("can take a decision by its number", async () => {
    const { base } = await forkAt(loaded, { decision: 0 }, { change: MORE, capacity });
    const { atSeconds } = await forkAt(loaded, { decision: 4 }, { change: MORE, capacity });
    expect(atSeconds).toBe(base.decisions[4]?.timeSeconds);
  });

  it("goes through all decisions that changed the count", async () => {
    const { forks } = await forkEvery(loaded, { change: { replicas: 2, isRelative: false }, holdSeconds: 300, capacity });
    expect(forks.map(({ specReplicas, decidedReplicas, forkedReplicas }) => [specReplicas, decidedReplicas, forkedReplicas])).toEqual([
      [1, 2, 2],
      [2, 1, 2],
    ]);
    const [up, down] = forks;
    expect(up?.value.violations).toBe(0);
    expect(down?.value.violations).toBeGreaterThan(1000);
    const alone = await forkAt(
      loaded,
      { atSeconds: down?.atSeconds ?? 0 },
      { change: { replicas: 2, isRelative: false }, holdSeconds: 300, capacity },
    );
    expect(alone.value).toEqual(down?.value);
  });

  it.each([
    { place: { atSeconds: 1e6 }, options: {}, code: "fork_no_decision" },
    { place: { decision: 100_000 }, options: {}, code: "fork_no_decision" },
    { place: { atSeconds: 0 }, options: { deployment: "other" }, code: "fork_not_scaled" },
    { place: { atSeconds: 0 }, options: { deployment: "nobody" }, code: "unknown_deployment_option" },
    { place: { atSeconds: 0 }, options: { policy: "both" }, code: "fork_which_deployment" },
    { place: { atSeconds: 0 }, options: { policy: "nothing" }, code: "unknown_policy" },
  ])("refuses what it cannot fork: $code", async ({ place, options, code }) => {
    const refused = forkAt(loaded, place, { ...options, change: MORE, capacity });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toMatchObject({ issues: [{ code }] });
  });
});
