import type { PromptPrefix, RequestOrigin } from "../domain/request.ts";
import { chainKeys } from "./prefix-keys.ts";
import { RangePool } from "./range-pool.ts";
import { RECORD_CELLS, viewColumns } from "./records.ts";

/** Where an attempt is. */
export const SlotState = {
  Free: 0,
  /** The client waits before its next try. */
  Backoff: 1,
  /** In the gateway's queue. */
  Queued: 2,
  /** Routed to a replica, still in its front end (tokeniser, HTTP). */
  Ingress: 3,
  /** In the engine's queue. */
  Waiting: 4,
  /** In the batch, its prompt not finished. */
  Prefilling: 5,
  /** In the batch, one token a step. */
  Decoding: 6,
  /** Its prompt is computed; its KV blocks are kept for the replica that decodes it. Its client is with another slot. */
  Held: 7,
  /** Its KV blocks are taken, their content is on its way from the replica that computed the prompt. */
  Receiving: 8,
  /** The content is there; it waits for a place in the batch. */
  Received: 9,
} as const;

/** Which part of an attempt a replica computes. */
export const Part = {
  Whole: 0,
  /** The prompt: its KV blocks go to another replica. */
  Prompt: 1,
  /** The answer: the prompt's KV blocks come from another replica. */
  Answer: 2,
} as const;

/**
 * The three groups of columns: what most requests never touch is apart from what each event touches. The groups of whole
 * numbers are full, so `pool` and `part` are among the others.
 */
const FLOAT_COLUMNS = [
  "arrivalSeconds",
  "attemptSeconds",
  "enqueueSeconds",
  "admitSeconds",
  "firstTokenSeconds",
  "lastTokenSeconds",
  "requestId",
  "sessionId",
  "prefixKey",
  "waitStartSeconds",
  "kvReadySeconds",
  "pool",
  "part",
  "hindered",
  "complexity",
  "route",
] as const;
const HOT_COLUMNS = [
  "state",
  "aborted",
  "next",
  "previous",
  "promptTokens",
  "outputTokens",
  "emittedTokens",
  "computedTokens",
  "lengthOffset",
  "finishStep",
  "admission",
  "replica",
  "deployment",
  "timeoutHandle",
  "patienceHandle",
  "prefixCount",
] as const;
const COLD_COLUMNS = [
  "attempt",
  "queueHandle",
  "stream",
  "client",
  "turn",
  "systemTokens",
  "sharedTokens",
  "priority",
  "stepTokens",
  "joinStep",
  "prefixStart",
  "prefixUnitTokens",
  "prefixTokens",
  "keyedBlocks",
  "heapPosition",
  "peer",
] as const;

/** Routers double a key to tell it from a session's; it must stay a whole number. */
const ROUTER_KEYS = 2_251_799_813_685_248;

/** What belongs to the request and its attempt, wherever they are. */
const REQUEST_COLUMNS = [
  "requestId",
  "arrivalSeconds",
  "attemptSeconds",
  "admitSeconds",
  "firstTokenSeconds",
  "promptTokens",
  "outputTokens",
  "deployment",
  "pool",
  "hindered",
  "complexity",
  "route",
  "attempt",
  "replica",
  "priority",
  "stepTokens",
  "prefixKey",
  "prefixTokens",
  "sessionId",
  "stream",
  "client",
  "turn",
  "systemTokens",
  "sharedTokens",
] as const;

/** Room before the first resize. */
const FIRST_RECORDS = 256;
const NO_FLOATS: Float64Array = new Float64Array(0);
const NO_INTS: Int32Array = new Int32Array(0);

export interface RequestTableState {
  readonly floats: Float64Array;
  readonly hot: Int32Array;
  readonly cold: Int32Array;
  readonly prefixes: readonly Float64Array[];
  readonly size: number;
  readonly freeHead: number;
  readonly live: number;
}

/**
 * Every open request, one slot each. Read and written as columns, kept as records: each column is a view that begins at its cell
 * of the first record, and a slot is the place of its record, a multiple of the record's size. So what belongs to one
 * request lies side by side in memory. Slots are recycled through a free list, so memory follows the number of requests in
 * flight, not the number of requests.
 */
