import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fact } from "../src/domain/facts.ts";
import { createRequestRecord, NO_ORIGIN, type RequestOrigin } from "../src/domain/request.ts";
import type { Plan } from "../src/scenario/plan.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { NO_METRICS, tinyPlan } from "../src/testing.ts";
import { ClientTable } from "../src/traffic/client-table.ts";
import type { TraceSessionsConfig, TrafficConfig } from "../src/traffic/config.ts";
import { TraceSessions } from "../src/traffic/trace-sessions.ts";
import { traceFromText } from "../src/traffic/trace-text.ts";

type Row = readonly [seconds: number, prompt: number, output: number, session: string];

const HEADER = "arrival_s,input_tokens,output_tokens,session_id\n";
const textOf = (rows: readonly Row[]): string => HEADER + rows.map((row) => `${row.join(",")}\n`).join("");
const optionsFor = (rows: readonly Row[], more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  policy: "fixed",
  controllers: [],
  metricSource: NO_METRICS,
  openTrace: traceFromText(textOf(rows)),
  ...more,
});

const traceOf = (sessions: Partial<TraceSessionsConfig> = {}): TrafficConfig & { readonly kind: "trace" } => ({
  kind: "trace",
  name: "chats",
  deployment: "chat",
  file: "t.csv",
  speed: 1,
  offsetSeconds: 0,
  spreadSeconds: 0,
  sessions: { closedLoop: false, idleSeconds: 3600, systemTokens: 0, ...sessions },
});

const planOf = (sessions: Partial<TraceSessionsConfig> = {}, more: Partial<TrafficConfig> = {}, replicas = 1): Plan =>
  tinyPlan({
    deployments: [{ replicas, engine: { prefixCaching: true }, gateway: { routing: "sessionAffinity" } }],
    traffic: [{ ...traceOf(sessions), ...more } as TrafficConfig],
  });

type Ended = Extract<Fact, { kind: "request-ended" }>;
type Arrived = Extract<Fact, { kind: "request-arrived" }>;

function play(plan: Plan, rows: readonly Row[]) {
  const arrived: Arrived[] = [];
  const ended: Ended[] = [];
  const result = simulate(
    plan,
    optionsFor(rows, {
      observers: [
        (fact) => {
          if (fact.kind === "request-arrived") arrived.push(fact);
          if (fact.kind === "request-ended") ended.push(fact);
        },
      ],
    }),
  );
  return { arrived, ended, result };
}

describe("sessions of a trace", () => {
  it("find the prompt before in the prefix cache, where the next one is at least as long as it and its answer", () => {
    const { result } = play(planOf(), [
      [0, 160, 40, "a"],
      [10, 160, 40, "b"],
      [20, 320, 40, "a"],
      [30, 199, 40, "b"],
    ]);
    // of 320 tokens the first 160 are known; 199 are fewer than 160 + 40, so they are another text
    expect(result.prefixCache).toMatchObject({ queriedTokens: 160 + 160 + 320 + 199, hitTokens: 160 });
  });

  it("share what all of them begin with", () => {
    const { result } = play(planOf({ systemTokens: 96 }), [
      [0, 160, 40, "a"],
      [10, 160, 40, "b"],
    ]);
    expect(result.prefixCache.hitTokens).toBe(96);
  });

  it("are over when they were silent for long: what comes under their name then is new", () => {
    const rows: readonly Row[] = [
      [0, 160, 40, "a"],
      [200, 320, 40, "a"],
    ];
    expect(play(planOf({ idleSeconds: 200 }), rows).result.prefixCache.hitTokens).toBe(160);
    expect(play(planOf({ idleSeconds: 199 }), rows).result.prefixCache.hitTokens).toBe(0);
  });

  it("stay with one replica under session affinity", () => {
    const rows = Array.from({ length: 40 }, (_, i): Row => [i, 160 + 160 * Math.floor(i / 8), 16, `s${i % 8}`]);
    const { result } = play(planOf({}, {}, 4), rows);
    // of each session all prompts but the first are known up to the one before
    expect(result.prefixCache.hitTokens).toBe(8 * (160 + 320 + 480 + 640));
  });

  it("send their turns at their stamps in an open loop, and no sooner than the one before has ended in a closed one", () => {
    const rows: readonly Row[] = [
      [0, 100, 500, "a"],
      [1, 700, 500, "a"],
      [1.5, 100, 10, "b"],
      [2, 1300, 10, "a"],
      [100, 1400, 10, "a"],
    ];
    expect(play(planOf(), rows).arrived.map(({ timeSeconds }) => timeSeconds)).toEqual([0, 1, 1.5, 2, 100]);
    const { arrived, ended, result } = play(planOf({ closedLoop: true }), rows);
    const endOf = (promptTokens: number): number =>
      ended.find((fact) => fact.promptTokens === promptTokens && fact.outputTokens === 500)?.timeSeconds ?? 0;
    expect(arrived.map(({ timeSeconds }) => timeSeconds)).toEqual([0, 1.5, endOf(100), endOf(700), 100]);
    expect(endOf(100)).toBeGreaterThan(2);
    expect(result.streams[0]).toMatchObject({ sent: 5, delayed: 2, unsent: 0 });
  });

  it("go on after a turn that was lost: what was sent is on record", () => {
    const plan = planOf({ closedLoop: true });
    const rows: readonly Row[] = [
      [0, 40_000, 10, "a"],
      [1, 100, 10, "a"],
    ];
    expect(play(plan, rows).ended.map(({ fate }) => fate)).toEqual(["rejected", "completed"]);
  });

  it("tell of turns that were never sent, as the run or the stream ended", () => {
    const rows: readonly Row[] = [
      [0, 100, 5000, "a"],
      [1, 5100, 10, "a"],
      [2, 5200, 10, "a"],
    ];
    expect(play(planOf({ closedLoop: true }, { stopSeconds: 10 }), rows).result.streams[0]).toMatchObject({ sent: 1, unsent: 2 });
    expect(play({ ...planOf({ closedLoop: true }), durationSeconds: 20 }, rows).result.streams[0]).toMatchObject({ sent: 1, unsent: 2 });
    const both = planOf({ closedLoop: true }, { maxOpenRequests: 1 });
    expect(play({ ...both, durationSeconds: 20 }, [...rows, [3, 100, 10, "b"]]).result.streams[0]).toMatchObject({ sent: 1, unsent: 3 });
  });
});

