import { createStreams, ln } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { estimate } from "./estimate.ts";
import { replicationSeed } from "./replication.ts";
import { isPrecise, lookSchedule } from "./sequential.ts";

/** Experiments whose intervals are counted; with 500 the count itself is good to two points. */
const EXPERIMENTS = 500;
const REPLICATIONS = 10;
const CUSTOMERS = 1000;
const ARRIVALS_PER_SECOND = 0.5;
/** Waits of M/M/1 are ρ/(μ−λ) in the mean. */
const FAST_SERVICE_SECONDS = 1;
const SLOW_SERVICE_SECONDS = 1.1;
const meanWait = (serviceSeconds: number): number => (ARRIVALS_PER_SECOND * serviceSeconds) / (1 / serviceSeconds - ARRIVALS_PER_SECOND);

/**
 * Mean wait of M/M/1 customers by Lindley's recursion. The first wait is drawn from the steady state (0 with probability 1 − ρ, else
 * exponential with rate μ − λ), so the mean of every run has exactly the known expectation. Each concern has its own stream.
 */
function simulateWait(seed: string, serviceSeconds: number): number {
  const streams = createStreams(seed);
  const arrivals = streams.get("arrivals");
  const services = streams.get("services");
  const start = streams.get("start").uniform();
  const load = ARRIVALS_PER_SECOND * serviceSeconds;
  let wait = start < load ? -ln(1 - start / load) / (1 / serviceSeconds - ARRIVALS_PER_SECOND) : 0;
  let sum = 0;
  for (let customer = 0; customer < CUSTOMERS; customer++) {
    sum += wait;
    const service = -ln(1 - services.uniform()) * serviceSeconds;
    const gap = -ln(1 - arrivals.uniform()) / ARRIVALS_PER_SECOND;
    wait = Math.max(0, wait + service - gap);
  }
  return sum / CUSTOMERS;
}

const repeated = (replications: number, experiment: number, measure: (seed: string) => number): readonly number[] =>
  Array.from({ length: replications }, (_, replication) => measure(replicationSeed(`experiment ${experiment}`, replication)));

const covers = (values: readonly number[], truth: number): boolean => {
  const { low, high } = estimate(values, 0.95);
  return low <= truth && truth <= high;
};

const share = (isTrue: (experiment: number) => boolean): number =>
  Array.from({ length: EXPERIMENTS }, (_, experiment) => Number(isTrue(experiment))).reduce((sum, one) => sum + one, 0) / EXPERIMENTS;

describe("nominal 95 % intervals over 500 experiments", () => {
  it("cover the known mean wait of M/M/1 in 92 to 98 %", () => {
    const covered = share((experiment) =>
      covers(
        repeated(REPLICATIONS, experiment, (seed) => simulateWait(seed, FAST_SERVICE_SECONDS)),
        meanWait(FAST_SERVICE_SECONDS),
      ),
    );
    expect(covered).toBeGreaterThanOrEqual(0.92);
    expect(covered).toBeLessThanOrEqual(0.98);
  });

  it("cover the known difference of two servers on common random numbers, and are a third as wide as without", () => {
    const truth = meanWait(SLOW_SERVICE_SECONDS) - meanWait(FAST_SERVICE_SECONDS);
    let paired = 0;
    let apart = 0;
    const covered = share((experiment) => {
      const fast = repeated(REPLICATIONS, experiment, (seed) => simulateWait(seed, FAST_SERVICE_SECONDS));
      const slow = repeated(REPLICATIONS, experiment, (seed) => simulateWait(seed, SLOW_SERVICE_SECONDS));
      const differences = slow.map((value, index) => value - (fast[index] as number));
      paired += estimate(differences, 0.95).halfWidth;
      apart += estimate(
        slow.map((value, index) => value - (fast[(index + 1) % REPLICATIONS] as number)),
        0.95,
      ).halfWidth;
      return covers(differences, truth);
    });
    expect(covered).toBeGreaterThanOrEqual(0.92);
    expect(covered).toBeLessThanOrEqual(0.98);
    expect(paired).toBeLessThan(apart / 3);
  });

  it("cover it in 92 to 98 % when replications stop at a wanted precision, too", () => {
    let last = 0;
    const covered = share((experiment) => {
      const values: number[] = [];
      for (const look of lookSchedule(200)) {
        while (values.length < look)
          values.push(simulateWait(replicationSeed(`sequential ${experiment}`, values.length), FAST_SERVICE_SECONDS));
        const { mean, halfWidth } = estimate(values, 0.95);
        if (isPrecise(halfWidth, mean, 0.06)) break;
      }
      last += values.length;
      return covers(values, meanWait(FAST_SERVICE_SECONDS));
    });
    expect(covered).toBeGreaterThanOrEqual(0.92);
    expect(covered).toBeLessThanOrEqual(0.98);
    expect(last / EXPERIMENTS).toBeGreaterThan(REPLICATIONS);
  });
});
