import type { PromptPrefix, RequestOrigin } from "../domain/request.ts";
import { chainKeys } from "./prefix-keys.ts";
import { RangePool } from "./range-pool.ts";

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

const FLOAT_COLUMNS = [
  "requestId",
  "arrivalSeconds",
  "attemptSeconds",
  "enqueueSeconds",
  "admitSeconds",
  "firstTokenSeconds",
  "lastTokenSeconds",
  "prefixKey",
  "sessionId",
  "waitStartSeconds",
  "kvReadySeconds",
] as const;
const INT_COLUMNS = [
  "promptTokens",
  "outputTokens",
  "emittedTokens",
  "computedTokens",
  "lengthOffset",
  "finishStep",
  "admission",
  "priority",
  "stepTokens",
  "joinStep",
  "prefixStart",
  "prefixCount",
  "prefixUnitTokens",
  "keyedBlocks",
  "heapPosition",
  "next",
  "previous",
  "replica",
  "deployment",
  "attempt",
  "timeoutHandle",
  "patienceHandle",
  "queueHandle",
  "prefixTokens",
  "stream",
  "client",
  "turn",
  "systemTokens",
  "sharedTokens",
  "pool",
  "peer",
] as const;
const BYTE_COLUMNS = ["state", "aborted", "part"] as const;

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

export interface RequestTableState {
  readonly floats: readonly Float64Array[];
  readonly ints: readonly Int32Array[];
  readonly bytes: readonly Uint8Array[];
  readonly prefixes: readonly Float64Array[];
  readonly size: number;
  readonly freeHead: number;
  readonly live: number;
}

/**
 * Every open request, one slot each, as columns. Slots are recycled through a free list, so memory follows the
 * number of requests in flight, not the number of requests.
 */
export class RequestTable {
  /** Position in the traffic, from 0. */
  requestId: Float64Array = new Float64Array(256);
  /** First arrival at the gateway. */
  arrivalSeconds: Float64Array = new Float64Array(256);
  /** Arrival of the current attempt. */
  attemptSeconds: Float64Array = new Float64Array(256);
  /** When the engine's queue sees it. */
  enqueueSeconds: Float64Array = new Float64Array(256);
  /** First admission of the current attempt into a batch; NaN before. */
  admitSeconds: Float64Array = new Float64Array(256);
  /** NaN before. */
  firstTokenSeconds: Float64Array = new Float64Array(256);
  /** Last token before a preemption. */
  lastTokenSeconds: Float64Array = new Float64Array(256);
  /** Names what the prompt begins with; −1: nothing known. */
  prefixKey: Float64Array = new Float64Array(256);
  promptTokens: Int32Array = new Int32Array(256);
  outputTokens: Int32Array = new Int32Array(256);
  /** Tokens emitted; brought up to date when a sequence leaves the batch. */
  emittedTokens: Int32Array = new Int32Array(256);
  /** Tokens in the KV cache while the prompt is computed. */
  computedTokens: Int32Array = new Int32Array(256);
  /** Tokens in the KV cache minus the replica's step counter, while decoding. */
  lengthOffset: Int32Array = new Int32Array(256);
  /** Step counter at which the last token comes. */
  finishStep: Int32Array = new Int32Array(256);
  /** Order of admission into the replica's batch. */
  admission: Int32Array = new Int32Array(256);
  /** Lower goes first where the engine schedules by priority. */
  priority: Int32Array = new Int32Array(256);
  /** Tokens per decode step in units of 1/1024; 1024 without speculation. */
  stepTokens: Int32Array = new Int32Array(256);
  /** Step counter after which it decodes; kept with speculation only. */
  joinStep: Int32Array = new Int32Array(256);
  /** Where the keys of its prompt's units stand in `prefixes`. */
  prefixStart: Int32Array = new Int32Array(256);
  /** Units of its prompt that are known; 0: none. */
  prefixCount: Int32Array = new Int32Array(256);
  prefixUnitTokens: Int32Array = new Int32Array(256);
  /** Leading KV blocks it holds that others can share. */
  keyedBlocks: Int32Array = new Int32Array(256);
  /** Place in the heap it is in: of those that decode, or of those that wait. */
  heapPosition: Int32Array = new Int32Array(256);
  next: Int32Array = new Int32Array(256);
  previous: Int32Array = new Int32Array(256);
  replica: Int32Array = new Int32Array(256);
  deployment: Int32Array = new Int32Array(256);
  /** 0 for the first. */
  attempt: Int32Array = new Int32Array(256);
  /** Event handles; −1: none. */
  timeoutHandle: Int32Array = new Int32Array(256);
  patienceHandle: Int32Array = new Int32Array(256);
  queueHandle: Int32Array = new Int32Array(256);
  /** Leading tokens of the prompt that its prefix key stands for. */
  prefixTokens: Int32Array = new Int32Array(256);
  /** Session of the request, −1: none; see `RequestOrigin` for this and the next five. */
  sessionId: Float64Array = new Float64Array(256);
  stream: Int32Array = new Int32Array(256);
  client: Int32Array = new Int32Array(256);
  turn: Int32Array = new Int32Array(256);
  systemTokens: Int32Array = new Int32Array(256);
  sharedTokens: Int32Array = new Int32Array(256);
  /** Deployment at whose gateway or replica it is: that of the request, or the one that computes its prompt. */
  pool: Int32Array = new Int32Array(256);
  /** Of an answer part, the slot that holds the prompt's KV blocks, and the other way round; −1: none. */
  peer: Int32Array = new Int32Array(256);
  /** Start of the wait that ends with admission: the attempt's arrival, later by what a replica computed in between. */
  waitStartSeconds: Float64Array = new Float64Array(256);
  /** When the content of its KV blocks has come from another replica. */
  kvReadySeconds: Float64Array = new Float64Array(256);
  state: Uint8Array = new Uint8Array(256);
  /** 1: the client has left; the engine lets go at its next step. */
  aborted: Uint8Array = new Uint8Array(256);
  /** One of {@link Part}. */
  part: Uint8Array = new Uint8Array(256);
  /** Keys of the units of all prompts. */
  readonly prefixes: RangePool = new RangePool();

