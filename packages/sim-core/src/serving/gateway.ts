import type { GatewayConfig } from "./config.ts";
import type { RequestTable } from "./request-table.ts";
import { SlotState } from "./request-table.ts";
import type { Router } from "./routing/router.ts";
import { SlotList } from "./slot-list.ts";

/** What `admit` answers instead of a replica. */
export const QUEUED = -1;
export const REJECTED = -2;

export interface GatewayState {
  readonly queue: readonly [number, number, number];
  readonly counters: readonly number[];
}

/**
 * The door of one deployment: attempts go straight to an endpoint with room; without one they wait in a bounded
 * queue, first come first served; when that is full they are rejected.
 */
export class Gateway {
  /** Counters as exported. */
  arrivals = 0;
  promptTokens = 0;
  rejected = 0;
  readonly router: Router;
  private readonly config: GatewayConfig;
  private readonly table: RequestTable;
  private readonly queue: SlotList;

  constructor(config: GatewayConfig, table: RequestTable, router: Router) {
    this.config = config;
    this.table = table;
    this.router = router;
    this.queue = new SlotList(table);
  }

  get queueDepth(): number {
    return this.queue.count;
  }

  /** Turns away an attempt that no replica could ever hold. */
  refuse(slot: number): void {
    this.count(slot);
    this.rejected++;
  }

  /** @returns the replica the attempt goes to, {@link QUEUED} or {@link REJECTED} */
  admit(slot: number): number {
    this.count(slot);
    const replica = this.queue.count === 0 ? this.pick() : QUEUED;
    if (replica >= 0) return replica;
    if (this.queue.count >= this.config.maxQueued) {
      this.rejected++;
      return REJECTED;
    }
    this.table.state[slot] = SlotState.Queued;
    this.queue.append(slot);
    return QUEUED;
  }

  private count(slot: number): void {
    this.arrivals++;
    this.promptTokens += this.table.promptTokens[slot] as number;
  }

  /** Head of the queue, −1 when it is empty. */
  get queueHead(): number {
    return this.queue.head;
  }

  /** An endpoint with room, −1 when there is none. */
  pick(): number {
    return this.router.pick(this.config.maxInFlightPerReplica);
  }

  leaveQueue(slot: number): void {
    this.queue.remove(slot);
  }

  save(): GatewayState {
    return { queue: this.queue.save(), counters: [this.arrivals, this.promptTokens, this.rejected] };
  }

  restore(state: GatewayState): void {
    this.queue.restore(state.queue);
    [this.arrivals, this.promptTokens, this.rejected] = state.counters as [number, number, number];
  }
}
