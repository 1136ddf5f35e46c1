import type { Progress } from "replicast";
import type { Io } from "./io.ts";

/** Least time between two drawings, seconds. */
const REDRAW_SECONDS = 0.1;
const ERASE_LINE = "\r\u001b[2K";

export interface ProgressLine {
  readonly report: (progress: Progress) => void;
  /** Removes the line, before anything else is written. */
  readonly clear: () => void;
}

/** One line on standard error that is drawn over and over; nothing at all when that is no terminal. */
export function createProgressLine(io: Io, quiet: boolean): ProgressLine {
  if (quiet || !io.errIsTerminal) return { report: () => undefined, clear: () => undefined };
  let drawnSeconds = Number.NEGATIVE_INFINITY;
  return {
    report: (progress) => {
      const now = io.clockSeconds();
      if (now - drawnSeconds < REDRAW_SECONDS) return;
      drawnSeconds = now;
      io.err(ERASE_LINE + describe(progress));
    },
    clear: () => {
      if (drawnSeconds > Number.NEGATIVE_INFINITY) io.err(ERASE_LINE);
      drawnSeconds = Number.NEGATIVE_INFINITY;
    },
  };
}

function describe(progress: Progress): string {
  if (progress.stage === "capacity") {
    return `capacity of ${progress.deployment}: ${progress.replicas} replica(s) at ${progress.requestsPerSecond.toPrecision(3)} requests/s each`;
  }
  const place = progress.total > 1 ? ` (${progress.index + 1} of ${progress.total})` : "";
  return `running ${progress.policy}${place}: ${Math.round(progress.share * 100)} %`;
}
