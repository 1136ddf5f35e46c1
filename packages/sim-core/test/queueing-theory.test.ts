import { describe, expect, it } from "vitest";
import type { DistributionConfig } from "../src/random/distribution-config.ts";
import type { LatencyConfig } from "../src/serving/config.ts";
import { simulate } from "../src/simulate.ts";
import { NO_METRICS, tinyPlan } from "../src/testing.ts";

/** One request at a time; its service takes a millisecond per prompt token. */
const PLAIN_SERVER: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0,
  perPromptTokenSeconds: 0.001,
  perDecodeSequenceSeconds: 0,
  perContextTokenSeconds: 0,
  perPromptTokenContextSeconds: 0,
  requestOverheadSeconds: 0,
};
const MEAN_SERVICE_SECONDS = 1;
const SEEDS = 12;
const DURATION_SECONDS = 25_000;

interface Queue {
  readonly servers: number;
  readonly arrivalsPerSecond: number;
  readonly promptTokens: DistributionConfig;
  /** Where requests wait: each server has its own queue, or the gateway holds one for all. */
  readonly maxInFlightPerReplica: number;
}

/** Mean waiting time in each of several independent runs. */
function waits({ servers, arrivalsPerSecond, promptTokens, maxInFlightPerReplica }: Queue): number[] {
  return Array.from({ length: SEEDS }, (_, seed) => {
    const plan = tinyPlan({
      seed: String(seed),
      durationSeconds: DURATION_SECONDS,
      nodePools: [{ name: "pool", maxNodes: servers }],
      deployments: [
        {
          replicas: servers,
          latency: PLAIN_SERVER,
          engine: { maxSequences: 1, maxBatchedTokens: 1_000_000, kvBlocks: 1_000_000, maxModelTokens: 1_000_000 },
          gateway: { maxInFlightPerReplica, maxQueued: Number.POSITIVE_INFINITY },
        },
      ],
      traffic: [
        {
          kind: "generator",
          name: "load",
          deployment: "chat",
          arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: arrivalsPerSecond } },
          lengths: { promptTokens, outputTokens: { kind: "constant", value: 1 } },
          surges: [],
        },
      ],
    });
    return simulate(plan, { policy: "fixed", controllers: [], metricSource: NO_METRICS }).latency.queue.meanSeconds as number;
  });
}

function meanAndError(values: readonly number[]): { mean: number; standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}

/** @see Erlang C: probability that an arrival waits */
function erlangC(servers: number, offered: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < servers; n++) {
    term *= offered / n;
    sum += term;
  }
  const last = (term * offered) / servers / (1 - offered / servers);
  return last / (sum + last);
}

const EXPONENTIAL: DistributionConfig = { kind: "exponential", mean: MEAN_SERVICE_SECONDS * 1000 };
const CONSTANT: DistributionConfig = { kind: "constant", value: MEAN_SERVICE_SECONDS * 1000 };
const OWN_QUEUE = Number.POSITIVE_INFINITY;

describe("the engine as a plain server", () => {
  it.each([
    {
      name: "M/M/1 at 50 %",
      load: 0.5,
      servers: 1,
      service: EXPONENTIAL,
      perReplica: OWN_QUEUE,
      wait: 0.5 / (1 - 0.5),
      because: "ρ/(μ−λ)",
    },
    {
      name: "M/M/1 at 80 %",
      load: 0.8,
      servers: 1,
      service: EXPONENTIAL,
      perReplica: OWN_QUEUE,
      wait: 0.8 / (1 - 0.8),
      because: "ρ/(μ−λ)",
    },
    {
      name: "M/D/1 at 80 %",
      load: 0.8,
      servers: 1,
      service: CONSTANT,
      perReplica: OWN_QUEUE,
      wait: 0.8 / (2 * (1 - 0.8)),
      because: "half of M/M/1 (Pollaczek–Khinchine)",
    },
    {
      name: "M/M/3 at 80 %",
      load: 2.4,
      servers: 3,
      service: EXPONENTIAL,
      perReplica: 1,
      wait: erlangC(3, 2.4) / (3 - 2.4),
      because: "Erlang C, one queue at the gateway",
    },
    {
      name: "M/M/10 at 90 %",
      load: 9,
      servers: 10,
      service: EXPONENTIAL,
      perReplica: 1,
      wait: erlangC(10, 9) / (10 - 9),
      because: "Erlang C, one queue at the gateway",
    },
  ])("waits as $name does: $because", ({ load, servers, service, perReplica, wait }) => {
    const { mean, standardError } = meanAndError(
      waits({ servers, arrivalsPerSecond: load / MEAN_SERVICE_SECONDS, promptTokens: service, maxInFlightPerReplica: perReplica }),
    );
    expect(standardError / wait).toBeLessThan(0.05); // precise enough to tell a wrong discipline from the right one
    expect(Math.abs(mean - wait)).toBeLessThan(3 * standardError);
  });
});
