/** Of an entry: time, order. */
const KEY_CELLS = 2;
/** Of an entry: kind, subject, handle (−1: cancelled). */
const EVENT_CELLS = 4;
const CANCELLED = -1;

/** Plain-data copy of a lane: what has not been cancelled. */
export interface EventLaneState {
  readonly keys: Float64Array;
  readonly events: Int32Array;
}

/**
 * Events that were pushed in the order in which they fall: a ring instead of a heap. A cancelled one leaves a gap, which is
 * passed over when its turn comes and closed when room is needed.
 */
export class EventLane {
  /** Of the first event; Infinity when empty. */
  headSeconds: number = Number.POSITIVE_INFINITY;
  headOrder = 0;
  count = 0;
  private keys = new Float64Array(64 * KEY_CELLS);
  private events = new Int32Array(64 * EVENT_CELLS);
  /** Entries are numbered on; the ring keeps those from `first` to before `end`. */
  private first = 0;
  private end = 0;
  private lastSeconds: number = Number.NEGATIVE_INFINITY;
  private lastOrder = 0;
  /** Told when an event has got another place. */
  private readonly moved: (handle: number, place: number) => void;

  constructor(moved: (handle: number, place: number) => void) {
    this.moved = moved;
  }

  get headKind(): number {
    return this.events[this.ringAt(this.first) * EVENT_CELLS] as number;
  }

  get headSubject(): number {
    return this.events[this.ringAt(this.first) * EVENT_CELLS + 1] as number;
  }

  get headHandle(): number {
    return this.events[this.ringAt(this.first) * EVENT_CELLS + 2] as number;
  }

  /** Whether an event would be the last one. Those that do not fit in belong elsewhere. */
  takes(timeSeconds: number, order: number): boolean {
    return timeSeconds > this.lastSeconds || (timeSeconds === this.lastSeconds && order > this.lastOrder);
  }

  push(timeSeconds: number, order: number, kind: number, subject: number, handle: number): void {
    if (this.end - this.first === this.capacity) this.makeRoom();
    this.put(timeSeconds, order, kind, subject, handle);
    this.lastSeconds = timeSeconds;
    this.lastOrder = order;
    if (this.count++ === 0) this.skipGaps();
  }

  pop(): void {
    this.first++;
    this.count--;
    this.skipGaps();
  }

  cancel(place: number): void {
    this.events[place * EVENT_CELLS + 2] = CANCELLED;
    this.count--;
    if (place === this.ringAt(this.first)) this.skipGaps();
  }

  save(): EventLaneState {
    const keys = new Float64Array(this.count * KEY_CELLS);
    const events = new Int32Array(this.count * EVENT_CELLS);
    let at = 0;
    for (let entry = this.first; entry < this.end; entry++) {
      const place = this.ringAt(entry);
      if (this.events[place * EVENT_CELLS + 2] === CANCELLED) continue;
      keys.set(this.keys.subarray(place * KEY_CELLS, (place + 1) * KEY_CELLS), at * KEY_CELLS);
      events.set(this.events.subarray(place * EVENT_CELLS, (place + 1) * EVENT_CELLS), at * EVENT_CELLS);
      at++;
    }
    return { keys, events };
  }

  restore({ keys, events }: EventLaneState): void {
    const count = keys.length / KEY_CELLS;
    let capacity = 64;
    while (capacity < count) capacity *= 2;
    this.keys = new Float64Array(capacity * KEY_CELLS);
    this.events = new Int32Array(capacity * EVENT_CELLS);
    this.keys.set(keys);
    this.events.set(events);
    this.first = 0;
    this.end = count;
    this.count = count;
    this.lastSeconds = count === 0 ? Number.NEGATIVE_INFINITY : (keys[(count - 1) * KEY_CELLS] as number);
    this.lastOrder = count === 0 ? 0 : (keys[(count - 1) * KEY_CELLS + 1] as number);
    for (let place = 0; place < count; place++) this.moved(events[place * EVENT_CELLS + 2] as number, place);
    this.skipGaps();
  }

  get capacity(): number {
    return this.keys.length / KEY_CELLS;
  }

  private ringAt(entry: number): number {
    return entry & (this.capacity - 1);
  }

  private put(timeSeconds: number, order: number, kind: number, subject: number, handle: number): void {
    const place = this.ringAt(this.end++);
    this.keys[place * KEY_CELLS] = timeSeconds;
    this.keys[place * KEY_CELLS + 1] = order;
    this.events[place * EVENT_CELLS] = kind;
    this.events[place * EVENT_CELLS + 1] = subject;
    this.events[place * EVENT_CELLS + 2] = handle;
    this.moved(handle, place);
  }

  private skipGaps(): void {
    while (this.first < this.end && this.events[this.ringAt(this.first) * EVENT_CELLS + 2] === CANCELLED) this.first++;
    if (this.first === this.end) {
      this.first = 0;
      this.end = 0;
      this.headSeconds = Number.POSITIVE_INFINITY;
      this.lastSeconds = Number.NEGATIVE_INFINITY;
      return;
    }
    const place = this.ringAt(this.first);
    this.headSeconds = this.keys[place * KEY_CELLS] as number;
    this.headOrder = this.keys[place * KEY_CELLS + 1] as number;
  }

  /** Closes the gaps; doubles the ring when that frees less than half of it. */
  private makeRoom(): void {
    const { keys, events, first, end } = this;
    const mask = this.capacity - 1;
    const capacity = this.count > this.capacity / 2 ? this.capacity * 2 : this.capacity;
    this.keys = new Float64Array(capacity * KEY_CELLS);
    this.events = new Int32Array(capacity * EVENT_CELLS);
    this.first = 0;
    this.end = 0;
    for (let entry = first; entry < end; entry++) {
      const key = (entry & mask) * KEY_CELLS;
      const event = (entry & mask) * EVENT_CELLS;
      const handle = events[event + 2] as number;
      if (handle !== CANCELLED)
        this.put(keys[key] as number, keys[key + 1] as number, events[event] as number, events[event + 1] as number, handle);
    }
  }
}
