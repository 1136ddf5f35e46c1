import type { RequestTable } from "./request-table.ts";
import { SlotHeap } from "./slot-heap.ts";
import { SlotList } from "./slot-list.ts";

/** Attempts that wait for a place in the batch. */
export interface WaitingQueue {
  /** The one to be admitted next, −1: none. */
  readonly head: number;
  readonly count: number;
  append(slot: number): void;
  /** Puts a preempted sequence back: at the head, or where its priority says. */
  prepend(slot: number): void;
  remove(slot: number): void;
  save(): ArrayLike<number>;
  restore(state: ArrayLike<number>): void;
}

/** The queue of a scheduling rule. @see vLLM --scheduling-policy */
export function createWaitingQueue(scheduling: "fcfs" | "priority", table: RequestTable): WaitingQueue {
  return scheduling === "priority" ? new PriorityQueue(table) : new SlotList(table);
}

/**
 * Whether a goes before b by priority: the lower number, then the earlier arrival at the server, then the order of
 * the traffic. The last one by this order is preempted first. @see vLLM v1/request.py, Request.__lt__
 */
export function isMoreUrgent(table: RequestTable, a: number, b: number): boolean {
  const { priority } = table;
  const byPriority = (priority[a] as number) - (priority[b] as number);
  if (byPriority !== 0) return byPriority < 0;
  return byArrival(table, a, b) < 0;
}

/** Order of arrival at the server. */
export function byArrival({ enqueueSeconds, requestId }: RequestTable, a: number, b: number): number {
  return (enqueueSeconds[a] as number) - (enqueueSeconds[b] as number) || (requestId[a] as number) - (requestId[b] as number);
}

/** Waiting attempts by priority. */
class PriorityQueue extends SlotHeap implements WaitingQueue {
  get head(): number {
    return this.size > 0 ? this.top : -1;
  }

  get count(): number {
    return this.size;
  }

  append(slot: number): void {
    this.push(slot);
  }

  prepend(slot: number): void {
    this.push(slot);
  }

  protected isBefore(a: number, b: number): boolean {
    return isMoreUrgent(this.table, a, b);
  }
}
