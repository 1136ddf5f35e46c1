import { timetable } from "@replicast/policies";
import { type Plan, type RunResult, simulate } from "@replicast/sim-core";
import { NO_METRICS, tinyPlan } from "@replicast/sim-core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerBoundOf } from "./bound.ts";
import { Demand } from "./demand.ts";

const DURATION_SECONDS = 400;

interface Case {
  readonly rate: number;
  readonly prompt: number;
  readonly output: number;
  readonly maxSequences: number;
  readonly maxBatchedTokens: number;
  readonly ttftSeconds: number;
  readonly tpotSeconds: number;
  readonly target: number;
  readonly kvBlocks: number;
  readonly isCached: boolean;
  readonly seed: number;
}

function planOf({
  rate,
  prompt,
  output,
  maxSequences,
  maxBatchedTokens,
  ttftSeconds,
  tpotSeconds,
  target,
  kvBlocks,
  isCached,
  seed,
}: Case): Plan {
  const about = (median: number) => ({ kind: "logNormal", median, sigma: 0.6 }) as const;
  return tinyPlan({
    durationSeconds: DURATION_SECONDS,
    seed: String(seed),
    slo: {
      objectives: [
        { metric: "ttft", thresholdSeconds: ttftSeconds, target },
        { metric: "tpot", thresholdSeconds: tpotSeconds, target },
      ],
      loadWindowSeconds: 60,
    },
    deployments: [
      {
        replicas: 1,
        engine: { maxSequences, maxBatchedTokens, kvBlocks, ...(isCached ? { prefixCaching: true } : {}) },
        client: { timeoutSeconds: 60 },
        gateway: { maxQueued: 100_000 },
      },
    ],
    nodePools: [
      { name: "pool", minNodes: 0, maxNodes: 4, minimumBillingSeconds: 0, scaleDownUnneededSeconds: 0, scaleDownDelayAfterAddSeconds: 0 },
    ],
    traffic: [
      {
        kind: "generator",
        name: "all",
        deployment: "chat",
        arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: rate } },
        lengths: { promptTokens: about(prompt), outputTokens: about(output) },
        surges: [],
        ...(isCached ? { prefix: { tokens: Math.floor(prompt / 2) + 16, groups: 3 } } : {}),
      },
    ],
  });
}

function runWith(
  plan: Plan,
  steps: readonly (readonly [number, number])[],
  observers: Parameters<typeof simulate>[1]["observers"] = [],
): RunResult {
  const controllers = [{ deployment: "chat", policy: timetable, config: { steps } }];
  return simulate(plan, { policy: "any", controllers, metricSource: NO_METRICS, observers });
}

/** Bound and runs under several policies. */
function outcomes(one: Case): { readonly boundUsd: number; readonly runs: readonly RunResult[] } {
  const plan = planOf(one);
  const demand = new Demand(plan, []);
  runWith(plan, [[0, 4]], [demand.observe]);
  const bound = lowerBoundOf({ plan, openTrace: () => undefined } as unknown as Parameters<typeof lowerBoundOf>[0], demand);
  const runs = [
    runWith(plan, [[0, 1]], [bound.observe]),
    runWith(plan, [[0, 2]]),
    runWith(plan, [[0, 4]]),
    runWith(plan, [
      [0, 1],
      [130, 0],
      [200, 2],
    ]),
    runWith(plan, [
      [0, 1],
      [DURATION_SECONDS - 70, 0],
    ]),
  ];
  return { boundUsd: bound.bound().runUsd, runs };
}

describe("the lower bound in the whole engine", () => {
  it("is not undercut by any run that meets the SLO", () => {
    let met = 0;
    fc.assert(
      fc.property(
        fc.record({
          rate: fc.double({ min: 0.2, max: 12, noNaN: true }),
          prompt: fc.integer({ min: 10, max: 1500 }),
          output: fc.integer({ min: 2, max: 120 }),
          maxSequences: fc.constantFrom(4, 32, 256),
          maxBatchedTokens: fc.constantFrom(512, 2048, 8192),
          ttftSeconds: fc.constantFrom(0.5, 5, 30),
          tpotSeconds: fc.constantFrom(0.008, 0.02, 1),
          target: fc.constantFrom(0.5, 0.9, 0.99),
          // Few enough that sequences are preempted.
          kvBlocks: fc.constantFrom(500, 26_312),
          isCached: fc.boolean(),
          seed: fc.integer({ min: 1, max: 1000 }),
        }),
        (one) => {
          const { boundUsd, runs } = outcomes(one);
          for (const { slo, cost } of runs) {
            if (!slo.met) continue;
            met++;
            expect(cost.billUsd).toBeGreaterThanOrEqual(boundUsd);
          }
        },
      ),
      { numRuns: 16, seed: 7 },
    );
    expect(met).toBeGreaterThan(15);
  }, 120_000);

  it("comes close to what a replica costs that is full all the time", () => {
    // About all that one replica can do with large batches, for clients that wait.
    const full: Case = {
      rate: 45,
      prompt: 400,
      output: 100,
      maxSequences: 256,
      maxBatchedTokens: 2048,
      ttftSeconds: 30,
      tpotSeconds: 1,
      target: 0.9,
      kvBlocks: 26_312,
      isCached: false,
      seed: 1,
    };
    const { boundUsd, runs } = outcomes(full);
    const [one] = runs as readonly [RunResult];
    expect(one.slo.met).toBe(true);
    expect(boundUsd / one.cost.billUsd).toBeGreaterThan(0.3);
  });
});
