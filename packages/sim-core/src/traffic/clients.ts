import {
  NO_COMPLEXITY,
  NO_MODEL,
  type RequestFate,
  type RequestOrigin,
  type RequestRecord,
  type RequestSource,
} from "../domain/request.ts";
import type { Json } from "../errors.ts";
import { EventQueue, type EventQueueState } from "../kernel/event-queue.ts";
import type { StreamColumnsState } from "../random/stream-columns.ts";
import type { Streams } from "../random/streams.ts";
import { ClientState, ClientTable, type ClientTableState } from "./client-table.ts";
import type { TrafficConfig } from "./config.ts";
import { Conversations } from "./conversation.ts";
import { type MergedSource, mergeSources } from "./merge.ts";
import { setSessionPrefix } from "./session-prefix.ts";
import { TraceSessions, type TraceSessionsState } from "./trace-sessions.ts";
import { UserCount, type UserCountState } from "./user-count.ts";

/** What is in the queue of the clients; at one instant in this order. */
const Due = {
  /** Subject: stream whose number of users changes. */
  Users: 0,
  /** Subject: stream of which one request less is open. */
  Place: 1,
  /** Subject: client whose next request is due. */
  Client: 2,
} as const;

/** What was sent of one stream, and what was held back by its limits. */
export interface StreamTally {
  sent: number;
  /** Of those sent, later than planned … */
  delayed: number;
  /** … by so much in all, and at most, seconds. */
  delaySeconds: number;
  delaySecondsMax: number;
  /** Planned, and still held back when the run or the stream ended. */
  unsent: number;
}

interface StreamState {
  open: number;
  /** Line of clients that wait for a place. */
  head: number;
  tail: number;
  /** Whether the stream's source waits for a place. */
  isHeld: boolean;
  /** Sessions that came by themselves. */
  sessions: number;
  readonly tally: StreamTally;
}

/** Plain-data copy of all clients. */
export interface ClientsState {
  readonly merged: Json;
  readonly queue: EventQueueState;
  readonly table: ClientTableState;
  readonly chance: StreamColumnsState;
  readonly sessions: TraceSessionsState;
  readonly streams: readonly Readonly<StreamState>[];
  readonly counts: readonly (UserCountState | undefined)[];
  readonly clientOfUser: readonly (readonly number[])[];
}

/**
 * Everybody who sends requests: streams that follow a plan of their own (generators, traces), and clients that wait for an end
 * before they go on (users, sessions). Each stream keeps to its limit of open requests and its end; what is due while the limit is
 * reached is sent when a place is free, in the order in which it was due.
 */
export class Clients {
  /** When `next` has something to do; Infinity: nothing, unless a request ends. A field, because the main loop looks at it before every event. */
  peekSeconds: number = Number.POSITIVE_INFINITY;
  private readonly configs: readonly TrafficConfig[];
  private readonly merged: MergedSource;
  private readonly queue = new EventQueue();
  private readonly table = new ClientTable();
  private readonly talk: Conversations;
  private readonly sessions: TraceSessions;
  private streams: readonly StreamState[];
  private readonly counts: readonly (UserCount | undefined)[];
  private clientOfUser: readonly number[][];
  private readonly maxOpen: Float64Array;
  private readonly stopSeconds: Float64Array;

  /** @param sources per stream; those of users give nothing */
  constructor(configs: readonly TrafficConfig[], sources: readonly RequestSource[], streams: Streams) {
    this.configs = configs;
    this.maxOpen = Float64Array.from(configs, ({ maxOpenRequests }) => maxOpenRequests ?? Number.POSITIVE_INFINITY);
    this.stopSeconds = Float64Array.from(configs, ({ stopSeconds }) => stopSeconds ?? Number.POSITIVE_INFINITY);
    this.merged = mergeSources(sources, Array.from(this.stopSeconds));
    this.talk = new Conversations(this.table, streams, configs);
    this.sessions = new TraceSessions(configs, this.table);
    this.streams = configs.map(() => ({
      open: 0,
      head: -1,
      tail: -1,
      isHeld: false,
      sessions: 0,
      tally: { sent: 0, delayed: 0, delaySeconds: 0, delaySecondsMax: 0, unsent: 0 },
    }));
    this.counts = configs.map((config) => (config.kind === "users" ? new UserCount(config.users) : undefined));
    this.clientOfUser = configs.map(() => []);
    this.counts.forEach((_, stream) => {
      this.awaitUsers(stream);
    });
    this.lookAhead();
  }

