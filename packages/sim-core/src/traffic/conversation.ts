import { createSampler, type Sampler } from "../random/distributions.ts";
import { StreamColumns, type StreamColumnsState } from "../random/stream-columns.ts";
import type { Streams } from "../random/streams.ts";
import { wholeCount } from "./arrivals.ts";
import type { ClientTable } from "./client-table.ts";
import type { LengthsConfig, SessionConfig, TrafficConfig } from "./config.ts";

/** Largest count that the columns hold. */
const TOKENS_MAX = 2_147_483_647;

/** How the clients of one stream talk. */
interface Manner {
  readonly name: string;
  readonly promptTokens: Sampler;
  readonly outputTokens: Sampler;
  /** Answers end after so many. */
  readonly outputTokensMax: number;
  /** Between sessions. */
  readonly think: Sampler;
  readonly turns: Sampler;
  /** Between the turns of a session. */
  readonly turnThink: Sampler;
  readonly systemTokens: number;
  readonly maxContextTokens: number;
  readonly hasSessions: boolean;
  readonly users: number;
}

const ONE = { kind: "constant", value: 1 } as const;
const NONE = { kind: "constant", value: 0 } as const;

/**
 * What clients say: their next request, and how long they think before it. Each client has a stream of its own and takes
 * four numbers of it per request whatever becomes of the requests, so lengths and think time of a client's n-th request are the
 * same under every policy.
 */
export class Conversations {
  private readonly table: ClientTable;
  private readonly streams: Streams;
  private readonly manners: readonly (Manner | undefined)[];
  private readonly chance = new StreamColumns("clients");
  /** What was drawn last, beside the lengths: turns, should a session begin, and where in its distribution the think time lies. */
  private turns = 1;
  private thinkShare = 0;

  constructor(table: ClientTable, streams: Streams, configs: readonly TrafficConfig[]) {
    this.table = table;
    this.streams = streams;
    this.manners = configs.map(mannerOf);
  }

  /** Whether requests of the stream have somebody behind them who sends more. */
  isLive(stream: number): boolean {
    return this.manners[stream] !== undefined;
  }

  /** A user who has not said anything yet. @returns how long he thinks before his first request, seconds */
  meet(client: number): number {
    this.seed(client, this.table.user[client] as number);
    return this.prepare(client);
  }

  /** Begins a session that came by itself, the n-th of its stream, with the lengths of its first turn. */
  open(client: number, ordinal: number, inputTokens: number, outputTokens: number): void {
    this.seed(client, ordinal);
    this.table.sessions[client] = ordinal;
    this.draw(client);
    this.table.inputTokens[client] = inputTokens;
    this.table.outputTokens[client] = outputTokens;
    this.begin(client);
  }

  /** Takes note of a request's end: an answer joins the context; a request that got none ends the session. */
  heard(client: number, isAnswered: boolean): void {
    const { table } = this;
    if (!isAnswered) {
      table.turnsLeft[client] = 0;
      return;
    }
    table.contextTokens[client] = this.promptTokens(client) + (table.outputTokens[client] as number);
    table.turn[client] = (table.turn[client] as number) + 1;
    table.turnsLeft[client] = (table.turnsLeft[client] as number) - 1;
  }

  /** Draws the next request. @returns how long the client thinks before it, seconds; NaN when a session is over and nobody is there to begin another */
  prepare(client: number): number {
    const { table } = this;
    const manner = this.mannerOf(client);
    this.draw(client);
    const turnsLeft = table.turnsLeft[client] as number;
    const needed = this.promptTokens(client) + (table.outputTokens[client] as number);
    if (turnsLeft > 0 && needed <= manner.maxContextTokens) {
      table.sharedTokens[client] = table.contextTokens[client] as number;
      return manner.turnThink.quantile(this.thinkShare);
    }
    if ((table.user[client] as number) < 0) return Number.NaN;
    this.begin(client);
    return manner.think.quantile(this.thinkShare);
  }

  /** Tokens of the prompt of the next or open request. */
  promptTokens(client: number): number {
    return (this.table.contextTokens[client] as number) + (this.table.inputTokens[client] as number);
  }

  systemTokens(stream: number): number {
    return this.manners[stream]?.systemTokens ?? 0;
  }

  save(): StreamColumnsState {
    return this.chance.save();
  }

  restore(state: StreamColumnsState): void {
    this.chance.restore(state);
  }

  private begin(client: number): void {
    const { table } = this;
    const manner = this.mannerOf(client);
    const session = table.sessions[client] as number;
    const user = Math.max(0, table.user[client] as number);
    table.sessionId[client] = manner.hasSessions
      ? (session * manner.users + user) * this.manners.length + (table.stream[client] as number)
      : -1;
    table.sessions[client] = session + 1;
    table.turn[client] = 0;
    table.turnsLeft[client] = this.turns;
    table.contextTokens[client] = manner.systemTokens;
    table.sharedTokens[client] = manner.systemTokens;
  }

  private seed(client: number, number: number): void {
    this.chance.seed(client, this.streams.seedState(`client/${this.mannerOf(client).name}/${number}`));
  }

  private draw(client: number): void {
    const { table, chance } = this;
    const { turns, promptTokens, outputTokens, outputTokensMax } = this.mannerOf(client);
    chance.row = client;
    this.turns = wholeCount(turns.sample(chance));
    table.inputTokens[client] = Math.min(TOKENS_MAX, wholeCount(promptTokens.sample(chance)));
    table.outputTokens[client] = Math.min(outputTokensMax, wholeCount(outputTokens.sample(chance)));
    this.thinkShare = chance.uniform();
  }

  private mannerOf(client: number): Manner {
    return this.manners[this.table.stream[client] as number] as Manner; // only clients of live streams get a row
  }
}

function mannerOf(config: TrafficConfig): Manner | undefined {
  if (config.kind === "users") {
    const users = Math.max(1, ...config.users.map(([, count]) => count));
    return manner(config.name, config.lengths, config.session, createSampler(config.thinkSeconds), users);
  }
  if (config.kind === "trace" || config.session === undefined) return undefined;
  const limit = config.maxOutputTokens ?? TOKENS_MAX;
  return { ...manner(config.name, config.lengths, config.session, createSampler(NONE), 1), outputTokensMax: limit };
}

function manner(name: string, lengths: LengthsConfig, session: SessionConfig | undefined, think: Sampler, users: number): Manner {
  return {
    name,
    promptTokens: createSampler(lengths.promptTokens),
    outputTokens: createSampler(lengths.outputTokens),
    outputTokensMax: TOKENS_MAX,
    think,
    turns: createSampler(session?.turns ?? ONE),
    turnThink: createSampler(session?.thinkSeconds ?? NONE),
    systemTokens: session?.systemTokens ?? 0,
    maxContextTokens: session?.maxContextTokens ?? Number.POSITIVE_INFINITY,
    hasSessions: session !== undefined,
    users,
  };
}
