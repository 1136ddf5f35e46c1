import type { TrafficConfig } from "@replicast/sim-core";
import { tinyPlan } from "@replicast/sim-core/testing";
import { describe, expect, it } from "vitest";
import { isTrafficKnown, mayShare } from "./shared-prompts.ts";

const constant = (value: number) => ({ kind: "constant", value }) as const;
const lengths = { promptTokens: constant(100), outputTokens: constant(10) };
const arrivals = { kind: "poisson", rate: { kind: "constant", perSecond: 1 } } as const;
const session = { turns: constant(2), thinkSeconds: constant(5), systemTokens: 0, maxContextTokens: 4000 };
const generator = (more: object = {}): TrafficConfig => ({
  kind: "generator",
  name: "all",
  deployment: "chat",
  arrivals,
  lengths,
  surges: [],
  ...more,
});
const trace = (more: object = {}): TrafficConfig => ({
  kind: "trace",
  name: "all",
  deployment: "chat",
  file: "trace.csv",
  speed: 1,
  offsetSeconds: 0,
  spreadSeconds: 0,
  ...more,
});
const users: TrafficConfig = { kind: "users", name: "all", deployment: "chat", lengths, users: 3, session } as unknown as TrafficConfig;

const PLAIN = "arrival_s,input_tokens,output_tokens\n0,100,10\n1,100,10\n";
const SESSIONS = "arrival_s,input_tokens,output_tokens,session_id\n0,100,10,a\n1,100,10,a\n";

/** Whether prompts to a deployment with a prefix cache may be found there. */
function shares(stream: TrafficConfig, text = PLAIN, engine: object = { prefixCaching: true }): boolean {
  const plan = tinyPlan({ traffic: [stream], deployments: [{ engine }] });
  let isRead = false;
  const openTrace = () => ({
    read: () => {
      const rest = isRead ? "" : text;
      isRead = true;
      return rest;
    },
  });
  const [deployment] = plan.deployments;
  if (deployment === undefined) throw new Error("the plan has a deployment");
  return mayShare({ plan, openTrace }, deployment);
}

describe("prompts that may lie in a cache", () => {
  it.each([
    { stream: generator(), text: PLAIN, shared: false, because: "each is drawn anew" },
    { stream: generator({ prefix: { tokens: 50, groups: 3 } }), text: PLAIN, shared: true, because: "those of a group begin alike" },
    { stream: generator({ session }), text: PLAIN, shared: true, because: "a turn repeats what was said before" },
    { stream: users, text: PLAIN, shared: true, because: "users hold conversations" },
    { stream: trace(), text: PLAIN, shared: false, because: "the trace says nothing of contents" },
    { stream: trace(), text: SESSIONS, shared: true, because: "the trace names sessions" },
    { stream: generator({ session, deployment: "other" }), text: PLAIN, shared: false, because: "they go elsewhere" },
  ])("$shared: $because", ({ stream, text, shared }) => {
    expect(shares(stream, text)).toBe(shared);
  });

  it("are none where nothing is cached", () => {
    expect(shares(generator({ session }), PLAIN, {})).toBe(false);
  });
});

describe("traffic", () => {
  it.each([
    { stream: generator(), known: true, because: "nobody waits for an answer" },
    { stream: generator({ session }), known: false, because: "turns follow answers" },
    { stream: generator({ maxOpenRequests: 4 }), known: false, because: "the client waits when too many are open" },
    { stream: users, known: false, because: "users wait for answers" },
    {
      stream: trace({ sessions: { closedLoop: false, idleSeconds: 60, systemTokens: 0 } }),
      known: true,
      because: "turns come at their stamps",
    },
    {
      stream: trace({ sessions: { closedLoop: true, idleSeconds: 60, systemTokens: 0 } }),
      known: false,
      because: "turns wait for answers",
    },
  ])("is known beforehand: $known, as $because", ({ stream, known }) => {
    expect(isTrafficKnown(tinyPlan({ traffic: [stream] }))).toBe(known);
  });
});
