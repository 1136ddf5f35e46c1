import type { BlameCause } from "./causes.ts";

/** What one cause has cost, in one deployment. */
export interface BlameRow {
  /** Null: no deployment saw the requests. */
  readonly deployment: string | null;
  readonly cause: BlameCause;
  /** Seconds of the run in which fewer replicas could be reached than required, and the next missing one was held up by this. */
  readonly shortageSeconds: number;
  /** Requests that missed an objective, or were lost, mostly for this. */
  readonly violations: number;
  /** Dollars of the run for replicas ready above what was required, kept for this. */
  readonly idleUsd: number;
}

/** Why requests were late, and why replicas were idle. */
export interface BlameResult {
  /** By deployment, most violations first; causes that cost nothing are left out. */
  readonly rows: readonly BlameRow[];
  /** Sum over the rows: all requests that count as violations. */
  readonly violations: number;
  /** Those of them that none of the causes explains. */
  readonly unexplained: number;
  /** Sum over the rows: the buffer in the bill. */
  readonly idleUsd: number;
}