export class RequestTable {
  /** Position in the traffic, from 0. */
  requestId: Float64Array = NO_FLOATS;
  /** First arrival at the gateway. */
  arrivalSeconds: Float64Array = NO_FLOATS;
  /** Arrival of the current attempt. */
  attemptSeconds: Float64Array = NO_FLOATS;
  /** When the engine's queue sees it. */
  enqueueSeconds: Float64Array = NO_FLOATS;
  /** First admission of the current attempt into a batch; NaN before. */
  admitSeconds: Float64Array = NO_FLOATS;
  /** NaN before. */
  firstTokenSeconds: Float64Array = NO_FLOATS;
  /** Last token before a preemption. */
  lastTokenSeconds: Float64Array = NO_FLOATS;
  /** Names what the prompt begins with; −1: nothing known. */
  prefixKey: Float64Array = NO_FLOATS;
  promptTokens: Int32Array = NO_INTS;
  outputTokens: Int32Array = NO_INTS;
  /** Tokens emitted; brought up to date when a sequence leaves the batch. */
  emittedTokens: Int32Array = NO_INTS;
  /** Tokens in the KV cache while the prompt is computed. */
  computedTokens: Int32Array = NO_INTS;
  /** Tokens in the KV cache minus the replica's step counter, while decoding. */
  lengthOffset: Int32Array = NO_INTS;
  /** Step counter at which the last token comes. */
  finishStep: Int32Array = NO_INTS;
  /** Order of admission into the replica's batch. */
  admission: Int32Array = NO_INTS;
  /** Lower goes first where the engine schedules by priority. */
  priority: Int32Array = NO_INTS;
  /** Tokens per decode step in units of 1/1024; 1024 without speculation. */
  stepTokens: Int32Array = NO_INTS;
  /** Step counter after which it decodes; kept with speculation only. */
  joinStep: Int32Array = NO_INTS;
  /** Where the keys of its prompt's units stand in `prefixes`. */
  prefixStart: Int32Array = NO_INTS;
  /** Units of its prompt that are known; 0: none. */
  prefixCount: Int32Array = NO_INTS;
  prefixUnitTokens: Int32Array = NO_INTS;
  /** Leading KV blocks it holds that others can share. */
  keyedBlocks: Int32Array = NO_INTS;
  /** Place in the heap it is in: of those that decode, or of those that wait. */
  heapPosition: Int32Array = NO_INTS;
  next: Int32Array = NO_INTS;
  previous: Int32Array = NO_INTS;
  replica: Int32Array = NO_INTS;
  deployment: Int32Array = NO_INTS;
  /** 0 for the first. */
  attempt: Int32Array = NO_INTS;
  /** Event handles; −1: none. */
  timeoutHandle: Int32Array = NO_INTS;
  patienceHandle: Int32Array = NO_INTS;
  queueHandle: Int32Array = NO_INTS;
  /** Leading tokens of the prompt that its prefix key stands for. */
  prefixTokens: Int32Array = NO_INTS;
  /** Session of the request, −1: none; see `RequestOrigin` for this and the next five. */
  sessionId: Float64Array = NO_FLOATS;
  stream: Int32Array = NO_INTS;
  client: Int32Array = NO_INTS;
  turn: Int32Array = NO_INTS;
  systemTokens: Int32Array = NO_INTS;
  sharedTokens: Int32Array = NO_INTS;
  /** Deployment at whose gateway or replica it is: that of the request, or the one that computes its prompt. */
  pool: Float64Array = NO_FLOATS;
  /** Of an answer part, the slot that holds the prompt's KV blocks, and the other way round; −1: none. */
  peer: Int32Array = NO_INTS;
  /** Start of the wait that ends with admission: the attempt's arrival, later by what a replica computed in between. */
  waitStartSeconds: Float64Array = NO_FLOATS;
  /** When the content of its KV blocks has come from another replica. */
  kvReadySeconds: Float64Array = NO_FLOATS;
  /** How hard it is to answer, 0…1; read where `route` is one. */
  complexity: Float64Array = NO_FLOATS;
  /** Position of the route that chose its deployment, if the route's answers are judged; −1: they are not. */
  route: Float64Array = NO_FLOATS;
  /** One of {@link Part}. */
  part: Float64Array = NO_FLOATS;
  /** Bits of `Hindered`. */
  hindered: Float64Array = NO_FLOATS;
  state: Int32Array = NO_INTS;
  /** 1: the client has left; the engine lets go at its next step. */
  aborted: Int32Array = NO_INTS;
  /** Keys of the units of all prompts. */
  readonly prefixes: RangePool = new RangePool();

  private floats = new Float64Array(0);
  private hot = new Int32Array(0);
  private cold = new Int32Array(0);
  /** End of the records ever used. */
  private size = 0;
  private freeHead = -1;
  private liveCount = 0;

  constructor() {
    this.resize(FIRST_RECORDS * RECORD_CELLS);
  }

  /** Requests that have a slot. */
  get live(): number {
    return this.liveCount;
  }

