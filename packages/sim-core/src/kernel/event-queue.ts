/** Plain-data copy of a queue. */
export interface EventQueueState {
  readonly keys: Float64Array;
  readonly events: Int32Array;
  readonly nextSequence: number;
  readonly freeHandles: Int32Array;
  readonly handleCapacity: number;
}

/** Of an event's key: its time, then its priority and sequence in one number, exact below 2^53. */
const KEY_COLUMNS = 2;
const SEQUENCES = 562_949_953_421_312; // 2^49: 15 priorities fit below 2^53
/** Of an event: kind, subject, handle; the fourth keeps records from straddling cache lines. */
const EVENT_COLUMNS = 4;

/**
 * Binary heap of events ordered by (time, priority, sequence). An event is data (kind, subject), never a closure, so
 * a run can be saved. Two records per event, side by side in memory: nothing is allocated, and a move touches two
 * places.
 */
export class EventQueue {
  /** Time of the first event; Infinity when empty. A field, because the main loop looks at it before every event. */
  headTimeSeconds: number = Number.POSITIVE_INFINITY;
  private count = 0;
  private keys = new Float64Array(64 * KEY_COLUMNS);
  private events = new Int32Array(64 * EVENT_COLUMNS);
  /** Heap position of the event of a handle; −1: none. */
  private positions = new Int32Array(64).fill(-1);
  private free: number[] = [];
  private handleCount = 0;
  private nextSequence = 0;

  get size(): number {
    return this.count;
  }

  get headPriority(): number {
    return Math.floor((this.keys[1] as number) / SEQUENCES);
  }

  get headKind(): number {
    return this.events[0] as number;
  }

  get headSubject(): number {
    return this.events[1] as number;
  }

  /** @returns a handle, valid until the event is popped or cancelled */
  push(timeSeconds: number, priority: number, kind: number, subject: number): number {
    if (this.count * KEY_COLUMNS === this.keys.length) this.grow();
    const handle = this.free.length > 0 ? (this.free.pop() as number) : this.handleCount++;
    if (handle >= this.positions.length) this.positions = grownInt32(this.positions, -1);
    const order = priority * SEQUENCES + this.nextSequence++;
    const at = this.siftUp(this.count++, timeSeconds, order);
    this.place(at, timeSeconds, order, kind, subject, handle);
    if (at === 0) this.headTimeSeconds = timeSeconds;
    return handle;
  }

  pop(): void {
    this.removeAt(0);
  }

  /** Removes an event that has not been popped. */
  cancel(handle: number): void {
    const position = this.positions[handle] as number;
    if (position >= 0) this.removeAt(position);
  }

  save(): EventQueueState {
    return {
      keys: this.keys.slice(0, this.count * KEY_COLUMNS),
      events: this.events.slice(0, this.count * EVENT_COLUMNS),
      nextSequence: this.nextSequence,
      freeHandles: Int32Array.from(this.free),
      handleCapacity: this.handleCount,
    };
  }

  restore(state: EventQueueState): void {
    while (this.keys.length < state.keys.length) this.grow();
    while (this.positions.length < state.handleCapacity) this.positions = grownInt32(this.positions, -1);
    this.positions.fill(-1);
    this.count = state.keys.length / KEY_COLUMNS;
    this.keys.set(state.keys);
    this.events.set(state.events);
    for (let i = 0; i < this.count; i++) this.positions[this.events[i * EVENT_COLUMNS + 2] as number] = i;
    this.nextSequence = state.nextSequence;
    this.free = Array.from(state.freeHandles);
    this.handleCount = state.handleCapacity;
    this.headTimeSeconds = this.count === 0 ? Number.POSITIVE_INFINITY : (this.keys[0] as number);
  }

  private removeAt(position: number): void {
    const { keys, events } = this;
    const handle = events[position * EVENT_COLUMNS + 2] as number;
    this.positions[handle] = -1;
    this.free.push(handle);
    const last = --this.count;
    if (position !== last) {
      const time = keys[last * KEY_COLUMNS] as number;
      const order = keys[last * KEY_COLUMNS + 1] as number;
      const event = last * EVENT_COLUMNS;
      let at = this.siftDown(position, time, order);
      if (at === position) at = this.siftUp(position, time, order);
      this.place(at, time, order, events[event] as number, events[event + 1] as number, events[event + 2] as number);
    }
    this.headTimeSeconds = last === 0 ? Number.POSITIVE_INFINITY : (keys[0] as number);
  }

  /** Moves parents down until (time, order) fits; returns the hole. */
  private siftUp(from: number, time: number, order: number): number {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.isBefore(parent, time, order)) break;
      this.move(parent, at);
      at = parent;
    }
    return at;
  }

  private siftDown(from: number, time: number, order: number): number {
    const { keys, count } = this;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) return at;
      const right = child + 1;
      if (right < count && this.isBefore(right, keys[child * KEY_COLUMNS] as number, keys[child * KEY_COLUMNS + 1] as number))
        child = right;
      if (!this.isBefore(child, time, order)) return at;
      this.move(child, at);
      at = child;
    }
  }

  /** Whether the event at a position comes before (time, order). */
  private isBefore(position: number, time: number, order: number): boolean {
    const itsTime = this.keys[position * KEY_COLUMNS] as number;
    return itsTime < time || (itsTime === time && (this.keys[position * KEY_COLUMNS + 1] as number) < order);
  }

  private move(from: number, to: number): void {
    const { keys, events } = this;
    const event = from * EVENT_COLUMNS;
    this.place(
      to,
      keys[from * KEY_COLUMNS] as number,
      keys[from * KEY_COLUMNS + 1] as number,
      events[event] as number,
      events[event + 1] as number,
      events[event + 2] as number,
    );
  }

  private place(at: number, time: number, order: number, kind: number, subject: number, handle: number): void {
    const { keys, events } = this;
    const event = at * EVENT_COLUMNS;
    keys[at * KEY_COLUMNS] = time;
    keys[at * KEY_COLUMNS + 1] = order;
    events[event] = kind;
    events[event + 1] = subject;
    events[event + 2] = handle;
    this.positions[handle] = at;
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    keys.set(this.keys);
    this.keys = keys;
    const events = new Int32Array(this.events.length * 2);
    events.set(this.events);
    this.events = events;
  }
}

function grownInt32(from: Int32Array<ArrayBuffer>, fill: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2).fill(fill);
  to.set(from);
  return to;
}
