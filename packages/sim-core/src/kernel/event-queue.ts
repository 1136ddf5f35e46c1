import { EventLane, type EventLaneState } from "./event-lane.ts";

/** Plain-data copy of a queue. */
export interface EventQueueState {
  readonly keys: Float64Array;
  readonly events: Int32Array;
  readonly nextSequence: number;
  readonly freeHandles: Int32Array;
  readonly handleCapacity: number;
  readonly lane: EventLaneState;
}

/** Of an event's key: its time, then its priority and sequence in one number, exact below 2^53. */
const KEY_COLUMNS = 2;
const SEQUENCES = 562_949_953_421_312; // 2^49: 15 priorities fit below 2^53
/** Of an event: kind, subject, handle; the fourth keeps records from straddling cache lines. */
const EVENT_COLUMNS = 4;

/**
 * Binary heap of events ordered by (time, priority, sequence). An event is data (kind, subject), never a closure, so
 * a run can be saved. Two records per event, side by side in memory: nothing is allocated, and a move touches two
 * places. Events that come in the order in which they fall, such as time-outs that all last equally long, have a lane of their own,
 * where nothing needs to be sorted.
 */
export class EventQueue {
  /** Time of the first event; Infinity when empty. A field, because the main loop looks at it before every event. */
  headTimeSeconds: number = Number.POSITIVE_INFINITY;
  private count = 0;
  private keys = new Float64Array(64 * KEY_COLUMNS);
  private events = new Int32Array(64 * EVENT_COLUMNS);
  /** Heap position of the event of a handle; −1: none; −2 − place of one in the lane. */
  private positions = new Int32Array(64).fill(-1);
  private free: number[] = [];
  private handleCount = 0;
  private nextSequence = 0;
  private readonly lane: EventLane = new EventLane((handle, place) => {
    this.positions[handle] = -2 - place;
  });
  private isHeadInLane = false;

  get size(): number {
    return this.count + this.lane.count;
  }

  /** Events in order that there is room for. For checks. */
  get laneCapacity(): number {
    return this.lane.capacity;
  }

  get headPriority(): number {
    return Math.floor((this.isHeadInLane ? this.lane.headOrder : (this.keys[1] as number)) / SEQUENCES);
  }

  get headKind(): number {
    return this.isHeadInLane ? this.lane.headKind : (this.events[0] as number);
  }

  get headSubject(): number {
    return this.isHeadInLane ? this.lane.headSubject : (this.events[1] as number);
  }

  /** @returns a handle, valid until the event is popped or cancelled */
  push(timeSeconds: number, priority: number, kind: number, subject: number): number {
    if (this.count * KEY_COLUMNS === this.keys.length) this.grow();
    const handle = this.takeHandle();
    const order = priority * SEQUENCES + this.nextSequence++;
    const at = this.siftUp(this.count++, timeSeconds, order);
    this.place(at, timeSeconds, order, kind, subject, handle);
    if (at === 0) this.findHead();
    return handle;
  }

  /** As `push`; cheaper when the event is not before those pushed so. */
  pushInOrder(timeSeconds: number, priority: number, kind: number, subject: number): number {
    const order = priority * SEQUENCES + this.nextSequence;
    if (!this.lane.takes(timeSeconds, order)) return this.push(timeSeconds, priority, kind, subject);
    this.nextSequence++;
    const handle = this.takeHandle();
    this.lane.push(timeSeconds, order, kind, subject, handle);
    if (this.lane.count === 1) this.findHead();
    return handle;
  }

  pop(): void {
    if (!this.isHeadInLane) {
      this.removeAt(0);
      return;
    }
    this.giveHandle(this.lane.headHandle);
    this.lane.pop();
    this.findHead();
  }

  /** Removes an event that has not been popped. */
  cancel(handle: number): void {
    const position = this.positions[handle] as number;
    if (position >= 0) this.removeAt(position);
    if (position >= -1) return;
    this.giveHandle(handle);
    this.lane.cancel(-2 - position);
    if (this.isHeadInLane) this.findHead();
  }

  save(): EventQueueState {
    return {
      keys: this.keys.slice(0, this.count * KEY_COLUMNS),
      events: this.events.slice(0, this.count * EVENT_COLUMNS),
      nextSequence: this.nextSequence,
      freeHandles: Int32Array.from(this.free),
      handleCapacity: this.handleCount,
      lane: this.lane.save(),
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
    this.lane.restore(state.lane);
    this.findHead();
  }

  private takeHandle(): number {
    const handle = this.free.length > 0 ? (this.free.pop() as number) : this.handleCount++;
    if (handle >= this.positions.length) this.positions = grownInt32(this.positions, -1);
    return handle;
  }

  private giveHandle(handle: number): void {
    this.positions[handle] = -1;
    this.free.push(handle);
  }

  private findHead(): void {
    const { lane } = this;
    const heapSeconds = this.count === 0 ? Number.POSITIVE_INFINITY : (this.keys[0] as number);
    const laneSeconds = lane.headSeconds;
    this.isHeadInLane =
      laneSeconds < heapSeconds || (laneSeconds === heapSeconds && lane.count > 0 && lane.headOrder < (this.keys[1] as number));
    this.headTimeSeconds = this.isHeadInLane ? laneSeconds : heapSeconds;
  }

  private removeAt(position: number): void {
    const { keys, events } = this;
    const handle = events[position * EVENT_COLUMNS + 2] as number;
    this.giveHandle(handle);
    const last = --this.count;
    if (position !== last) {
      const time = keys[last * KEY_COLUMNS] as number;
      const order = keys[last * KEY_COLUMNS + 1] as number;
      const event = last * EVENT_COLUMNS;
      let at = this.siftDown(position, time, order);
      if (at === position) at = this.siftUp(position, time, order);
      this.place(at, time, order, events[event] as number, events[event + 1] as number, events[event + 2] as number);
    }
    if (position === 0) this.findHead();
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
