import { growPrefix, type RequestOrigin, type RequestRecord } from "../domain/request.ts";
import { ClientState, type ClientTable } from "./client-table.ts";
import type { TraceSessionsConfig, TrafficConfig } from "./config.ts";
import { setSessionPrefix } from "./session-prefix.ts";

/** Sessions whose ids are apart by multiples of this tell texts of one session apart. Below it there is room for all sessions of a run. */
const TEXTS_APART = 4_398_046_511_104;

/** A turn that waits for the one before it to end. */
interface HeldTurn {
  readonly plannedSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly priority: number;
  readonly model: number;
  readonly complexity: number;
  readonly turn: number;
  readonly sharedTokens: number;
  readonly namespace: number;
  readonly unitTokens: number;
  readonly ids: readonly number[];
}

/** Plain-data copy of the sessions of all traces. */
export interface TraceSessionsState {
  /** Per stream, longest unheard first. */
  readonly open: readonly (readonly (readonly [name: string, client: number])[])[];
  readonly counts: readonly number[];
  readonly held: readonly (readonly [client: number, turns: readonly HeldTurn[]])[];
}

/**
 * Sessions as traces name them: which turn a request is, what its prompt shares with the one before, and, in a closed loop, whether
 * it must wait for that one. A prompt that is at least as long as the prompt and the answer before it begins with them; a shorter one
 * begins the conversation's text anew. A session that is not heard of for long is forgotten, so that memory follows the number of
 * open sessions and not the length of the trace.
 */
export class TraceSessions {
  private readonly configs: readonly TrafficConfig[];
  private readonly table: ClientTable;
  /** By stream and name, longest unheard first. */
  private readonly open: readonly Map<string, number>[];
  private readonly counts: Float64Array;
  private readonly held = new Map<number, HeldTurn[]>();

  constructor(configs: readonly TrafficConfig[], table: ClientTable) {
    this.configs = configs;
    this.table = table;
    this.open = configs.map(() => new Map());
    this.counts = new Float64Array(configs.length);
  }

  /**
   * Takes the next turn of a session as the trace has it, and describes it.
   * @param plannedSeconds when the trace says it comes
   * @returns whether it may be sent now; otherwise it is kept
   */
  take(stream: number, plannedSeconds: number, into: RequestRecord, origin: RequestOrigin): boolean {
    const { table } = this;
    const config = this.configOf(stream);
    this.forget(stream, plannedSeconds - config.idleSeconds);
    const client = this.sessionOf(stream, into.session as string); // only requests of sessions come here
    table.sentSeconds[client] = plannedSeconds;
    this.describe(stream, client, into, origin);
    origin.client = config.closedLoop ? client : -1;
    if (!config.closedLoop) return true;
    if (table.state[client] === ClientState.Idle) {
      table.state[client] = ClientState.Open;
      return true;
    }
    const turns = this.held.get(client) ?? [];
    if (turns.length === 0) table.dueSeconds[client] = plannedSeconds;
    turns.push(heldTurn(plannedSeconds, into, origin));
    this.held.set(client, turns);
    return false;
  }

  /** Takes note of the end of a turn. @returns whether the next one was waiting for it */
  ended(client: number): boolean {
    const next = this.held.get(client)?.[0];
    this.table.state[client] = next === undefined ? ClientState.Idle : ClientState.Thinking;
    if (next !== undefined) this.table.dueSeconds[client] = next.plannedSeconds;
    return next !== undefined;
  }

  /** Sends the turn that waited first. */
  send(client: number, into: RequestRecord, origin: RequestOrigin): void {
    const { table } = this;
    const turns = this.held.get(client) ?? [];
    const next = turns.shift() as HeldTurn; // who is due has one
    if (turns.length === 0) this.held.delete(client);
    table.state[client] = ClientState.Open;
    into.promptTokens = next.promptTokens;
    into.outputTokens = next.outputTokens;
    into.priority = next.priority;
    into.model = next.model;
    into.complexity = next.complexity;
    const { prefix } = into;
    growPrefix(prefix, next.ids.length);
    prefix.namespace = next.namespace;
    prefix.unitTokens = next.unitTokens;
    prefix.count = next.ids.length;
    prefix.ids.set(next.ids);
    const stream = table.stream[client] as number;
    origin.stream = stream;
    origin.client = client;
    origin.sessionId = table.sessionId[client] as number;
    origin.turn = next.turn;
    origin.systemTokens = this.configOf(stream).systemTokens;
    origin.sharedTokens = next.sharedTokens;
  }

