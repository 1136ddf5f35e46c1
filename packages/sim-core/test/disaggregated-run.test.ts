import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact } from "../src/domain/facts.ts";
import type { Json } from "../src/errors.ts";
import { type BoundPolicy, definePolicy } from "../src/scaling/policy.ts";
import type { Plan } from "../src/scenario/plan.ts";
import type { RunResult } from "../src/score/result.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { buildReferenceReplica, NO_METRICS, type TinyDeployment, tinyPlan } from "../src/testing.ts";
import { traceOf } from "./trace-of.ts";

const ONE_SECOND_A_TOKEN: TinyDeployment = {
  latency: {
    kind: "linear",
    stepSeconds: 0,
    perPromptTokenSeconds: 1,
    perDecodeSequenceSeconds: 0.5,
    perContextTokenSeconds: 0,
    perPromptTokenContextSeconds: 0,
    requestOverheadSeconds: 0.125,
  },
  engine: { maxSequences: 4, maxBatchedTokens: 100, blockTokens: 4, kvBlocks: 20, maxModelTokens: 80 },
};

const PAIR = { prefillDeployment: 1, minPromptTokens: 1, leaseSeconds: 30 };
const TRANSFER = { setupSeconds: 0.25, perBlockSeconds: 0.5 };

/** A pair on times that are easy to follow, and the requests it gets: arrival, prompt, answer. */
function story(rows: readonly (readonly [number, number, number])[], decode: TinyDeployment = {}, prefill: TinyDeployment = {}): Fact[] {
  const facts: Fact[] = [];
  const plan = tinyPlan({
    durationSeconds: 200,
    deployments: [
      {
        ...ONE_SECOND_A_TOKEN,
        name: "decode",
        disaggregation: PAIR,
        ...decode,
        engine: { ...ONE_SECOND_A_TOKEN.engine, transfer: TRANSFER, ...decode.engine },
      },
      { ...ONE_SECOND_A_TOKEN, name: "prefill", ...prefill, engine: { ...ONE_SECOND_A_TOKEN.engine, ...prefill.engine } },
    ],
    traffic: [{ kind: "trace", name: "t", deployment: "decode", file: "t.csv", speed: 1, offsetSeconds: 0, spreadSeconds: 0 }],
  });
  simulate(plan, {
    policy: "none",
    controllers: [],
    metricSource: NO_METRICS,
    openTrace: traceOf(rows),
    observers: [(fact) => facts.push(fact)],
  });
  return facts;
}

const endsOf = (
  facts: readonly Fact[],
): readonly (readonly [id: number, fate: string, ttft: number | undefined, e2e: number | undefined])[] =>
  facts.flatMap((fact) => (fact.kind === "request-ended" ? [[fact.requestId, fact.fate, fact.ttftSeconds, fact.e2eSeconds] as const] : []));

/** Moves replicas about on a fixed rhythm. */
const restless = definePolicy<{ readonly pattern: readonly number[]; readonly periodSeconds: number }, { readonly count: number }>({
  id: "restless",
  parseConfig: (raw) => ({ ok: true, config: raw as { pattern: number[]; periodSeconds: number } }),
  initialState: () => ({ count: 0 }),
  timers: ({ periodSeconds }) => [{ name: "tick", periodSeconds }],
  needs: () => [],
  queries: () => [],
  decide: (_observation, { count }, { pattern }) => ({
    state: { count: count + 1 },
    decision: { desiredReplicas: pattern[count % pattern.length] as number, reason: "Restless", evidence: {} },
  }),
});

const bind = (deployment: string, pattern: readonly number[], periodSeconds: number): BoundPolicy => ({
  deployment,
  policy: restless,
  config: { pattern, periodSeconds } as unknown as Json,
});

const OPTIONS: SimulateOptions = {
  policy: "restless",
  controllers: [bind("decode", [2, 3, 1, 2], 70), bind("prefill", [1, 2, 0, 2], 55)],
  metricSource: NO_METRICS,
};

/** A pair that is scaled up and down, down to no prefill replica at all, while clients lose patience and containers restart. */
function busyPlan(durationSeconds = 600): Plan {
  const lifecycle = { loadSeconds: { kind: "uniform", min: 5, max: 15 } as const, terminationGraceSeconds: 10, preStopSeconds: 2 };
  const engine = { maxSequences: 16, kvBlocks: 500, maxModelTokens: 4000, warmUp: { factor: 3, requests: 20 } };
  return {
    ...tinyPlan({
      durationSeconds,
      deployments: [
        {
          name: "decode",
          replicas: 2,
          engine: { ...engine, transfer: { setupSeconds: 0.005, perBlockSeconds: 0.001 } },
          client: { timeoutSeconds: 20, patienceSeconds: 8, maxRetries: 1 },
          gateway: { queueTimeoutSeconds: 15 },
          disaggregation: { ...PAIR, minPromptTokens: 100 },
          lifecycle,
        },
        { name: "prefill", replicas: 1, engine, lifecycle, gateway: { maxInFlightPerReplica: 6, queueTimeoutSeconds: 10 } },
      ],
      traffic: [
        {
          kind: "generator",
          name: "t",
          deployment: "decode",
          arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 9 } },
          lengths: { promptTokens: { kind: "uniform", min: 20, max: 1800 }, outputTokens: { kind: "uniform", min: 1, max: 160 } },
          surges: [],
        },
      ],
    }),
    faults: [
      { kind: "containerRestart", atSeconds: 200, deployment: "prefill", podIndex: 0 },
      { kind: "containerRestart", atSeconds: 333, deployment: "decode", podIndex: 0 },
    ],
  } as Plan;
}