  /** Takes what is due first: a planned request before anything else at one instant. @returns its stream, or −1 when nothing was sent */
  next(into: RequestRecord, origin: RequestOrigin): number {
    const stream = this.takeNext(into, origin);
    this.lookAhead();
    return stream;
  }

  private takeNext(into: RequestRecord, origin: RequestOrigin): number {
    const { queue } = this;
    const nowSeconds = queue.headTimeSeconds;
    if (this.merged.peekSeconds <= nowSeconds) return this.sendPlanned(into, origin);
    const kind = queue.headKind;
    const subject = queue.headSubject;
    queue.pop();
    if (kind === Due.Users) return this.changeUsers(subject, nowSeconds);
    const client = kind === Due.Place ? this.nextInLine(subject, nowSeconds) : this.clientDue(subject, nowSeconds);
    if (client < 0) return -1;
    this.sendOf(client, nowSeconds, into, origin);
    return this.table.stream[client] as number;
  }

  /** Takes note of a request's end: a place is free, and who waited for it goes on. */
  ended(stream: number, client: number, fate: RequestFate, nowSeconds: number): void {
    if (stream < 0) return;
    const state = this.at(stream);
    state.open--;
    if (state.isHeld) this.queue.push(nowSeconds, Due.Place, Due.Place, stream);
    else if (client < 0) return;
    if (client >= 0) this.goOn(stream, client, fate, nowSeconds);
    this.lookAhead();
  }

  /** Who waited for an end thinks of what comes next. */
  private goOn(stream: number, client: number, fate: RequestFate, nowSeconds: number): void {
    if (this.isTrace(stream)) {
      if (this.sessions.ended(client)) this.queue.push(nowSeconds, Due.Client, Due.Client, client);
      return;
    }
    const { table, talk } = this;
    talk.heard(client, fate === "completed");
    const isSession = (table.user[client] as number) < 0;
    const thinkSeconds = isSession && table.turnsLeft[client] === 0 ? Number.NaN : talk.prepare(client);
    if (Number.isNaN(thinkSeconds)) {
      table.release(client);
      return;
    }
    this.think(client, nowSeconds, thinkSeconds + this.pauseSeconds(client, fate, nowSeconds));
  }

  /** To be called after anything that may have changed what comes next. */
  private lookAhead(): void {
    const planned = this.merged.peekSeconds;
    const due = this.queue.headTimeSeconds;
    this.peekSeconds = planned < due ? planned : due;
  }

  /** Counts what its limits kept from being sent, at the end of the run. */
  finish(endSeconds: number): void {
    this.streams.forEach((state, stream) => {
      if (this.isTrace(stream)) state.tally.unsent += this.sessions.heldOf(stream);
      else for (let client = state.head; client >= 0; client = this.table.next[client] as number) state.tally.unsent++;
      if (!Number.isFinite(this.maxOpen[stream])) return;
      state.tally.unsent += this.merged.drain(stream, Math.min(endSeconds, this.stopSeconds[stream] as number));
    });
  }

  /** What was sent of every stream so far. */
  get tallies(): readonly Readonly<StreamTally>[] {
    return this.streams.map(({ tally }) => tally);
  }

  // ── streams with a plan of their own ──────────────────────────────────────────────────────────────────────────

  private sendPlanned(into: RequestRecord, origin: RequestOrigin): number {
    const stream = this.merged.next(into);
    if (into.session !== undefined) return this.sendTurn(stream, into, origin);
    this.count(stream, into.arrivalSeconds, this.merged.plannedSeconds);
    if (this.talk.isLive(stream)) {
      const client = this.table.take(stream, -1);
      this.talk.open(client, this.at(stream).sessions++, into.promptTokens, into.outputTokens);
      this.fill(client, into.arrivalSeconds, into, origin);
      return stream;
    }
    origin.stream = stream;
    origin.client = -1;
    origin.sessionId = -1;
    origin.turn = 0;
    origin.systemTokens = 0;
    origin.sharedTokens = 0;
    return stream;
  }

