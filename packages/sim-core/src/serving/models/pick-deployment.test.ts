import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelRule } from "./config.ts";
import { type ModelCandidate, PICKS } from "./pick-deployment.ts";

const candidate = (more: Partial<ModelCandidate> = {}): ModelCandidate => ({
  deployment: "d",
  weight: 1,
  promptTokensMax: Number.POSITIVE_INFINITY,
  inFlightPerReplicaMax: Number.POSITIVE_INFINITY,
  readyReplicas: 1,
  inFlight: 0,
  kvCacheUtilization: 0,
  isAvailable: true,
  ...more,
});
const pick = (rule: ModelRule, candidates: readonly ModelCandidate[], { promptTokens = 100, uniform = 0, score = 0 } = {}): number =>
  PICKS[rule]({ promptTokens, uniform, score }, candidates);

describe("weights", () => {
  it.each([
    { weights: [9, 1], uniform: 0.89, picked: 0, because: "the first nine tenths are the first target's" },
    { weights: [9, 1], uniform: 0.91, picked: 1, because: "the rest is the second's" },
    { weights: [0, 1], uniform: 0, picked: 1, because: "a target without weight gets nothing" },
    { weights: [1, 0], uniform: 1 - Number.EPSILON, picked: 0, because: "not even the last crumb" },
  ])("picks $picked of $weights at $uniform: $because", ({ weights, uniform, picked }) => {
    const candidates = weights.map((weight) => candidate({ weight }));
    expect(pick("weights", candidates, { uniform })).toBe(picked);
  });

  it("shares out what an unavailable target would get by the weights of the others", () => {
    const candidates = [candidate({ weight: 2 }), candidate({ weight: 6, isAvailable: false }), candidate({ weight: 2 })];
    expect([0.1, 0.49, 0.51, 0.9].map((uniform) => pick("weights", candidates, { uniform }))).toEqual([0, 0, 2, 2]);
  });

  it("falls back to a target of weight 0 when no other is available", () => {
    expect(pick("weights", [candidate({ isAvailable: false }), candidate({ weight: 0 })], { uniform: 0.5 })).toBe(1);
  });
});

describe("promptLength", () => {
  const candidates = [candidate({ promptTokensMax: 512 }), candidate({ promptTokensMax: 4096 }), candidate()];
  it.each([
    { promptTokens: 512, picked: 0, because: "the limit itself is taken" },
    { promptTokens: 513, picked: 1, because: "one more is not" },
    { promptTokens: 100_000, picked: 2, because: "the last takes any" },
  ])("sends a prompt of $promptTokens to $picked: $because", ({ promptTokens, picked }) => {
    expect(pick("promptLength", candidates, { promptTokens })).toBe(picked);
  });

  it("sends what nobody available takes to the one that takes the longest", () => {
    const left = candidates.map((each, i) => ({ ...each, isAvailable: i < 2 }));
    expect(pick("promptLength", left, { promptTokens: 100_000 })).toBe(1);
  });
});

describe("inOrder", () => {
  it.each([
    { first: {}, picked: 0, because: "the first is ready" },
    { first: { readyReplicas: 0, isAvailable: false }, picked: 1, because: "the first has no ready replica" },
    { first: { inFlightPerReplicaMax: 10, readyReplicas: 2, inFlight: 19 }, picked: 0, because: "one more fits" },
    { first: { inFlightPerReplicaMax: 10, readyReplicas: 2, inFlight: 20 }, picked: 1, because: "its two replicas hold ten each" },
  ])("picks $picked: $because", ({ first, picked }) => {
    expect(pick("inOrder", [candidate(first), candidate()])).toBe(picked);
  });

  it("stays with the first when all are too full", () => {
    const full = { inFlightPerReplicaMax: 1, inFlight: 5 };
    expect(pick("inOrder", [candidate(full), candidate(full)])).toBe(0);
  });
});

describe("complexity and cascade", () => {
  const able = (...scores: readonly number[]): readonly ModelCandidate[] => [
    ...scores.map((scoreMax) => candidate({ scoreMax })),
    candidate(),
  ];
  it.each([
    { score: 0.3, picked: 0, because: "the first is good enough, at the limit too" },
    { score: 0.31, picked: 1, because: "the next is" },
    { score: 0.9, picked: 2, because: "the last takes the rest" },
  ])("pick $picked for what looks like $score: $because", ({ score, picked }) => {
    expect(pick("complexity", able(0.3, 0.6), { score })).toBe(picked);
  });

  const full = { inFlightPerReplicaMax: 1, inFlight: 5 };
  it.each([
    { changes: [full, {}, {}], score: 0.1, picked: 1, because: "the next better one has room" },
    { changes: [full, full, {}], score: 0.1, picked: 2, because: "so has the one after it" },
    { changes: [{}, full, full], score: 0.5, picked: 0, because: "none better has room, so quality gives way" },
    { changes: [full, full, full], score: 0.5, picked: 1, because: "all are full: it waits where it was meant to go" },
    { changes: [{}, {}, { kvCacheUtilization: 0.9, kvCacheUtilizationMax: 0.8 }], score: 1, picked: 1, because: "its KV caches are full" },
    { changes: [{}, { readyReplicas: 0 }, {}], score: 0.5, picked: 1, because: "without limits it waits for a replica" },
  ])("pick $picked: $because", ({ changes, score, picked }) => {
    const candidates = able(0.3, 0.6).map((each, i) => ({ ...each, ...changes[i] }));
    expect(pick("complexity", candidates, { score })).toBe(picked);
  });

  it("start with the first, whatever the request looks like, in a cascade", () => {
    expect([0, 0.5, 1].map((score) => pick("cascade", able(0.3, 0.6), { score }))).toEqual([0, 0, 0]);
  });
});

describe("every rule", () => {
  it("picks an available target, whatever there is, as long as one is available", () => {
    const candidates = fc.array(
      fc.record({
        deployment: fc.constant("d"),
        weight: fc.nat(3),
        promptTokensMax: fc.nat(300),
        inFlightPerReplicaMax: fc.nat(3),
        readyReplicas: fc.nat(3),
        inFlight: fc.nat(9),
        kvCacheUtilization: fc.constantFrom(0, 0.5, 1),
        kvCacheUtilizationMax: fc.constantFrom(0.4, 1),
        scoreMax: fc.constantFrom(0.2, 0.5, 1),
        isAvailable: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    );
    const rules = fc.constantFrom<ModelRule>("weights", "promptLength", "inOrder", "complexity", "cascade");
    fc.assert(
      fc.property(
        rules,
        candidates,
        fc.nat(400),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (rule, given, promptTokens, uniform) => {
          fc.pre(given.some(({ isAvailable }) => isAvailable));
          expect(given[pick(rule, given, { promptTokens, uniform, score: uniform })]?.isAvailable).toBe(true);
        },
      ),
    );
  });
});
