import type { RunResult } from "@replicast/sim-core";
import { formatCount, formatSeconds } from "./format.ts";

/** One line per run and stream whose limits made the client send late, or not at all: latencies do not show that. */
export function heldBackLines(runs: readonly RunResult[]): readonly string[] {
  return runs.flatMap((run) =>
    run.streams
      .filter(({ delayed, unsent }) => delayed > 0 || unsent > 0)
      .map(({ name, delayed, delaySecondsMean, delaySecondsMax, unsent }) => {
        const late =
          delayed === 0
            ? []
            : [
                `${formatCount(delayed, "request")} late by ${formatSeconds(delaySecondsMean)} on average, ${formatSeconds(delaySecondsMax)} at most`,
              ];
        const never = unsent === 0 ? [] : [`${formatCount(unsent, "request")} never`];
        return `${run.policy}: what its clients wait for made ${name} send ${[...late, ...never].join(", and ")}.`;
      }),
  );
}
