import type { FaultConfig } from "../cluster/config.ts";

/** What an outage of the metrics does to answers at a time; an error wins over emptiness where two overlap. */
export function outageAt(faults: readonly FaultConfig[], nowSeconds: number): "error" | "empty" | undefined {
  let found: "empty" | undefined;
  for (const fault of faults) {
    if (fault.kind !== "metricsOutage" || nowSeconds < fault.fromSeconds || nowSeconds >= fault.toSeconds) continue;
    if (fault.answer === undefined) return "error";
    found = fault.answer;
  }
  return found;
}
