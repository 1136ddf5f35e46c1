import type { TransferConfig } from "./config.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import { type RequestTable, SlotState } from "./request-table.ts";

/**
 * Sequences outside a replica's batch whose KV blocks are taken: on the prefill side prompts that wait until the decode side
 * has read them, on the decode side prompts on their way. A replica's link brings one prompt after another, each at
 * full bandwidth, so they arrive in the order in which they were asked for. Their lists are columns, which are looked at only where
 * `pinned` says that some are not empty: most replicas never have any.
 */
export class KvHandover {
  private readonly table: RequestTable;
  private readonly columns: ReplicaColumns;
  private readonly transfer: TransferConfig | undefined;

  constructor(table: RequestTable, columns: ReplicaColumns, transfer: TransferConfig | undefined) {
    this.table = table;
    this.columns = columns;
    this.transfer = transfer;
  }

  /** When the next prompt is there; Infinity: none is on its way. */
  nextSeconds(row: number): number {
    const { pinned, receiving } = this.columns;
    const slot = pinned[row] === 0 ? -1 : (receiving.head[row] as number);
    return slot < 0 ? Number.POSITIVE_INFINITY : (this.table.kvReadySeconds[slot] as number);
  }

  /** Prompts that are here, to be admitted. */
  receivedBy(row: number): number {
    const { pinned, received } = this.columns;
    return pinned[row] === 0 ? 0 : (received.count[row] as number);
  }

  /** Prompts whose blocks are taken, their content on its way or here. */
  expectedBy(row: number): number {
    const { pinned, receiving, received } = this.columns;
    return pinned[row] === 0 ? 0 : (receiving.count[row] as number) + (received.count[row] as number);
  }

  /** Asks for a prompt's blocks. @param blocks that are not cached here */
  receive(row: number, slot: number, blocks: number, nowSeconds: number): void {
    const { setupSeconds, perBlockSeconds } = this.transfer as TransferConfig; // only decode sides get answer parts
    const { linkFreeSeconds, receiving } = this.columns;
    const freeSeconds = Math.max(nowSeconds, linkFreeSeconds[row] as number) + blocks * perBlockSeconds;
    linkFreeSeconds[row] = freeSeconds;
    this.table.kvReadySeconds[slot] = freeSeconds + setupSeconds;
    this.table.state[slot] = SlotState.Receiving;
    receiving.append(row, slot);
  }

  /** Takes every slot out, into the list given. */
  empty(row: number, into: number[]): void {
    const { held, parting, receiving, received, abortedReceived, linkFreeSeconds } = this.columns;
    for (const list of [held, parting, receiving, received]) {
      for (let slot = list.head[row] as number; slot >= 0; slot = list.head[row] as number) {
        list.remove(row, slot);
        into.push(slot);
      }
    }
    abortedReceived[row] = 0;
    linkFreeSeconds[row] = 0;
  }
}
