import type { RunResult } from "@replicast/sim-core";
import { formatCount } from "./format.ts";

/** Fewer than this share of all firings is the usual start-up, before the first sample. */
const WORTH_TELLING = 0.01;

/** A sentence per policy and reason for which it could not decide, where that happened more than now and then. */
export function blindLines(runs: readonly RunResult[]): readonly string[] {
  return runs.flatMap(({ policy, undecided, decisions }) =>
    Object.entries(undecided)
      .filter(([, count]) => count > WORTH_TELLING * decisions.length)
      .map(([reason, count]) => `${policy}: ${formatCount(count, "firing")} could not decide (${reason})`),
  );
}
