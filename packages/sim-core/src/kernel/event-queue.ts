/** Plain-data copy of a queue. */
export interface EventQueueState {
  readonly times: Float64Array;
  readonly priorities: Uint8Array;
  readonly sequences: Float64Array;
  readonly kinds: Uint8Array;
  readonly subjects: Int32Array;
  readonly handles: Int32Array;
  readonly nextSequence: number;
  readonly freeHandles: Int32Array;
  readonly handleCapacity: number;
}

/**
 * Binary heap of events ordered by (time, priority, sequence). An event is data (kind, subject), never a closure, so
 * a run can be saved. Struct of arrays: nothing is allocated per event.
 */
export class EventQueue {
  /** Time of the first event; Infinity when empty. A field, because the main loop looks at it before every event. */
  headTimeSeconds: number = Number.POSITIVE_INFINITY;
  private count = 0;
  private times = new Float64Array(64);
  private priorities = new Uint8Array(64);
  private sequences = new Float64Array(64);
  private kinds = new Uint8Array(64);
  private subjects = new Int32Array(64);
  /** Handle of the event at a heap position, and back. */
  private handles = new Int32Array(64);
  private positions = new Int32Array(64).fill(-1);
  private free: number[] = [];
  private handleCount = 0;
  private nextSequence = 0;

  get size(): number {
    return this.count;
  }

  get headPriority(): number {
    return this.priorities[0] as number;
  }

  get headKind(): number {
    return this.kinds[0] as number;
  }

  get headSubject(): number {
    return this.subjects[0] as number;
  }

  /** @returns a handle, valid until the event is popped or cancelled */
  push(timeSeconds: number, priority: number, kind: number, subject: number): number {
    if (this.count === this.times.length) this.grow();
    const handle = this.free.length > 0 ? (this.free.pop() as number) : this.handleCount++;
    if (handle >= this.positions.length) this.positions = grownInt32(this.positions, -1);
    const at = this.siftUp(this.count++, timeSeconds, priority, this.nextSequence);
    this.place(at, timeSeconds, priority, this.nextSequence++, kind, subject, handle);
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
    const size = this.count;
    return {
      times: this.times.slice(0, size),
      priorities: this.priorities.slice(0, size),
      sequences: this.sequences.slice(0, size),
      kinds: this.kinds.slice(0, size),
      subjects: this.subjects.slice(0, size),
      handles: this.handles.slice(0, size),
      nextSequence: this.nextSequence,
      freeHandles: Int32Array.from(this.free),
      handleCapacity: this.handleCount,
    };
  }

  restore(state: EventQueueState): void {
    this.count = 0;
    while (this.times.length < state.times.length) this.grow();
    while (this.positions.length < state.handleCapacity) this.positions = grownInt32(this.positions, -1);
    this.positions.fill(-1);
    this.count = state.times.length;
    this.times.set(state.times);
    this.priorities.set(state.priorities);
    this.sequences.set(state.sequences);
    this.kinds.set(state.kinds);
    this.subjects.set(state.subjects);
    this.handles.set(state.handles);
    for (let i = 0; i < this.count; i++) this.positions[this.handles[i] as number] = i;
    this.nextSequence = state.nextSequence;
    this.free = Array.from(state.freeHandles);
    this.handleCount = state.handleCapacity;
    this.headTimeSeconds = this.count === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number);
  }

  private removeAt(position: number): void {
    const handle = this.handles[position] as number;
    this.positions[handle] = -1;
    this.free.push(handle);
    const last = --this.count;
    if (position === last) {
      if (last === 0) this.headTimeSeconds = Number.POSITIVE_INFINITY;
      return;
    }
    const time = this.times[last] as number;
    const priority = this.priorities[last] as number;
    const sequence = this.sequences[last] as number;
    const lastHandle = this.handles[last] as number;
    const kind = this.kinds[last] as number;
    const subject = this.subjects[last] as number;
    let at = this.siftDown(position, time, priority, sequence);
    if (at === position) at = this.siftUp(position, time, priority, sequence);
    this.place(at, time, priority, sequence, kind, subject, lastHandle);
    this.headTimeSeconds = this.times[0] as number;
  }

  /** Moves parents down until (time, priority, sequence) fits; returns the hole. */
  private siftUp(from: number, time: number, priority: number, sequence: number): number {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.isBefore(parent, time, priority, sequence)) break;
      this.move(parent, at);
      at = parent;
    }
    return at;
  }

  private siftDown(from: number, time: number, priority: number, sequence: number): number {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.count) return at;
      const right = child + 1;
      if (
        right < this.count &&
        this.isBefore(right, this.times[child] as number, this.priorities[child] as number, this.sequences[child] as number)
      )
        child = right;
      if (!this.isBefore(child, time, priority, sequence)) return at;
      this.move(child, at);
      at = child;
    }
  }

  /** Whether the event at a position comes before (time, priority, sequence). */
  private isBefore(position: number, time: number, priority: number, sequence: number): boolean {
    const difference = (this.times[position] as number) - time || (this.priorities[position] as number) - priority;
    return difference < 0 || (difference === 0 && (this.sequences[position] as number) < sequence);
  }

  private move(from: number, to: number): void {
    this.place(
      to,
      this.times[from] as number,
      this.priorities[from] as number,
      this.sequences[from] as number,
      this.kinds[from] as number,
      this.subjects[from] as number,
      this.handles[from] as number,
    );
  }

  private place(at: number, time: number, priority: number, sequence: number, kind: number, subject: number, handle: number): void {
    this.times[at] = time;
    this.priorities[at] = priority;
    this.sequences[at] = sequence;
    this.kinds[at] = kind;
    this.subjects[at] = subject;
    this.handles[at] = handle;
    this.positions[handle] = at;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    this.times = grown(this.times, new Float64Array(capacity));
    this.priorities = grown(this.priorities, new Uint8Array(capacity));
    this.sequences = grown(this.sequences, new Float64Array(capacity));
    this.kinds = grown(this.kinds, new Uint8Array(capacity));
    this.subjects = grown(this.subjects, new Int32Array(capacity));
    this.handles = grown(this.handles, new Int32Array(capacity));
  }
}

function grown<A extends Float64Array | Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function grownInt32(from: Int32Array<ArrayBuffer>, fill: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2).fill(fill);
  to.set(from);
  return to;
}
