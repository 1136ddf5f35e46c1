/** Batch limit that was chosen for a deployment before the run. */
export interface BatchLimitChoice {
  readonly deployment: string;
  /** What is limited: sequences of continuous batching, or the size of a static or dynamic batch. */
  readonly discipline: "continuous" | "static" | "dynamic";
  readonly limit: number;
  /** Upper bound of the search, as the scenario gives it. */
  readonly upTo: number;
  /** Load of one replica at which the limit was judged. */
  readonly requestsPerSecond: number;
  /** False: no limit meets the SLO at that load, and this one comes closest. */
  readonly meetsSlo: boolean;
}

/** One replica at one load with one batch limit. */
export interface BatchSweepPoint {
  readonly limit: number;
  /** Requests per second that ended while the load lasted. */
  readonly throughputPerSecond: number;
  /** Requests per second that met every objective. */
  readonly goodputPerSecond: number;
  /** Share of the requests that met the objective that was met least, 0…1. */
  readonly attainment: number;
  /** Every objective holds and the backlog did not grow. */
  readonly meetsSlo: boolean;
  readonly meanE2eSeconds: number;
  readonly ttftP95Seconds: number | null;
  readonly tpotP95Seconds: number | null;
}

/** One replica at one load, over batch limits. */
export interface BatchSweepSeries {
  readonly deployment: string;
  /** Factor on the answers' lengths of the scenario's mix. */
  readonly answers: number;
  /** Of the load that the replica carries at the SLO with its configured limit; where it meets that never, of the load it keeps up with. */
  readonly loadShare: number;
  readonly requestsPerSecond: number;
  /** Smallest limit whose goodput is within 1 % of the best; where nothing meets the SLO, the one with the least mean latency. */
  readonly bestLimit: number;
  /** Ascending limits. */
  readonly points: readonly BatchSweepPoint[];
}

/** Throughput and latency over batch limits, at several loads and answer lengths. */
export interface BatchSweep {
  readonly schema: "replicast/batch-sweep/v1";
  readonly version: string;
  readonly scenario: string;
  readonly series: readonly BatchSweepSeries[];
}