  /** Drops what waits in a session that may send nothing any more. @returns how many turns */
  drop(client: number): number {
    const count = this.held.get(client)?.length ?? 0;
    this.held.delete(client);
    this.table.state[client] = ClientState.Idle;
    return count;
  }

  /** Turns of a stream that wait for others. */
  heldOf(stream: number): number {
    let count = 0;
    for (const [client, turns] of this.held) if (this.table.stream[client] === stream) count += turns.length;
    return count;
  }

  /** Sessions of a stream that are remembered. */
  openOf(stream: number): number {
    return (this.open[stream] as Map<string, number>).size;
  }

  private configOf(stream: number): TraceSessionsConfig {
    const config = this.configs[stream];
    return (config?.kind === "trace" ? config.sessions : undefined) ?? DEFAULT_SESSIONS;
  }

  private sessionOf(stream: number, name: string): number {
    const open = this.open[stream] as Map<string, number>;
    const known = open.get(name);
    if (known !== undefined) {
      // the longest unheard stays in front
      open.delete(name);
      open.set(name, known);
      return known;
    }
    const { table, counts } = this;
    const client = table.take(stream, -1);
    const ordinal = counts[stream] as number;
    counts[stream] = ordinal + 1;
    table.sessionId[client] = ordinal * this.configs.length + stream;
    table.turn[client] = -1;
    // a copy: a piece of a block of text would keep the whole block in memory
    open.set(name.split("").join(""), client);
    return client;
  }

  private forget(stream: number, heardBeforeSeconds: number): void {
    const { table } = this;
    const open = this.open[stream] as Map<string, number>;
    for (const [name, client] of open) {
      if ((table.sentSeconds[client] as number) >= heardBeforeSeconds) return;
      open.delete(name);
      if (table.state[client] === ClientState.Idle) {
        table.release(client);
        continue;
      }
      // under way all the time
      table.sentSeconds[client] = heardBeforeSeconds;
      open.set(name, client);
    }
  }

  /** What the session's turn is, and what routers and the prefix cache may know of it. */
  private describe(stream: number, client: number, into: RequestRecord, origin: RequestOrigin): void {
    const { table } = this;
    const { systemTokens } = this.configOf(stream);
    const { promptTokens } = into;
    const sessionId = table.sessionId[client] as number;
    const turn = (table.turn[client] as number) + 1;
    const contextTokens = table.contextTokens[client] as number;
    const isContinued = turn > 0 && promptTokens >= contextTokens;
    if (turn > 0 && !isContinued) table.sessions[client] = (table.sessions[client] as number) + 1;
    table.turn[client] = turn;
    table.contextTokens[client] = Math.min(TOKENS_MAX, promptTokens + into.outputTokens);
    origin.stream = stream;
    origin.sessionId = sessionId;
    origin.turn = turn;
    origin.systemTokens = Math.min(systemTokens, promptTokens);
    origin.sharedTokens = isContinued ? contextTokens : origin.systemTokens;
    // a trace that says itself what its prompts begin with knows better
    if (into.prefix.count > 0) return;
    const text = sessionId + (table.sessions[client] as number) * TEXTS_APART;
    // behind the namespaces of traces and of marks, which take two per stream
    setSessionPrefix(into.prefix, 2 * this.configs.length + stream, { sessionId: text, systemTokens, promptTokens });
  }

  save(): TraceSessionsState {
    return {
      open: this.open.map((sessions) => [...sessions]),
      counts: Array.from(this.counts),
      held: [...this.held].map(([client, turns]) => [client, [...turns]] as const),
    };
  }

  restore(state: TraceSessionsState): void {
    this.open.forEach((sessions, stream) => {
      sessions.clear();
      for (const [name, client] of state.open[stream] ?? []) sessions.set(name, client);
    });
    this.counts.set(state.counts);
    this.held.clear();
    for (const [client, turns] of state.held) this.held.set(client, [...turns]);
  }
}

/** Token counts are kept in 32 bits. */
const TOKENS_MAX = 2_147_483_647;

/** Of a trace whose stream says nothing of its sessions. */
export const DEFAULT_SESSIONS: TraceSessionsConfig = { closedLoop: false, idleSeconds: 3600, systemTokens: 0 };

function heldTurn(plannedSeconds: number, record: RequestRecord, origin: RequestOrigin): HeldTurn {
  const { promptTokens, outputTokens, priority, model, complexity, prefix } = record;
  const { turn, sharedTokens } = origin;
  const ids = Array.from(prefix.ids.subarray(0, prefix.count));
  const { namespace, unitTokens } = prefix;
  return { plannedSeconds, promptTokens, outputTokens, priority, model, complexity, turn, sharedTokens, namespace, unitTokens, ids };
}