  /** The next turn of a session of a trace; it may have to wait for the one before it. */
  private sendTurn(stream: number, into: RequestRecord, origin: RequestOrigin): number {
    const { plannedSeconds } = this.merged;
    if (!this.sessions.take(stream, plannedSeconds, into, origin)) return -1;
    this.count(stream, into.arrivalSeconds, plannedSeconds);
    return stream;
  }

  // ── users and sessions ────────────────────────────────────────────────────────────────────────────────────────

  private awaitUsers(stream: number): void {
    const nextSeconds = this.counts[stream]?.nextSeconds ?? Number.POSITIVE_INFINITY;
    if (nextSeconds < (this.stopSeconds[stream] as number)) this.queue.push(nextSeconds, Due.Users, Due.Users, stream);
  }

  /** A user comes or goes; who goes finishes what is open. */
  private changeUsers(stream: number, nowSeconds: number): -1 {
    const count = this.counts[stream] as UserCount; // only streams of users are in the queue
    if (count.take() > 0) this.welcome(stream, count.level - 1, nowSeconds);
    this.awaitUsers(stream);
    return -1;
  }

  /** Who comes back sends at once what they had in mind. */
  private welcome(stream: number, user: number, nowSeconds: number): void {
    const known = (this.clientOfUser[stream] as number[])[user];
    if (known !== undefined) {
      if (this.table.state[known] === ClientState.Idle) this.think(known, nowSeconds, 0);
      return;
    }
    const client = this.table.take(stream, user);
    (this.clientOfUser[stream] as number[]).push(client);
    this.think(client, nowSeconds, this.talk.meet(client));
  }

  private think(client: number, nowSeconds: number, thinkSeconds: number): void {
    this.table.state[client] = ClientState.Thinking;
    this.table.dueSeconds[client] = nowSeconds + thinkSeconds;
    this.queue.push(nowSeconds + thinkSeconds, Due.Client, Due.Client, client);
  }

  /** Nobody sends the next request in the very instant in which the last one failed: time would stand still. */
  private pauseSeconds(client: number, fate: RequestFate, nowSeconds: number): number {
    const config = this.configs[this.table.stream[client] as number];
    if (config?.kind !== "users") return 0;
    return fate !== "completed" || this.table.sentSeconds[client] === nowSeconds ? config.pauseAfterLossSeconds : 0;
  }

  /** @returns the client if it may send now, −1 if it is gone or has to wait */
  private clientDue(client: number, nowSeconds: number): number {
    const stream = this.table.stream[client] as number;
    if (!this.isThere(client) || nowSeconds >= (this.stopSeconds[stream] as number)) {
      this.dismiss(client);
      return -1;
    }
    const state = this.at(stream);
    if (state.head < 0 && state.open < (this.maxOpen[stream] as number)) return client;
    this.queueUp(client, state);
    return -1;
  }

  /** A place is free: it goes to what was due first, a client or the stream's source. */
  private nextInLine(stream: number, nowSeconds: number): number {
    const state = this.at(stream);
    if (state.open >= (this.maxOpen[stream] as number) || nowSeconds >= (this.stopSeconds[stream] as number)) return -1;
    while (state.head >= 0 && !this.isThere(state.head)) this.dismiss(this.leaveLine(state));
    const isFirst = state.head >= 0 && (this.table.dueSeconds[state.head] as number) <= this.merged.plannedOf(stream);
    if (isFirst) return this.leaveLine(state);
    state.isHeld = false;
    this.merged.release(stream, nowSeconds);
    return -1;
  }

  private sendOf(client: number, nowSeconds: number, into: RequestRecord, origin: RequestOrigin): void {
    const stream = this.table.stream[client] as number;
    into.arrivalSeconds = nowSeconds;
    this.count(stream, nowSeconds, this.table.dueSeconds[client] as number);
    this.fill(client, nowSeconds, into, origin);
    const state = this.at(stream);
    if (!state.isHeld || state.head >= 0 || state.open >= (this.maxOpen[stream] as number)) return;
    state.isHeld = false;
    this.merged.release(stream, nowSeconds);
  }

