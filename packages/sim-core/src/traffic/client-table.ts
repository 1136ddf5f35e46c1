/** What a client does. */
export const ClientState = {
  /** The row is not in use. */
  Free: 0,
  /** A user who has left, or a client that will send nothing more. */
  Idle: 1,
  /** Its next request is in the queue of events. */
  Thinking: 2,
  /** Its next request is due, but too many of its stream are open. */
  Waiting: 3,
  /** Its request is on the way. */
  Open: 4,
} as const;

const INT_COLUMNS = [
  "stream",
  "user",
  "turn",
  "turnsLeft",
  "contextTokens",
  "inputTokens",
  "outputTokens",
  "sharedTokens",
  "next",
] as const;
const FLOAT_COLUMNS = ["sessionId", "sessions", "dueSeconds", "sentSeconds"] as const;

/** Plain-data copy of the table. */
export interface ClientTableState {
  readonly ints: readonly Int32Array[];
  readonly floats: readonly Float64Array[];
  readonly state: Uint8Array;
  readonly size: number;
  readonly freeHead: number;
}

/** Everybody who waits for answers before sending more: users, and sessions under way; one row each, in columns. */
export class ClientTable {
  stream: Int32Array = new Int32Array(16);
  /** Number of the user within its stream; −1: a session that belongs to nobody. */
  user: Int32Array = new Int32Array(16);
  turn: Int32Array = new Int32Array(16);
  /** Turns of the session that have not ended, the present one included. */
  turnsLeft: Int32Array = new Int32Array(16);
  /** Prompt and answer of the turns so far. */
  contextTokens: Int32Array = new Int32Array(16);
  /** New tokens of the next or open request. */
  inputTokens: Int32Array = new Int32Array(16);
  outputTokens: Int32Array = new Int32Array(16);
  sharedTokens: Int32Array = new Int32Array(16);
  /** Next in the free list or in a stream's line of waiting clients. */
  next: Int32Array = new Int32Array(16);
  sessionId: Float64Array = new Float64Array(16);
  /** Sessions a user has begun. */
  sessions: Float64Array = new Float64Array(16);
  /** When the next request is to be sent. */
  dueSeconds: Float64Array = new Float64Array(16);
  sentSeconds: Float64Array = new Float64Array(16);
  state: Uint8Array = new Uint8Array(16);
  private size = 0;
  private freeHead = -1;

  /** A row for a client of a stream. */
  take(stream: number, user: number): number {
    let client = this.freeHead;
    if (client >= 0) {
      this.freeHead = this.next[client] as number;
    } else {
      if (this.size === this.state.length) this.resize(this.size * 2);
      client = this.size++;
    }
    for (const name of INT_COLUMNS) this[name][client] = 0;
    for (const name of FLOAT_COLUMNS) this[name][client] = 0;
    this.stream[client] = stream;
    this.user[client] = user;
    this.sessionId[client] = -1;
    this.next[client] = -1;
    this.state[client] = ClientState.Idle;
    return client;
  }

  release(client: number): void {
    this.state[client] = ClientState.Free;
    this.next[client] = this.freeHead;
    this.freeHead = client;
  }

  save(): ClientTableState {
    return {
      ints: INT_COLUMNS.map((name) => this[name].slice(0, this.size)),
      floats: FLOAT_COLUMNS.map((name) => this[name].slice(0, this.size)),
      state: this.state.slice(0, this.size),
      size: this.size,
      freeHead: this.freeHead,
    };
  }

  restore(saved: ClientTableState): void {
    while (this.state.length < saved.size) this.resize(this.state.length * 2);
    for (const [i, name] of INT_COLUMNS.entries()) this[name].set(saved.ints[i] as Int32Array);
    for (const [i, name] of FLOAT_COLUMNS.entries()) this[name].set(saved.floats[i] as Float64Array);
    this.state.set(saved.state);
    this.size = saved.size;
    this.freeHead = saved.freeHead;
  }

  private resize(rows: number): void {
    for (const name of INT_COLUMNS) {
      const column = new Int32Array(rows);
      column.set(this[name]);
      this[name] = column;
    }
    for (const name of FLOAT_COLUMNS) {
      const column = new Float64Array(rows);
      column.set(this[name]);
      this[name] = column;
    }
    const state = new Uint8Array(rows);
    state.set(this.state);
    this.state = state;
  }
}
