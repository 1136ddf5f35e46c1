import { describe, expect, it } from "vitest";
import type { BatchingConfig, LatencyConfig } from "../src/serving/config.ts";
import { simulate } from "../src/simulate.ts";
import { NO_METRICS, tinyPlan } from "../src/testing.ts";

const SEEDS = 8;
/** Seconds of a batch: a constant and a share per request. */
const BASE = 0.5;
const PER_REQUEST = 0.125;
const MAX_BATCH = 64;
const batchSeconds = (size: number): number => BASE + PER_REQUEST * size;
const LATENCY: LatencyConfig = {
  kind: "curve",
  points: [
    [1, batchSeconds(1)],
    [MAX_BATCH, batchSeconds(MAX_BATCH)],
  ],
  requestOverheadSeconds: 0,
};

function dynamic(maxBatchSize: number, more: Partial<Extract<BatchingConfig, { kind: "dynamic" }>> = {}): BatchingConfig {
  return {
    kind: "dynamic",
    maxBatchSize,
    preferredSizes: [maxBatchSize],
    maxQueueDelaySeconds: 0,
    instances: 1,
    maxQueueSize: Number.POSITIVE_INFINITY,
    queueTimeoutSeconds: Number.POSITIVE_INFINITY,
    timeoutAction: "reject",
    ...more,
  };
}

function runs(batching: BatchingConfig, perSecond: number, durationSeconds: number, outputTokens = 1) {
  return Array.from({ length: SEEDS }, (_, seed) => {
    const plan = tinyPlan({
      seed: String(seed),
      durationSeconds,
      nodePools: [{ name: "pool", maxNodes: 1 }],
      deployments: [
        {
          latency: LATENCY,
          engine: { batching, maxSequences: MAX_BATCH, kvBlocks: 1_000_000 },
          gateway: { maxQueued: Number.POSITIVE_INFINITY },
        },
      ],
      traffic: [
        {
          kind: "generator",
          name: "load",
          deployment: "chat",
          arrivals: { kind: "poisson", rate: { kind: "constant", perSecond } },
          lengths: { promptTokens: { kind: "constant", value: 1 }, outputTokens: { kind: "constant", value: outputTokens } },
          surges: [],
        },
      ],
    });
    return simulate(plan, { policy: "fixed", controllers: [], metricSource: NO_METRICS });
  });
}

function mean(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return { mean: average, error: Math.sqrt(variance / values.length) };
}

/**
 * Mean time in a server that takes all that wait, up to a limit, in batches of deterministic length: from the chain of queue
 * lengths at the ends of batches, then by Little's law.
 */
function bulkServiceSeconds(perSecond: number, limit: number): number {
  const states = 250;
  const arrivals = Array.from({ length: limit + 1 }, (_, size) => poisson(perSecond * batchSeconds(Math.max(1, size)), states));
  const taken = (length: number): number => Math.min(Math.max(length, 1), limit);
  const left = (length: number): number => Math.max(length, 1) - taken(length);
  let shares: readonly number[] = Array.from({ length: states }, (_, length) => (length === 0 ? 1 : 0));
  for (let round = 0; round < 600; round++) {
    const next = new Array<number>(states).fill(0);
    shares.forEach((share, length) => {
      if (share < 1e-15) return;
      const row = arrivals[taken(length)] as readonly number[];
      for (let j = 0; left(length) + j < states; j++)
        next[left(length) + j] = (next[left(length) + j] as number) + share * (row[j] as number);
    });
    shares = next;
  }
  let present = 0;
  let time = 0;
  shares.forEach((share, length) => {
    const seconds = batchSeconds(taken(length));
    present += share * ((left(length) + taken(length)) * seconds + (perSecond * seconds * seconds) / 2);
    time += share * (seconds + (length === 0 ? 1 / perSecond : 0));
  });
  return present / time / perSecond;
}

function poisson(expected: number, states: number): readonly number[] {
  const row = [Math.exp(-expected)];
  for (let n = 1; n < states; n++) row.push(((row[n - 1] as number) * expected) / n);
  return row;
}

describe("batches against queueing theory", () => {
  it("of size 1 without a delay wait as M/D/1 does", () => {
    const load = 0.8;
    const waits = runs(dynamic(1), load / batchSeconds(1), 20_000).map(({ latency }) => latency.queue.meanSeconds as number);
    const wanted = (batchSeconds(1) * load) / (2 * (1 - load));
    const { mean: found, error } = mean(waits);
    expect(error / wanted).toBeLessThan(0.05);
    expect(Math.abs(found - wanted)).toBeLessThan(3 * error);
  });

  it.each([
    { perSecond: 1, limit: 4 },
    { perSecond: 3.5, limit: 4 },
    { perSecond: 5, limit: 16 },
    { perSecond: 6.5, limit: 64 },
  ])("of up to $limit at $perSecond/s take as long as bulk service does", ({ perSecond, limit }) => {
    const times = runs(dynamic(limit), perSecond, 6000).map(({ latency }) => latency.e2e.meanSeconds as number);
    const wanted = bulkServiceSeconds(perSecond, limit);
    const { mean: found, error } = mean(times);
    expect(error / wanted).toBeLessThan(0.05);
    expect(Math.abs(found - wanted)).toBeLessThan(3.5 * error);
  });

  it("stay below the closed-form bound for servers that take all that wait", () => {
    for (const perSecond of [1, 3, 6]) {
      const busy = perSecond * PER_REQUEST;
      const atLowLoad = ((PER_REQUEST + BASE) / (2 * (1 - busy))) * (1 + 2 * perSecond * BASE + (1 - perSecond * BASE) / (1 + busy));
      const atHighLoad = (1.5 * BASE) / (1 - busy) + ((PER_REQUEST / 2) * (busy + 2)) / (1 - busy * busy);
      const { mean: found, error } = mean(
        runs(dynamic(MAX_BATCH), perSecond, 5000).map(({ latency }) => latency.e2e.meanSeconds as number),
      );
      expect(found - 3 * error).toBeLessThan(Math.min(atLowLoad, atHighLoad));
      expect(found).toBeGreaterThan(batchSeconds(1));
    }
  });

  it("carry batch size ÷ batch time when more arrives than that: static and dynamic, on one instance and on three", () => {
    const seconds = 2000;
    const perSecond = (results: ReturnType<typeof runs>): number => mean(results.map(({ requests }) => requests.completed / seconds)).mean;
    const fixed = (size: number): BatchingConfig => ({ kind: "static", size, maxWaitSeconds: 0, isStreamed: true });
    const answer = 5; // one step for the prompts, one for every further token
    expect(perSecond(runs(fixed(8), 20, seconds, answer))).toBeCloseTo(8 / (answer * batchSeconds(8)), 1);
    expect(perSecond(runs(dynamic(8), 20, seconds)) / (8 / batchSeconds(8))).toBeCloseTo(1, 2);
    expect(perSecond(runs(dynamic(8, { instances: 3 }), 40, seconds)) / (24 / batchSeconds(8))).toBeCloseTo(1, 2);
  });
});
