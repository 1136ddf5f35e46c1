import { LimitError, SimError } from "../errors.ts";
import { EventQueue, type EventQueueState } from "./event-queue.ts";

export interface KernelState {
  readonly nowSeconds: number;
  readonly events: number;
  readonly queue: EventQueueState;
}

/** The clock and the queue of one run. */
export class Kernel {
  readonly queue: EventQueue = new EventQueue();
  nowSeconds = 0;
  /** Events handled so far. */
  events = 0;
  private readonly maxEvents: number;

  constructor(maxEvents: number) {
    this.maxEvents = maxEvents;
  }

  /** @returns a handle for {@link Kernel.cancel} */
  at(timeSeconds: number, priority: number, kind: number, subject: number): number {
    if (!(timeSeconds >= this.nowSeconds)) refuseEvent(this.nowSeconds, timeSeconds, kind, subject);
    return this.queue.push(timeSeconds, priority, kind, subject);
  }

  /** As `at`, for kinds of events that nearly always come in the order in which they fall. */
  inOrder(timeSeconds: number, priority: number, kind: number, subject: number): number {
    if (!(timeSeconds >= this.nowSeconds)) refuseEvent(this.nowSeconds, timeSeconds, kind, subject);
    return this.queue.pushInOrder(timeSeconds, priority, kind, subject);
  }

  cancel(handle: number): void {
    this.queue.cancel(handle);
  }

  /** Moves the clock. It never goes back. */
  advanceTo(timeSeconds: number): void {
    if (timeSeconds < this.nowSeconds) refuseTime(this.nowSeconds, timeSeconds);
    this.nowSeconds = timeSeconds;
    if (++this.events > this.maxEvents) stopRun(timeSeconds, this.maxEvents);
  }

  save(): KernelState {
    return { nowSeconds: this.nowSeconds, events: this.events, queue: this.queue.save() };
  }

  restore(state: KernelState): void {
    this.nowSeconds = state.nowSeconds;
    this.events = state.events;
    this.queue.restore(state.queue);
  }
}

// apart from what is done for every event, which stays small enough to be compiled into its callers

function refuseEvent(nowSeconds: number, timeSeconds: number, kind: number, subject: number): never {
  throw new SimError("event_in_the_past", nowSeconds, { timeSeconds, kind, subject });
}

function refuseTime(nowSeconds: number, timeSeconds: number): never {
  throw new SimError("clock_went_back", nowSeconds, { timeSeconds });
}

function stopRun(nowSeconds: number, maxEvents: number): never {
  throw new LimitError("max_events", nowSeconds, maxEvents);
}
