import {
  InputError,
  type Issue,
  type Json,
  type MetricRequest,
  type ParseResult,
  type PolicyContext,
  type PolicyTimer,
} from "@replicast/sim-core";
import type { AnyPolicy } from "../load.ts";
import { isCount } from "./guard-policy.ts";
import { readQueries, readTimers } from "./read-answers.ts";

/** A program that is asked, one message after the other. */
export interface PolicyChannel {
  /** How messages to people call it. */
  readonly command: string;
  /**
   * Sends one line and waits for the one that answers it, whatever it says.
   * @param nowSeconds simulated time, for errors; undefined before the run
   * @throws InputError `policy_process_failed`, `policy_line_too_long`
   * @throws PolicyTimeLimitError when the answer does not come in time
   */
  ask(line: string, nowSeconds: number | undefined): string;
  /** End of what it has written to standard error so far. */
  errorOutput(): string;
}

/** Version of the protocol. */
export const POLICY_PROTOCOL = 1;

/** What a program makes of an entry's options; all that is known without asking it again. */
export type ProcessConfig = {
  readonly config: Json;
  readonly state: Json;
  readonly timers: readonly PolicyTimer[];
  readonly queries: readonly MetricRequest[];
  /** Whether it is asked which queries it needs; else it gets all. */
  readonly asksNeeds: boolean;
};

type Answer = Readonly<Record<string, unknown>>;

/**
 * A policy that a program decides. The program keeps nothing between messages: its state comes back with each one, so that a run can be
 * saved, continued, repeated and run beside others.
 *
 * @throws InputError when the program does not introduce itself
 */
export function processPolicy(channel: PolicyChannel): AnyPolicy {
  const ask = (message: { readonly [key: string]: Json }, nowSeconds?: number): Answer => asked(channel, message, nowSeconds);
  const { protocol, id } = ask({ type: "hello", protocol: POLICY_PROTOCOL });
  if (protocol !== POLICY_PROTOCOL || typeof id !== "string" || id === "" || id.length > 80)
    throw invalid(channel, { protocol, id }, `{"protocol":${POLICY_PROTOCOL},"id":"its name"}`, undefined);
  return {
    id,
    parseConfig: (raw, context) => configure(channel, raw, context),
    initialState: ({ state }: ProcessConfig) => state,
    timers: ({ timers }: ProcessConfig) => timers,
    queries: ({ queries }: ProcessConfig) => queries,
    needs(timer, state, { asksNeeds, queries, config }: ProcessConfig, scale) {
      if (!asksNeeds) return queries;
      const { needs } = ask({ type: "needs", timer, state, config, scale: { ...scale } });
      const isKnown = Array.isArray(needs) && needs.every((name) => queries.some((query) => query.name === name));
      if (!isKnown) throw invalid(channel, { needs }, "needs, a list of names of its queries", undefined);
      return queries.filter(({ name }) => (needs as readonly unknown[]).includes(name));
    },
    decide(observation, state, { config }: ProcessConfig) {
      const { nowSeconds } = observation;
      const answer = ask({ type: "decide", observation: observation as unknown as Json, state, config }, nowSeconds);
      const after = answer["state"] === undefined ? state : (answer["state"] as Json);
      const decision = answer["decision"];
      if (decision === undefined || decision === null) return { state: after };
      const { desiredReplicas, reason, evidence = {} } = (isRecord(decision) ? decision : {}) as Answer;
      if (!isCount(desiredReplicas) || typeof reason !== "string" || reason === "" || !isRecord(evidence))
        throw invalid(
          channel,
          answer,
          "a decision of desiredReplicas (a whole number from 0), reason (a word) and evidence (an object)",
          nowSeconds,
        );
      return { state: after, decision: { desiredReplicas, reason, evidence: evidence as { readonly [key: string]: Json } } };
    },
  };
}

function configure(channel: PolicyChannel, raw: unknown, context: PolicyContext): ParseResult<ProcessConfig> {
  const { deployment, startEpochSeconds, durationSeconds } = context;
  const answer = asked(
    channel,
    { type: "configure", config: raw as Json, deployment: { ...deployment }, startEpochSeconds, durationSeconds },
    undefined,
  );
  const { issues, config = {}, state = null, asksNeeds = false } = answer;
  if (Array.isArray(issues) && issues.length > 0) return { ok: false, issues: issues.map((issue) => readIssue(channel, issue)) };
  const timers = readTimers(answer["timers"]);
  const queries = readQueries(answer["queries"] ?? []);
  if (timers === undefined) throw invalid(channel, answer, 'timers, a list of {"name": …, "periodSeconds": … above 0}', undefined);
  if (queries === undefined)
    throw invalid(channel, answer, 'queries, a list of {"name": …, "kind": "promql", "query": …} or of the other kinds', undefined);
  if (typeof asksNeeds !== "boolean") throw invalid(channel, answer, "asksNeeds, true or false", undefined);
  return { ok: true, config: { config: config as Json, state: state as Json, timers, queries, asksNeeds } };
}

function readIssue(channel: PolicyChannel, issue: unknown): Issue {
  const { path = [], message } = (isRecord(issue) ? issue : {}) as Answer;
  const isPath = Array.isArray(path) && path.every((step) => typeof step === "string" || typeof step === "number");
  if (!isPath || typeof message !== "string") throw invalid(channel, issue, 'issues, a list of {"path": […], "message": "…"}', undefined);
  return { code: "policy_config_refused", path: path as readonly (string | number)[], data: { message } };
}

function asked(channel: PolicyChannel, message: { readonly [key: string]: Json }, nowSeconds: number | undefined): Answer {
  const line = channel.ask(JSON.stringify(message, withoutInfinity), nowSeconds);
  const answer = parsed(line);
  if (isRecord(answer)) return answer;
  throw invalid(channel, line, "a JSON object", nowSeconds);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Metric values that JSON has no number for are written as Prometheus' HTTP API writes them. */
function withoutInfinity(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Longest part of an answer that is shown. */
const SHOWN_CHARACTERS = 200;

/** An answer that breaks the protocol. */
function invalid(channel: PolicyChannel, answer: unknown, expected: string, nowSeconds: number | undefined): InputError {
  const text = typeof answer === "string" ? answer : (JSON.stringify(answer) ?? "nothing");
  const actual = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  const time = nowSeconds === undefined ? {} : { timeSeconds: nowSeconds };
  return new InputError([
    {
      code: "policy_answer_invalid",
      path: [],
      data: { command: channel.command, actual, expected, stderr: channel.errorOutput(), ...time },
    },
  ]);
}

function isRecord(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
