import { currentMaximum, type DelayWindow, recordMaximum } from "../../packages/policies/src/knative/delay-window.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface DelayCase {
  readonly durationS: number;
  readonly granularityS: number;
  readonly t0UnixS: number;
  readonly ops: readonly (readonly [t: number, recorded: number, maximum: number])[];
}

function check({ durationS, granularityS, t0UnixS, ops }: DelayCase): string | undefined {
  let window: DelayWindow = [];
  for (const [t, value, maximum] of ops) {
    window = recordMaximum(window, t0UnixS + t, value, { delaySeconds: durationS, tickSeconds: granularityS });
    const wrong = mismatch([`maximum at ${t}`, maximum, currentMaximum(window)]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The sliding maximum behind scale-down-delay. */
export const delayWindow: VectorKind<DelayCase> = {
  kind: "scale-down-delay-window",
  recognises: ({ kind }) => kind === "scaleDownDelayWindow",
  check,
};
