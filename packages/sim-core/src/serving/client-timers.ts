import type { RequestTable } from "./request-table.ts";
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