/** Sessions of growing prompts, in order of their stamps, under any names. */
const anyRows = fc
  .array(fc.tuple(fc.nat(300), fc.nat(5), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 60 })
  .map((list) => {
    const contexts = new Map<string, number>();
    return [...list]
      .sort((a, b) => a[0] - b[0])
      .map(([tenths, session, tokens]): Row => {
        const name = `s${session}`;
        const prompt = (contexts.get(name) ?? 0) + tokens;
        contexts.set(name, prompt + 30 + session);
        return [tenths / 10, prompt, 30 + session, name];
      });
  });

describe("closed-loop sessions", () => {
  it("never have two turns open, keep their order and never run ahead of their stamps, whatever the limits", () => {
    fc.assert(
      fc.property(anyRows, fc.constantFrom(undefined, 1, 3), (rows, limit) => {
        const limits = limit === undefined ? {} : { maxOpenRequests: limit };
        const { arrived, ended } = play(planOf({ closedLoop: true }, limits), rows);
        expect(arrived.length).toBe(rows.length);
        const endOf = new Map(ended.map(({ requestId, timeSeconds }) => [requestId, timeSeconds]));
        for (const name of new Set(rows.map((row) => row[3]))) {
          const planned = rows.filter((row) => row[3] === name);
          // a session's number is in the length of its answers
          const sent = arrived.filter(({ outputTokens }) => outputTokens === planned[0]?.[2]);
          expect(sent.map(({ promptTokens }) => promptTokens)).toEqual(planned.map((row) => row[1]));
          for (const [i, { timeSeconds }] of sent.entries()) {
            const previous = sent[i - 1];
            const mayBeSent = Math.max(planned[i]?.[0] as number, previous === undefined ? 0 : (endOf.get(previous.requestId) as number));
            expect(timeSeconds).toBeGreaterThanOrEqual(mayBeSent);
            if (limit === undefined) expect(timeSeconds).toBe(mayBeSent);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("continue identically when saved at any moment and restored elsewhere", () => {
    fc.assert(
      fc.property(anyRows, fc.boolean(), fc.double({ min: 0, max: 60, noNaN: true }), (rows, closedLoop, atSeconds) => {
        const plan = { ...planOf({ closedLoop, idleSeconds: 5 }, { maxOpenRequests: 2 }), durationSeconds: 90 };
        const whole = simulate(plan, optionsFor(rows));
        const first = createSimulation(plan, optionsFor(rows));
        first.runTo(atSeconds);
        expect(createSimulation(plan, optionsFor(rows), first.save()).result()).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});

describe("TraceSessions", () => {
  it("remembers the sessions that are open, not all that were", () => {
    const sessions = new TraceSessions([traceOf({ idleSeconds: 60 })], new ClientTable());
    const record = createRequestRecord();
    const origin: RequestOrigin = { ...NO_ORIGIN };
    let most = 0;
    for (let i = 0; i < 100_000; i++) {
      Object.assign(record, { promptTokens: 100, outputTokens: 10, session: `s${i}` });
      sessions.take(0, i, record, origin);
      most = Math.max(most, sessions.openOf(0));
    }
    expect(most).toBe(61);
    expect(origin.sessionId).toBe(99_999);
  });
});
