import { definePolicy, InputError, type Observation } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import type { AnyPolicy } from "../load.ts";
import { guardPolicy } from "./guard-policy.ts";

const OBSERVATION: Observation = {
  nowSeconds: 45,
  timer: "sync",
  scale: { specReplicas: 1, statusReplicas: 1 },
  pods: [],
  metrics: {},
};

function policy(changes: Partial<AnyPolicy>): AnyPolicy {
  const whole: AnyPolicy = definePolicy({
    id: "theirs",
    parseConfig: () => ({ ok: true, config: { at: 1 } }),
    initialState: () => null,
    timers: () => [],
    needs: () => [],
    queries: () => [],
    decide: (_observation, state) => ({ state, decision: { desiredReplicas: 1, reason: "One", evidence: {} } }),
  });
  return guardPolicy({ ...whole, ...changes });
}

function issueOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error.issues[0];
    throw error;
  }
  return undefined;
}

const boom = (): never => {
  throw new TypeError("boom");
};
const decision = (desiredReplicas: number) => () => ({ state: null, decision: { desiredReplicas, reason: "x", evidence: {} } });

describe("a policy of foreign code", () => {
  it("answers as it would without its guard", () => {
    expect(policy({}).decide(OBSERVATION, { calls: 1 }, {})).toEqual({
      state: { calls: 1 },
      decision: { desiredReplicas: 1, reason: "One", evidence: {} },
    });
  });

  it.each(["initialState", "timers", "queries"] as const)("that throws in %s is named, with what it said", (name) => {
    expect(issueOf(() => policy({ [name]: boom })[name]({}))).toEqual({
      code: "policy_threw",
      path: [],
      data: { policy: "theirs", function: name, message: "boom" },
    });
  });

  it("that throws when it decides is told with the time", () => {
    expect(issueOf(() => policy({ decide: boom }).decide(OBSERVATION, null, {}))).toMatchObject({
      code: "policy_threw",
      data: { function: "decide", timeSeconds: 45 },
    });
  });

  it.each([
    { state: new Date(0), place: "result.state", because: "a date is no plain data" },
    { state: { seen: new Map() }, place: "result.state.seen", because: "nor is a map" },
    { state: [1, Number.NaN], place: "result.state.1", because: "a saved NaN comes back as null" },
    { state: { next: () => 1 }, place: "result.state.next", because: "a function cannot be saved" },
  ])("may not remember $place: $because", ({ state, place }) => {
    expect(issueOf(() => policy({ decide: () => ({ state }) as never }).decide(OBSERVATION, null, {}))).toMatchObject({
      code: "policy_not_plain",
      data: { place },
    });
  });

  it.each([-1, 1.5, 2 ** 60])("may not ask for %s replicas", (desired) => {
    expect(issueOf(() => policy({ decide: decision(desired) }).decide(OBSERVATION, null, {}))).toEqual({
      code: "policy_bad_decision",
      path: [],
      data: { policy: "theirs", actual: desired, timeSeconds: 45 },
    });
  });
});
