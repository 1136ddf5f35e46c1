import type { CapacityTable, DeploymentCapacity } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { idle } from "../test/idle-policy.ts";
import { capacity } from "./capacity.ts";
import { memoryFiles } from "./files.ts";
import { type LoadedScenario, load } from "./load.ts";

interface Changes {
  readonly slo?: string;
  readonly model?: string;
  readonly engine?: string;
  readonly lengths?: string;
  readonly nodes?: number;
  readonly seed?: number;
}

/** One model on up to `nodes` nodes of one GPU. */
function scenario(changes: Changes = {}): Promise<LoadedScenario> {
  const { slo = '{ ttft: "p(95)<1s", tpot: "p(95)<60ms" }', model = "llama-3.1-8b_l40s_tp1", engine = "{}" } = changes;
  const { lengths = "azure-conversation-2023", nodes = 1, seed = 1 } = changes;
  const text = `
replicast: 1
name: tiny
duration: 1h
seed: ${seed}
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: ${lengths} }]
deployments: [{ name: chat, model: ${model}, engine: ${engine}, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: ${nodes} }]
policies: [{ name: idle, kind: idle }]
slo: ${slo}
`;
  return load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: [idle] });
}

const rates = (table: CapacityTable): readonly number[] =>
  table.flatMap(({ points }) => points.map(({ requestsPerSecond }) => requestsPerSecond));

/** P(wait ≤ x) of the queue M/D/1 in units of the service time. @see Erlang, "The theory of probabilities and telephone conversations", 1909 */
function waitAtMost(utilization: number, x: number): number {
  let sum = 0;
  let factorial = 1;
  for (let k = 0; k <= Math.floor(x); k++) {
    factorial *= Math.max(1, k);
    const z = utilization * (k - x);
    sum += (z ** k / factorial) * Math.exp(-z);
  }
  return (1 - utilization) * sum;
}

describe("capacity", () => {
  it("is searched for ever more replicas until pooling gains no more, however many nodes there may be", async () => {
    const steps = "{ kind: curve, points: [[1, 100ms]] }";
    const model = `{ shape: { name: classifier, parameters: 4e8 }, gpu: L40S, latency: ${steps} }`;
    const engine = "{ batching: dynamic, dynamic: { maxBatchSize: 1 } }";
    const lengths = "{ prompt: 1, output: 1 }";
    const [table] = capacity(await scenario({ model, engine, lengths, slo: '{ e2e: "p(90)<1s" }', nodes: 10_000 }));
    const replicas = table?.points.map((point) => point.replicas) ?? [];
    expect(replicas.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(replicas.length).toBeLessThan(10);
  });

  it("is that of M/D/1 for a server that takes one request at a time", async () => {
    const oneStep =
      "{ shape: llama-3.1-8b, gpu: L40S, latency: { kind: linear, stepSeconds: 0.1, perPromptTokenSeconds: 0, perDecodeSequenceSeconds: 0, perContextTokenSeconds: 0, perPromptTokenContextSeconds: 0, requestOverheadSeconds: 0 } }";
    const loaded = await scenario({
      model: oneStep,
      engine: "{ maxSequences: 1 }",
      lengths: "{ prompt: 1, output: 1 }",
      slo: '{ ttft: "p(90)<400ms" }',
    });
    let [low, high] = [0, 1];
    for (let i = 0; i < 50; i++) {
      const middle = (low + high) / 2;
      if (waitAtMost(middle, 3) >= 0.9) low = middle;
      else high = middle;
    }
    const [requestsPerSecond] = rates(capacity(loaded));
    expect(Math.abs((requestsPerSecond as number) * 0.1 - low) / low).toBeLessThan(0.04);
  });

  it("is found for 1, 2, 4 … replicas and the most that the node pools hold, and grows as replicas share the load", async () => {
    const table = capacity(await scenario({ nodes: 3 }));
    expect(table[0]?.points.map(({ replicas }) => replicas)).toEqual([1, 2, 3]);
    const [one, two, three] = rates(table) as [number, number, number];
    expect(one).toBeGreaterThan(1);
    expect(two).toBeGreaterThan(one * 0.99);
    expect(three).toBeGreaterThan(two * 0.99);
  });

  it("does not take a large fleet that fills with long answers for one whose backlog grows", async () => {
    const perReplica = rates(capacity(await scenario({ slo: '{ ttft: "p(95)<2s", tpot: "p(95)<100ms" }', nodes: 32 })));
    expect(perReplica).toHaveLength(6);
    expect(perReplica[5]).toBeGreaterThan((perReplica[3] as number) * 0.98);
  });

  it("falls with a stricter objective", async () => {
    const [loose] = rates(capacity(await scenario({ slo: '{ ttft: "p(95)<1s" }' })));
    const [strict] = rates(capacity(await scenario({ slo: '{ ttft: "p(95)<750ms" }' })));
    expect(strict).toBeLessThan(loose as number);
    expect(strict).toBeGreaterThan(0);
  });

  it("is zero for any number of replicas when an idle replica misses an objective", async () => {
    const [chat] = capacity(await scenario({ slo: '{ tpot: "p(95)<1ms" }', nodes: 8 }));
    expect(chat?.points).toEqual([1, 2, 4, 8].map((replicas) => ({ replicas, requestsPerSecond: 0 })));
  });

  it("does not depend on the seed of the scenario, and is computed once for all that share it", async () => {
    const cache = new Map<string, DeploymentCapacity>();
    let trials = 0;
    const options = {
      cache,
      onProgress: () => {
        trials++;
      },
    };
    const first = capacity(await scenario(), options);
    const after = trials;
    expect(after).toBeGreaterThan(2);
    expect(capacity(await scenario({ seed: 2 }), options)).toEqual(first);
    expect(trials).toBe(after);
    capacity(await scenario({ slo: '{ ttft: "p(95)<900ms" }' }), options);
    expect(trials).toBeGreaterThan(after);
    expect(capacity(await scenario({ seed: 2 }))).toEqual(first);
  });

  it("shows its trials to observers, which may end the search", async () => {
    const loaded = await scenario();
    const stop = (): never => {
      throw new Error("time is up");
    };
    expect(() => capacity(loaded, { observers: [stop] })).toThrow("time is up");
  });
});

describe("clients that wait", () => {
  it("have the capacity of the requests they send: without a prefix cache conversations weigh more than their turns", async () => {
    const of = async (traffic: string): Promise<number> => {
      const text = `
replicast: 1
name: tiny
duration: 10m
traffic: [${traffic}]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, engine: { prefixCaching: false }, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 1 }]
policies: [{ name: idle, kind: idle }]
slo: { ttft: "p(95)<2s" }
`;
      return rates(capacity(await load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: [idle] })))[0] as number;
    };
    const lengths = "lengths: { prompt: 300, output: 60 }";
    const alone = await of(`{ users: 9, think: 10s, ${lengths} }`);
    expect(alone).toBe(await of(`{ arrivals: { kind: poisson, rate: 1/s }, ${lengths} }`));
    const talking = await of(`{ users: 9, think: 10s, ${lengths}, sessions: { turns: 8 } }`);
    expect(talking).toBeGreaterThan(0);
    expect(talking).toBeLessThan(0.6 * alone);
  });
});
