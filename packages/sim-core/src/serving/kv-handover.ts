import type { TransferConfig } from "./config.ts";
import { type RequestTable, SlotState } from "./request-table.ts";
import { SlotList } from "./slot-list.ts";

const LISTS = ["held", "parting", "receiving", "received"] as const;

export interface KvHandoverState {
  readonly lists: readonly (readonly [number, number, number])[];
  readonly scalars: readonly number[];
}

/**
 * Sequences outside the batch whose KV blocks are taken: on the prefill side prompts that wait until the decode side
 * has read them, on the decode side prompts on their way. A replica's link brings one prompt after another, each at
 * full bandwidth, so they arrive in the order in which they were asked for.
 */
export class KvHandover {
  /** Prompts computed here, to be read by others; in order of their ends. */
  readonly held: SlotList;
  /** Held no longer, their blocks are free from the next step on. */
  readonly parting: SlotList;
  /** On their way here, in order of arrival. */
  readonly receiving: SlotList;
  /** Here, to be admitted; in order of arrival. */
  readonly received: SlotList;
  /** Of `received`, those whose client has left. */
  abortedReceived = 0;
  private linkFreeSeconds = 0;
  private readonly table: RequestTable;
  private readonly transfer: TransferConfig | undefined;

  constructor(table: RequestTable, transfer: TransferConfig | undefined) {
    this.table = table;
    this.transfer = transfer;
    this.held = new SlotList(table);
    this.parting = new SlotList(table);
    this.receiving = new SlotList(table);
    this.received = new SlotList(table);
  }

  /** When the next prompt is there; Infinity: none is on its way. */
  get nextSeconds(): number {
    return this.receiving.head < 0 ? Number.POSITIVE_INFINITY : (this.table.kvReadySeconds[this.receiving.head] as number);
  }

  /** Asks for a prompt's blocks. @param blocks that are not cached here */
  receive(slot: number, blocks: number, nowSeconds: number): void {
    const { setupSeconds, perBlockSeconds } = this.transfer as TransferConfig; // only decode sides get answer parts
    this.linkFreeSeconds = Math.max(nowSeconds, this.linkFreeSeconds) + blocks * perBlockSeconds;
    this.table.kvReadySeconds[slot] = this.linkFreeSeconds + setupSeconds;
    this.table.state[slot] = SlotState.Receiving;
    this.receiving.append(slot);
  }

  /** Takes every slot out, into the list given. */
  empty(into: number[]): void {
    for (const name of LISTS) {
      const list = this[name];
      for (let slot = list.head; slot >= 0; slot = list.head) {
        list.remove(slot);
        into.push(slot);
      }
    }
    this.abortedReceived = 0;
    this.linkFreeSeconds = 0;
  }

  save(): KvHandoverState {
    return { lists: LISTS.map((name) => this[name].save()), scalars: [this.abortedReceived, this.linkFreeSeconds] };
  }

  restore(state: KvHandoverState): void {
    LISTS.forEach((name, i) => {
      this[name].restore(state.lists[i] as readonly [number, number, number]);
    });
    [this.abortedReceived, this.linkFreeSeconds] = state.scalars as [number, number];
  }
}