  private size = 0;
  private freeHead = -1;
  private liveCount = 0;

  /** Requests that have a slot. */
  get live(): number {
    return this.liveCount;
  }

  /** Slots ever used; every live slot is below. */
  get used(): number {
    return this.size;
  }

  /** A slot with clean fields. */
  take(): number {
    let slot = this.freeHead;
    if (slot >= 0) {
      this.freeHead = this.next[slot] as number;
    } else {
      if (this.size === this.state.length) this.grow();
      slot = this.size++;
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
    this.peer[slot] = -1;
    this.priority[slot] = 0;
    this.stepTokens[slot] = 1024;
    this.prefixCount[slot] = 0;
    this.keyedBlocks[slot] = 0;
    this.prefixKey[slot] = -1;
    this.sessionId[slot] = -1;
    this.prefixTokens[slot] = 0;
    this.stream[slot] = 0;
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

  release(slot: number): void {
    if ((this.prefixCount[slot] as number) > 0) this.prefixes.give(this.prefixStart[slot] as number, this.prefixCount[slot] as number);
    this.state[slot] = SlotState.Free;
    this.next[slot] = this.freeHead;
    this.freeHead = slot;
    this.liveCount--;
  }

  save(): RequestTableState {
    const cut = <A extends Float64Array | Int32Array | Uint8Array>(column: A): A => column.slice(0, this.size) as A;
    return {
      floats: FLOAT_COLUMNS.map((name) => cut(this[name])),
      ints: INT_COLUMNS.map((name) => cut(this[name])),
      bytes: BYTE_COLUMNS.map((name) => cut(this[name])),
      prefixes: this.prefixes.save(),
      size: this.size,
      freeHead: this.freeHead,
      live: this.liveCount,
    };
  }

  restore(state: RequestTableState): void {
    while (this.state.length < state.size) this.grow();
    for (const [i, name] of FLOAT_COLUMNS.entries()) this[name].set(state.floats[i] as Float64Array);
    for (const [i, name] of INT_COLUMNS.entries()) this[name].set(state.ints[i] as Int32Array);
    for (const [i, name] of BYTE_COLUMNS.entries()) this[name].set(state.bytes[i] as Uint8Array);
    this.prefixes.restore(state.prefixes);
    this.size = state.size;
    this.freeHead = state.freeHead;
    this.liveCount = state.live;
  }

  private grow(): void {
    const capacity = this.state.length * 2;
    for (const name of FLOAT_COLUMNS) {
      const column = new Float64Array(capacity);
      column.set(this[name]);
      this[name] = column;
    }
    for (const name of INT_COLUMNS) {
      const column = new Int32Array(capacity);
      column.set(this[name]);
      this[name] = column;
    }
    for (const name of BYTE_COLUMNS) {
      const column = new Uint8Array(capacity);
      column.set(this[name]);
      this[name] = column;
    }
  }
}