  private fill(client: number, nowSeconds: number, into: RequestRecord, origin: RequestOrigin): void {
    const { table, talk } = this;
    const stream = table.stream[client] as number;
    if (this.isTrace(stream)) {
      this.sessions.send(client, into, origin);
      return;
    }
    table.state[client] = ClientState.Open;
    table.sentSeconds[client] = nowSeconds;
    into.promptTokens = talk.promptTokens(client);
    into.outputTokens = table.outputTokens[client] as number;
    into.model = NO_MODEL;
    into.complexity = NO_COMPLEXITY;
    this.describe(client, into);
    origin.stream = stream;
    origin.client = client;
    origin.sessionId = table.sessionId[client] as number;
    origin.turn = table.turn[client] as number;
    origin.systemTokens = talk.systemTokens(stream);
    origin.sharedTokens = table.sharedTokens[client] as number;
  }

  /** What the prefix cache may know: of a conversation all, of a request by itself nothing. */
  private describe(client: number, into: RequestRecord): void {
    const stream = this.table.stream[client] as number;
    const sessionId = this.table.sessionId[client] as number;
    if (this.configs[stream]?.kind === "users") into.priority = 0;
    into.prefix.count = 0;
    if (sessionId < 0) return;
    // behind the namespaces of traces and of marks, which take two per stream
    const { promptTokens } = into;
    setSessionPrefix(into.prefix, 2 * this.configs.length + stream, {
      sessionId,
      systemTokens: this.talk.systemTokens(stream),
      promptTokens,
    });
  }

  private count(stream: number, sentSeconds: number, plannedSeconds: number): void {
    const state = this.at(stream);
    const { tally } = state;
    tally.sent++;
    if (sentSeconds > plannedSeconds) {
      const delaySeconds = sentSeconds - plannedSeconds;
      tally.delayed++;
      tally.delaySeconds += delaySeconds;
      tally.delaySecondsMax = Math.max(tally.delaySecondsMax, delaySeconds);
    }
    state.open++;
    if (state.isHeld || (state.head < 0 && state.open < (this.maxOpen[stream] as number))) return;
    state.isHeld = true;
    this.merged.hold(stream);
  }

  /** A session that may not go on is over; a user stays, with what he had in mind. */
  private dismiss(client: number): void {
    const stream = this.table.stream[client] as number;
    if (this.isTrace(stream)) {
      this.at(stream).tally.unsent += this.sessions.drop(client);
      return;
    }
    if ((this.table.user[client] as number) < 0) this.table.release(client);
    else this.table.state[client] = ClientState.Idle;
  }

  private isTrace(stream: number): boolean {
    return this.configs[stream]?.kind === "trace";
  }

  private isThere(client: number): boolean {
    const user = this.table.user[client] as number;
    return user < (this.counts[this.table.stream[client] as number]?.level ?? Number.POSITIVE_INFINITY);
  }

  private queueUp(client: number, state: StreamState): void {
    this.table.state[client] = ClientState.Waiting;
    this.table.next[client] = -1;
    if (state.head < 0) state.head = client;
    else this.table.next[state.tail] = client;
    state.tail = client;
  }

  private leaveLine(state: StreamState): number {
    const client = state.head;
    state.head = this.table.next[client] as number;
    return client;
  }

  private at(stream: number): StreamState {
    return this.streams[stream] as StreamState;
  }

  // ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────

  save(): ClientsState {
    return {
      merged: this.merged.save(),
      queue: this.queue.save(),
      table: this.table.save(),
      chance: this.talk.save(),
      sessions: this.sessions.save(),
      streams: this.streams.map((state) => ({ ...state, tally: { ...state.tally } })),
      counts: this.counts.map((count) => count?.save()),
      clientOfUser: this.clientOfUser.map((clients) => [...clients]),
    };
  }

  restore(state: ClientsState): void {
    this.merged.restore(state.merged);
    this.queue.restore(state.queue);
    this.table.restore(state.table);
    this.talk.restore(state.chance);
    this.sessions.restore(state.sessions);
    this.streams = state.streams.map((each) => ({ ...each, tally: { ...each.tally } }));
    this.counts.forEach((count, stream) => {
      count?.restore(state.counts[stream] as UserCountState);
    });
    this.clientOfUser = state.clientOfUser.map((clients) => [...clients]);
    this.lookAhead();
  }
}
