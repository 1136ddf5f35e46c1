/**
 * What is known of the text of a prompt, as far as others may share it: units of equal length from its start. Equal
 * ids after equal ids stand for equal text.
 */
export interface PromptPrefix {
  /** Ids of different namespaces never stand for equal text. */
  namespace: number;
  /** Tokens of one unit; the last one may be cut short by the prompt's end. */
  unitTokens: number;
  /** Units that are known; 0: nothing is. */
  count: number;
  /** Whole numbers, one per unit; may be longer. */
  ids: Float64Array;
}

/** What is known of a request besides its time and lengths. */
export interface RequestMarks {
  /** Lower goes first where the engine schedules by priority. */
  readonly priority: number;
  readonly prefix: PromptPrefix;
  /** How hard it is to answer, 0…1; absent or {@link NO_COMPLEXITY}: nobody asks. */
  readonly complexity?: number;
  /** Position of the route that chose its deployment, if the route's answers are judged; absent or −1: they are not. */
  readonly route?: number;
}

/** One request as traffic produces it. Sources fill the same object again and again: copy what must be kept. */
export interface RequestRecord {
  /** Seconds since the start of the run; never decreasing within a source. */
  arrivalSeconds: number;
  /** Tokens of the prompt, ≥ 1. */
  promptTokens: number;
  /** Tokens the answer will have, ≥ 1. */
  outputTokens: number;
  /** Lower goes first where the engine schedules by priority. */
  priority: number;
  /** Position of the model it names among the plan's models, {@link NO_MODEL} or {@link UNKNOWN_MODEL}. */
  model: number;
  /** How hard it is to answer, 0…1: as its source says, else {@link NO_COMPLEXITY} until a route that needs it draws it. */
  complexity: number;
  /** Filled at the door: position of the route that chose its deployment, if the route's answers are judged, else −1. */
  route: number;
  /** Name of the session it belongs to, as its source calls it; undefined: none. */
  session: string | undefined;
  readonly prefix: PromptPrefix;
}

/** The request names no model: its stream decides. */
export const NO_MODEL = -1;
/** The request names a model that nobody serves. */
export const UNKNOWN_MODEL = -2;
/** Nobody has said how hard the request is to answer. */
export const NO_COMPLEXITY = -1;

/** A record to be filled. */
export function createRequestRecord(): RequestRecord {
  return {
    arrivalSeconds: 0,
    promptTokens: 0,
    outputTokens: 0,
    priority: 0,
    model: NO_MODEL,
    complexity: NO_COMPLEXITY,
    route: -1,
    session: undefined,
    prefix: { namespace: 0, unitTokens: 0, count: 0, ids: new Float64Array(0) },
  };
}

/** Moves a request from one record to another; what was in the other is lost, and what is left behind has no meaning. */
export function moveRequest(from: RequestRecord, to: RequestRecord): void {
  to.arrivalSeconds = from.arrivalSeconds;
  to.promptTokens = from.promptTokens;
  to.outputTokens = from.outputTokens;
  to.priority = from.priority;
  to.model = from.model;
  to.complexity = from.complexity;
  to.session = from.session;
  to.prefix.count = from.prefix.count;
  if (from.prefix.count === 0) return;
  to.prefix.namespace = from.prefix.namespace;
  to.prefix.unitTokens = from.prefix.unitTokens;
  // the ids change hands, so that nothing is copied
  const { ids } = to.prefix;
  to.prefix.ids = from.prefix.ids;
  from.prefix.ids = ids;
}

/** Makes room for the ids of a prefix. */
export function growPrefix(prefix: PromptPrefix, count: number): void {
  if (prefix.ids.length >= count) return;
  const ids = new Float64Array(Math.max(count, 2 * prefix.ids.length));
  ids.set(prefix.ids);
  prefix.ids = ids;
}

/** Where a request comes from: what a router and a prefix cache may know of it. Sources fill the same object again and again. */
export interface RequestOrigin {
  /** Position of its stream in the plan; −1: none. */
  stream: number;
  /** Who sends it, as the traffic counts its clients; −1: nobody waits for its end. */
  client: number;
  /** Unique in the run, and the same under every policy; −1: no session. */
  sessionId: number;
  /** Position in its session, from 0. */
  turn: number;
  /** Leading tokens of the prompt that all sessions of the stream share. */
  systemTokens: number;
  /** Leading tokens of the prompt that equal the session's previous prompt and answer; in a first turn, `systemTokens`. */
  sharedTokens: number;
}

/** The origin of a request that stands for itself. */
export const NO_ORIGIN: Readonly<RequestOrigin> = { stream: -1, client: -1, sessionId: -1, turn: 0, systemTokens: 0, sharedTokens: 0 };

/**
 * A synchronous stream of requests in order of arrival. Its state is plain data, so a run can be saved between
 * any two requests and continued.
 */
export interface RequestSource {
  /** Fills `into` with the next request; false when there is none left. */
  next(into: RequestRecord): boolean;
  save(): import("../errors.ts").Json;
  restore(state: import("../errors.ts").Json): void;
}

/** How a request ended. `inFlight`: had not ended when the run did. */
export type RequestFate = "completed" | "rejected" | "timedOut" | "cutOff" | "cancelled" | "inFlight";

/** Fates in the order in which tables show them. */
export const REQUEST_FATES: readonly RequestFate[] = ["completed", "rejected", "timedOut", "cutOff", "cancelled", "inFlight"];

/** Position of a fate in {@link REQUEST_FATES}. */
export function fateIndex(fate: RequestFate): number {
  switch (fate) {
    case "completed":
      return 0;
    case "rejected":
      return 1;
    case "timedOut":
      return 2;
    case "cutOff":
      return 3;
    case "cancelled":
      return 4;
    case "inFlight":
      return 5;
  }
}
