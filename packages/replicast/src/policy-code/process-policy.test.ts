import { InputError, type Json, type Observation, type PolicyContext } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { type PolicyChannel, processPolicy } from "./process-policy.ts";

const HELLO = { protocol: 1, id: "theirs" };
const CONFIGURED = {
  config: { at: 3 },
  state: { calls: 0 },
  timers: [{ name: "sync", periodSeconds: 15 }],
  queries: [
    { name: "waiting", kind: "promql", query: "sum(vllm:num_requests_waiting)" },
    { name: "cpu", kind: "resource", resource: "cpu" },
  ],
};
const OBSERVATION: Observation = {
  nowSeconds: 30,
  timer: "sync",
  scale: { specReplicas: 1, statusReplicas: 1 },
  pods: [],
  metrics: {
    waiting: {
      ok: true,
      elements: [
        { labels: {}, value: Number.NaN },
        { labels: {}, value: Number.POSITIVE_INFINITY },
      ],
    },
  },
};
const CONTEXT: PolicyContext = {
  deployment: { name: "chat", namespace: "default", replicas: 1, coldStartSeconds: 60, maxSequences: 8 },
  readFile: () => undefined,
  zone: () => undefined,
  startEpochSeconds: 0,
  durationSeconds: 3600,
};

interface Told extends PolicyChannel {
  readonly asked: Json[];
}

/** Answers each kind of message with what is given for it: an object, or a line as it is. */
function channel(answers: Readonly<Record<string, unknown>>): Told {
  const asked: Json[] = [];
  return {
    command: "theirs",
    asked,
    ask: (line) => {
      const message = JSON.parse(line) as { readonly type: string };
      asked.push(message);
      const answer = answers[message.type];
      return typeof answer === "string" ? answer : JSON.stringify(answer);
    },
    errorOutput: () => "",
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return `${error.issues[0]?.code}: ${error.issues[0]?.data?.["expected"]}`;
    throw error;
  }
  return "accepted";
}

describe("a policy that a program decides", () => {
  it("asks for its introduction, its configuration and each decision, and keeps its state for it", () => {
    const asked = channel({
      hello: HELLO,
      configure: CONFIGURED,
      decide: { state: { calls: 1 }, decision: { desiredReplicas: 3, reason: "At" } },
    });
    const policy = processPolicy(asked);
    const parsed = policy.parseConfig({ at: 3 }, CONTEXT);
    const config = parsed.ok ? parsed.config : undefined;
    expect([policy.id, policy.timers(config), policy.queries(config), policy.initialState(config)]).toEqual([
      "theirs",
      CONFIGURED.timers,
      CONFIGURED.queries,
      { calls: 0 },
    ]);
    expect(policy.needs("sync", null, config, OBSERVATION.scale)).toEqual(CONFIGURED.queries);
    expect(policy.decide(OBSERVATION, { calls: 0 }, config)).toEqual({
      state: { calls: 1 },
      decision: { desiredReplicas: 3, reason: "At", evidence: {} },
    });
    expect(asked.asked).toEqual([
      { type: "hello", protocol: 1 },
      { type: "configure", config: { at: 3 }, deployment: CONTEXT.deployment, startEpochSeconds: 0, durationSeconds: 3600 },
      {
        type: "decide",
        observation: {
          ...OBSERVATION,
          metrics: {
            waiting: {
              ok: true,
              elements: [
                { labels: {}, value: "NaN" },
                { labels: {}, value: "+Inf" },
              ],
            },
          },
        },
        state: { calls: 0 },
        config: { at: 3 },
      },
    ]);
  });

  it("keeps its state when it does not speak of it, and decides nothing when it says so", () => {
    const policy = processPolicy(channel({ hello: HELLO, configure: CONFIGURED, decide: {} }));
    expect(policy.decide(OBSERVATION, { calls: 7 }, CONFIGURED)).toEqual({ state: { calls: 7 } });
  });

  it("is asked what it needs only if it wants to be", () => {
    const policy = processPolicy(channel({ hello: HELLO, needs: { needs: ["cpu"] } }));
    const config = { ...CONFIGURED, asksNeeds: true };
    expect(policy.needs("sync", null, config, OBSERVATION.scale)).toEqual([CONFIGURED.queries[1]]);
  });

  it("may refuse its configuration with places and reasons", () => {
    const policy = processPolicy(channel({ hello: HELLO, configure: { issues: [{ path: ["at"], message: "is too much" }] } }));
    expect(policy.parseConfig({}, CONTEXT)).toEqual({
      ok: false,
      issues: [{ code: "policy_config_refused", path: ["at"], data: { message: "is too much" } }],
    });
  });

  it.each([
    { answer: "hello", because: "it is no JSON" },
    { answer: "[1]", because: "it is no object" },
    { answer: '{"protocol": 2, "id": "theirs"}', because: "it speaks another version" },
    { answer: '{"protocol": 1}', because: "it has no name" },
  ])("is refused at its introduction when $because", ({ answer }) => {
    expect(codeOf(() => processPolicy(channel({ hello: answer })))).toMatch(/^policy_answer_invalid/);
  });

  it.each([
    { change: { timers: [] }, expected: /timers/, because: "it would never be asked" },
    { change: { timers: [{ name: "sync", periodSeconds: 0 }] }, expected: /timers/, because: "it would be asked without end" },
    { change: { timers: [...CONFIGURED.timers, ...CONFIGURED.timers] }, expected: /timers/, because: "two timers have one name" },
    { change: { queries: [{ name: "a", kind: "sql", query: "b" }] }, expected: /queries/, because: "there is no such kind of query" },
    { change: { queries: [{ name: "a", kind: "promql" }] }, expected: /queries/, because: "a query says nothing" },
    { change: { queries: [{ name: "a", kind: "object", metric: "b" }] }, expected: /queries/, because: "it describes no object" },
    { change: { asksNeeds: 1 }, expected: /asksNeeds/, because: "it is neither true nor false" },
    { change: { issues: ["no"] }, expected: /issues/, because: "an issue has no place" },
  ])("is refused when it is configured: $because", ({ change, expected }) => {
    const policy = processPolicy(channel({ hello: HELLO, configure: { ...CONFIGURED, ...change } }));
    expect(codeOf(() => policy.parseConfig({}, CONTEXT))).toMatch(expected);
  });

  it.each([
    { decision: 3 },
    { decision: { desiredReplicas: -1, reason: "x" } },
    { decision: { desiredReplicas: 1.5, reason: "x" } },
    { decision: { desiredReplicas: "3", reason: "x" } },
    { decision: { desiredReplicas: 3 } },
    { decision: { desiredReplicas: 3, reason: "x", evidence: [1] } },
  ])("is refused when it decides $decision", (answer) => {
    const policy = processPolicy(channel({ hello: HELLO, decide: answer }));
    expect(codeOf(() => policy.decide(OBSERVATION, null, CONFIGURED))).toMatch(/a decision/);
  });

  it("is refused when it needs what it has not listed", () => {
    const policy = processPolicy(channel({ hello: HELLO, needs: { needs: ["memory"] } }));
    expect(codeOf(() => policy.needs("sync", null, { ...CONFIGURED, asksNeeds: true }, OBSERVATION.scale))).toMatch(/needs/);
  });
});