const withoutEvents = (result: RunResult): RunResult => ({ ...result, engine: { ...result.engine, events: 0 } });

describe("a request of a disaggregated pair", () => {
  it("is computed on one replica, sent, and gets its first token from the other", () => {
    // 0.125 s front end + 8 s prompt, 0.125 s front end, 2 blocks of 0.5 s + 0.25 s set-up, 1 s for its last token, two decode steps
    expect(endsOf(story([[0, 8, 3]]))).toEqual([[0, "completed", 0.125 + 8 + 0.125 + 1.25 + 1, 10.5 + 2 * 0.5]]);
  });

  it("shares the link of the replica that decodes it with those that were asked for before", () => {
    // both prompts share one step of 16 s; the second one's blocks come after the first one's
    expect(
      endsOf(
        story([
          [0, 8, 1],
          [0, 8, 1],
        ]),
      ).map(([, , ttft]) => ttft),
    ).toEqual([
      0.125 + 16 + 0.125 + 1.25 + 1,
      // the second one is there at 1.25 + 1 s, sees the first one's step out, and has its own
      0.125 + 16 + 0.125 + 1.25 + 1 + 1,
    ]);
  });

  it("is computed where it is decoded when its prompt is short, or when no prefill replica is there", () => {
    const alone = [[0, "completed", 0.125 + 8, 0.125 + 8 + 0.5]];
    expect(endsOf(story([[0, 8, 2]], { disaggregation: { ...PAIR, minPromptTokens: 9 } }))).toEqual(alone);
    expect(endsOf(story([[0, 8, 2]], {}, { replicas: 0 }))).toEqual(alone);
  });

  it("is rejected when its prompt exceeds what the prefill side takes, or the whole of it what the decode side does", () => {
    expect(endsOf(story([[0, 40, 2]], {}, { engine: { maxModelTokens: 40 } }))).toEqual([[0, "rejected", undefined, undefined]]);
    expect(endsOf(story([[0, 40, 41]]))).toEqual([[0, "rejected", undefined, undefined]]);
    expect(endsOf(story([[0, 39, 41]], {}, { engine: { maxModelTokens: 40 } }))).toEqual([
      [0, "completed", expect.any(Number), expect.any(Number)],
    ]);
  });

  it("keeps its blocks on the prefill side until they are read: the next prompt waits for them", () => {
    // 5 blocks hold one prompt of 16 tokens, not two; the first is read at 16.25 + 0.125 + 2.25 s
    const [first, second] = endsOf(
      story(
        [
          [0, 16, 1],
          [0, 16, 1],
        ],
        {},
        { engine: { kvBlocks: 5, maxSequences: 1 } },
      ),
    );
    expect(first?.[2]).toBe(0.125 + 16 + 0.125 + 2.25 + 1);
    expect(second?.[2]).toBe(0.125 + 16 + 0.125 + 2.25 + 16 + 0.125 + 2.25 + 1);
  });

  it("waits on the prefill side while the decode side has no blocks for it", () => {
    // the first one holds 4 of 7 blocks, then 5, until its end; the second one needs 4
    const [first, second] = endsOf(
      story(
        [
          [0, 16, 3],
          [0, 16, 1],
        ],
        { engine: { kvBlocks: 7, maxModelTokens: 28 } },
      ),
    );
    const firstEnd = 0.125 + 32 + 0.125 + 2.25 + 1 + 2 * 0.5;
    expect(first?.[3]).toBe(firstEnd);
    expect(second?.[2]).toBe(firstEnd + 2.25 + 1);
  });
});

describe("a run of a disaggregated pair", () => {
  it("comes out the same on the step-by-step reference engine", () => {
    const fast = simulate(busyPlan(300), OPTIONS);
    expect(withoutEvents(fast)).toEqual(withoutEvents(simulate(busyPlan(300), { ...OPTIONS, buildReplica: buildReferenceReplica })));
    expect(fast.requests.completed).toBeGreaterThan(800);
  });

  it("continues to the same bytes when it is saved at any moment and restored elsewhere", () => {
    const whole = JSON.stringify(simulate(busyPlan(), OPTIONS));
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 600, noNaN: true }), { minLength: 1, maxLength: 3 }), (moments) => {
        let simulation = createSimulation(busyPlan(), OPTIONS);
        for (const moment of moments.sort((a, b) => a - b)) {
          simulation.runTo(moment);
          simulation = createSimulation(busyPlan(), OPTIONS, simulation.save());
        }
        expect(JSON.stringify(simulation.result())).toBe(whole);
      }),
      { numRuns: 15 },
    );
  });

  it("gives every request and attempt one fate, with cut-off prompts and idle prefill pools among what happens", () => {
    const { requests, attempts, cutOffAttempts, deployments } = simulate(busyPlan(), OPTIONS);
    for (const { arrived, ...fates } of [requests, attempts]) expect(Object.values(fates).reduce((a, b) => a + b, 0)).toBe(arrived);
    expect(cutOffAttempts).toBeGreaterThan(0);
    expect(deployments[1]?.ready.some(([, replicas]) => replicas === 0)).toBe(true);
  });
});
