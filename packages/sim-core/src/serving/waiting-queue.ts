import type { RequestTable } from "./request-table.ts";
import { SlotHeap } from "./slot-heap.ts";
import type { SlotLists } from "./slot-lists.ts";

/** Attempts of each replica that wait for a place in its batch. */
export interface WaitingQueue {
  /** The one to be admitted next, −1: none. */
  headOf(row: number): number;
  countOf(row: number): number;
  append(row: number, slot: number): void;
  /** Puts a preempted sequence back: at the head, or where its priority says. */
  prepend(row: number, slot: number): void;
  remove(row: number, slot: number): void;
  /** What the columns do not hold. */
  save(row: number): Int32Array;
  restore(row: number, slots: Int32Array): void;
}

/** The queue of a scheduling rule. @see vLLM --scheduling-policy */
export function createWaitingQueue(scheduling: "fcfs" | "priority", table: RequestTable, waiting: SlotLists): WaitingQueue {
  return scheduling === "priority" ? new PriorityQueue(table) : new ArrivalQueue(waiting);
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

/** Waiting attempts in the order in which they came. */
class ArrivalQueue implements WaitingQueue {
  private readonly lists: SlotLists;

  constructor(lists: SlotLists) {
    this.lists = lists;
  }

  headOf(row: number): number {
    return this.lists.head[row] as number;
  }

  countOf(row: number): number {
    return this.lists.count[row] as number;
  }

  append(row: number, slot: number): void {
    this.lists.append(row, slot);
  }

  prepend(row: number, slot: number): void {
    this.lists.prepend(row, slot);
  }

  remove(row: number, slot: number): void {
    this.lists.remove(row, slot);
  }

  save(): Int32Array {
    return NONE;
  }

  restore(): void {
    // the lists are columns
  }
}

const NONE: Int32Array = new Int32Array(0);

/** Waiting attempts by priority: a heap per row. */
class PriorityQueue implements WaitingQueue {
  private readonly table: RequestTable;
  private readonly heaps = new Map<number, PriorityHeap>();

  constructor(table: RequestTable) {
    this.table = table;
  }

  headOf(row: number): number {
    const heap = this.heapOf(row);
    return heap.size > 0 ? heap.top : -1;
  }

  countOf(row: number): number {
    return this.heapOf(row).size;
  }

  append(row: number, slot: number): void {
    this.heapOf(row).push(slot);
  }

  prepend(row: number, slot: number): void {
    this.heapOf(row).push(slot);
  }

  remove(row: number, slot: number): void {
    this.heapOf(row).remove(slot);
  }

  save(row: number): Int32Array {
    return this.heapOf(row).save();
  }

  restore(row: number, slots: Int32Array): void {
    this.heapOf(row).restore(slots);
  }

  private heapOf(row: number): PriorityHeap {
    const known = this.heaps.get(row);
    if (known !== undefined) return known;
    const heap = new PriorityHeap(this.table);
    this.heaps.set(row, heap);
    return heap;
  }
}

class PriorityHeap extends SlotHeap {
  protected isBefore(a: number, b: number): boolean {
    return isMoreUrgent(this.table, a, b);
  }
}
