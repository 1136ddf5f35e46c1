import { SimError } from "../../errors.ts";
import type { FlowControlConfig } from "../config.ts";
import type { RequestTable } from "../request-table.ts";
import { SlotList } from "../slot-list.ts";

/** How an attempt's stay in flow control ended. @see llm-d router, queue outcomes */
export const FLOW_OUTCOMES = [
  "Dispatched",
  "RejectedCapacity",
  "RejectedNoEndpoints",
  "EvictedTTL",
  "EvictedNoEndpoints",
  "EvictedContextCancelled",
] as const;
export type FlowOutcome = (typeof FLOW_OUTCOMES)[number];

interface Band {
  readonly maxQueued: number;
  /** Positions of its flows among all flows. */
  readonly first: number;
  readonly end: number;
  count: number;
  /** The flow served last, for fairness in turn. */
  last: number;
}

export interface FlowQueueState {
  readonly lists: readonly (readonly [number, number, number])[];
  readonly last: readonly number[];
  readonly outcomes: readonly (readonly number[])[];
}

/** What waits in flow control: bands by priority, in each band its flows, in each flow first come first served. */
export class FlowQueue {
  /** Attempts that wait. */
  count = 0;
  /** Attempts by outcome, per flow; flows in the order of the configuration. */
  readonly outcomes: readonly number[][];
  private readonly lists: readonly SlotList[];
  private readonly bands: readonly Band[];
  private readonly bandOf: readonly number[];
  private readonly flowOfStream: ReadonlyMap<number, number>;
  private readonly isStrict: boolean;
  private readonly table: RequestTable;

  constructor(config: FlowControlConfig, table: RequestTable) {
    const flows = config.bands.flatMap((band) => band.flows);
    let first = 0;
    this.table = table;
    this.isStrict = config.fairness === "globalStrict";
    this.lists = flows.map(() => new SlotList(table));
    this.outcomes = flows.map(() => FLOW_OUTCOMES.map(() => 0));
    this.bands = config.bands.map(({ maxQueued, flows: own }) => {
      const band = { maxQueued, first, end: first + own.length, count: 0, last: first + own.length - 1 };
      first = band.end;
      return band;
    });
    this.bandOf = this.bands.flatMap(({ first: from, end }, band) => Array.from({ length: end - from }, () => band));
    this.flowOfStream = new Map(flows.map(({ stream }, flow) => [stream, flow]));
  }

  /** Attempts that wait in a flow. */
  sizeOf(flow: number): number {
    return (this.lists[flow] as SlotList).count;
  }

  /** Whether the attempt's band can hold one more. */
  hasRoom(slot: number): boolean {
    const band = this.bandOfSlot(slot);
    return band.count < band.maxQueued;
  }

  add(slot: number): void {
    (this.lists[this.flowOf(slot)] as SlotList).append(slot);
    this.bandOfSlot(slot).count++;
    this.count++;
  }

  /** An attempt that waits leaves. */
  remove(slot: number, outcome: FlowOutcome): void {
    const flow = this.flowOf(slot);
    const band = this.bandOfSlot(slot);
    (this.lists[flow] as SlotList).remove(slot);
    if (outcome === "Dispatched") band.last = flow;
    band.count--;
    this.count--;
    this.tally(slot, outcome);
  }

  /** Counts an outcome. */
  tally(slot: number, outcome: FlowOutcome): void {
    const outcomes = this.outcomes[this.flowOf(slot)] as number[];
    const index = FLOW_OUTCOMES.indexOf(outcome);
    outcomes[index] = (outcomes[index] as number) + 1;
  }

  /** The attempt whose turn it is: of the highest band that holds one; −1 when nothing waits. */
  select(): number {
    for (const band of this.bands) {
      if (band.count === 0) continue;
      return this.isStrict ? this.oldestOf(band) : this.nextInTurn(band);
    }
    return -1;
  }

  /** Every attempt that waits. */
  forEach(visit: (slot: number) => void): void {
    for (const { head } of this.lists) for (let slot = head; slot >= 0; slot = this.table.next[slot] as number) visit(slot);
  }

  private oldestOf(band: Band): number {
    let oldest = -1;
    for (let flow = band.first; flow < band.end; flow++) {
      const { head } = this.lists[flow] as SlotList;
      if (head < 0) continue;
      if (oldest < 0 || (this.table.attemptSeconds[head] as number) < (this.table.attemptSeconds[oldest] as number)) oldest = head;
    }
    return oldest;
  }

  private nextInTurn({ first, end, last }: Band): number {
    const flows = end - first;
    for (let i = 1; i <= flows; i++) {
      const { head } = this.lists[first + ((last - first + i) % flows)] as SlotList;
      if (head >= 0) return head;
    }
    return -1;
  }

  private flowOf(slot: number): number {
    const stream = this.table.stream[slot] as number;
    const flow = this.flowOfStream.get(stream);
    // the plan puts every stream of the deployment into a flow
    if (flow === undefined) throw new SimError("stream_without_flow", Number.NaN, { stream });
    return flow;
  }

  private bandOfSlot(slot: number): Band {
    return this.bands[this.bandOf[this.flowOf(slot)] as number] as Band;
  }

  save(): FlowQueueState {
    return {
      lists: this.lists.map((list) => list.save()),
      last: this.bands.map((band) => band.last),
      outcomes: this.outcomes.map((counts) => [...counts]),
    };
  }

  restore(state: FlowQueueState): void {
    this.lists.forEach((list, flow) => {
      list.restore(state.lists[flow] as readonly [number, number, number]);
    });
    this.bands.forEach((band, index) => {
      band.last = state.last[index] as number;
      band.count = this.lists.slice(band.first, band.end).reduce((sum, { count }) => sum + count, 0);
    });
    this.count = this.bands.reduce((sum, band) => sum + band.count, 0);
    this.outcomes.forEach((counts, flow) => {
      counts.splice(0, counts.length, ...(state.outcomes[flow] as readonly number[]));
    });
  }
}