  /** Every slot ever used, live or not. */
  forEachSlot(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.size; slot += RECORD_CELLS) visit(slot);
  }

  /** A slot with clean fields. */
  take(): number {
    let slot = this.freeHead;
    if (slot >= 0) {
      this.freeHead = this.next[slot] as number;
    } else {
      slot = this.size;
      if (slot === this.hot.length) this.resize(slot * 2);
      this.size += RECORD_CELLS;
    }
    this.liveCount++;
    this.admitSeconds[slot] = Number.NaN;
    this.firstTokenSeconds[slot] = Number.NaN;
    this.lastTokenSeconds[slot] = Number.NaN;
    this.emittedTokens[slot] = 0;
    this.computedTokens[slot] = 0;
    this.next[slot] = -1;
    this.previous[slot] = -1;
    this.replica[slot] = -1;
    this.attempt[slot] = 0;
    this.timeoutHandle[slot] = -1;
    this.patienceHandle[slot] = -1;
    this.queueHandle[slot] = -1;
    this.aborted[slot] = 0;
    this.part[slot] = Part.Whole;
    this.hindered[slot] = 0;
    this.peer[slot] = -1;
    this.priority[slot] = 0;
    this.stepTokens[slot] = 1024;
    this.prefixCount[slot] = 0;
    this.keyedBlocks[slot] = 0;
    this.prefixKey[slot] = -1;
    this.sessionId[slot] = -1;
    this.prefixTokens[slot] = 0;
    this.stream[slot] = 0;
    this.complexity[slot] = 0;
    this.route[slot] = -1;
    return slot;
  }

  /** Notes where a request comes from. */
  setOrigin(slot: number, origin: Readonly<RequestOrigin>): void {
    this.stream[slot] = origin.stream;
    this.client[slot] = origin.client;
    this.sessionId[slot] = origin.sessionId;
    this.turn[slot] = origin.turn;
    this.systemTokens[slot] = origin.systemTokens;
    this.sharedTokens[slot] = origin.sharedTokens;
  }

  /** Keeps what is known of the text of a slot's prompt, until it is released. */
  setPrefix(slot: number, prefix: PromptPrefix): void {
    if (prefix.count === 0) return;
    const start = this.prefixes.take(prefix.count);
    chainKeys(prefix, this.prefixes.values, start);
    this.prefixStart[slot] = start;
    this.prefixCount[slot] = prefix.count;
    this.prefixUnitTokens[slot] = prefix.unitTokens;
    // a router looks at what the prompt begins with; of a session it knows more
    if ((this.sessionId[slot] as number) >= 0) return;
    this.prefixKey[slot] = (this.prefixes.values[start] as number) % ROUTER_KEYS;
    this.prefixTokens[slot] = Math.min(prefix.unitTokens, this.promptTokens[slot] as number);
  }

  /** Gives a slot the request and the attempt of another one; not what its replica and its timers keep. */
  copyRequest(from: number, to: number): void {
    for (const name of REQUEST_COLUMNS) this[name][to] = this[name][from] as number;
    const count = this.prefixCount[from] as number;
    if (count === 0) return;
    const start = this.prefixes.take(count);
    this.prefixes.values.copyWithin(start, this.prefixStart[from] as number, (this.prefixStart[from] as number) + count);
    this.prefixStart[to] = start;
    this.prefixCount[to] = count;
    this.prefixUnitTokens[to] = this.prefixUnitTokens[from] as number;
  }

  /** Between two attempts: nothing has happened of the next one. */
  resetAttempt(slot: number): void {
    this.state[slot] = SlotState.Backoff;
    this.emittedTokens[slot] = 0;
    this.admitSeconds[slot] = Number.NaN;
    this.firstTokenSeconds[slot] = Number.NaN;
  }

  release(slot: number): void {
    if ((this.prefixCount[slot] as number) > 0) this.prefixes.give(this.prefixStart[slot] as number, this.prefixCount[slot] as number);
    this.state[slot] = SlotState.Free;
    this.next[slot] = this.freeHead;
    this.freeHead = slot;
    this.liveCount--;
  }

  save(): RequestTableState {
    return {
      floats: this.floats.slice(0, this.size),
      hot: this.hot.slice(0, this.size),
      cold: this.cold.slice(0, this.size),
      prefixes: this.prefixes.save(),
      size: this.size,
      freeHead: this.freeHead,
      live: this.liveCount,
    };
  }

  restore(state: RequestTableState): void {
    if (this.hot.length < state.size) this.resize(state.size * 2);
    this.floats.set(state.floats);
    this.hot.set(state.hot);
    this.cold.set(state.cold);
    this.prefixes.restore(state.prefixes);
    this.size = state.size;
    this.freeHead = state.freeHead;
    this.liveCount = state.live;
  }

  private resize(cells: number): void {
    const { floats, hot, cold } = this;
    this.floats = new Float64Array(cells);
    this.hot = new Int32Array(cells);
    this.cold = new Int32Array(cells);
    this.floats.set(floats);
    this.hot.set(hot);
    this.cold.set(cold);
    viewColumns(this, FLOAT_COLUMNS, this.floats);
    viewColumns(this, HOT_COLUMNS, this.hot);
    viewColumns(this, COLD_COLUMNS, this.cold);
  }
}
