import { type RequestTable, SlotState } from "./request-table.ts";
import type { ServicePort } from "./service-ports.ts";

/** Columns that hold the handles of a request's timers. */
export type TimerColumn = "timeoutHandle" | "patienceHandle" | "queueHandle";

/** Ends a timer of a request, if it has one. */
export function cancelTimer(table: RequestTable, port: ServicePort, column: TimerColumn, slot: number): void {
  // by name, not by key: this is asked several times a request
  const handles = column === "timeoutHandle" ? table.timeoutHandle : column === "patienceHandle" ? table.patienceHandle : table.queueHandle;
  const handle = handles[slot] as number;
  if (handle < 0) return;
  port.cancel(handle);
  handles[slot] = -1;
}

/**
 * A slot in which the request lives on, waiting, while the engine keeps the old one until its next step: timers of the attempt end,
 * the client's patience does not.
 */
export function takeSuccessor(table: RequestTable, port: ServicePort, slot: number, patienceSeconds: number): number {
  const successor = table.take();
  table.copyRequest(slot, successor);
  cancelTimer(table, port, "timeoutHandle", slot);
  cancelTimer(table, port, "queueHandle", slot);
  table.state[successor] = SlotState.Backoff;
  if ((table.patienceHandle[slot] as number) >= 0) {
    cancelTimer(table, port, "patienceHandle", slot);
    table.patienceHandle[successor] = port.schedule((table.arrivalSeconds[slot] as number) + patienceSeconds, "patience", successor);
  }
  return successor;
}
