import type { SeriesReader } from "../domain/series-reader.ts";
import type { MetricAnswer, MetricRequest, PodView } from "./policy.ts";

/** What a metric source may read when it answers. */
export interface MetricContext {
  readonly nowSeconds: number;
  /** Seconds since 1970-01-01 UTC at the start of the run: PromQL's `time()` and subquery grid need it. */
  readonly startEpochSeconds: number;
  /** Series as scraped so far. */
  readonly reader: SeriesReader;
  /** Pods of the scale target, terminating ones included. */
  readonly pods: readonly PodView[];
  readonly deployment: string;
  readonly namespace: string;
}

/**
 * Answers a policy's metric requests from scraped series. Handed in by the caller, so that the simulation core
 * knows no query language.
 */
export interface MetricSource {
  /** Names of the series the request can read; undefined: it may read any. Used to keep only series that somebody reads. */
  series(request: MetricRequest): readonly string[] | undefined;
  /** How far into the past an answer can reach, seconds. Absent: 10 minutes. */
  reachSeconds?(request: MetricRequest): number;
  answer(request: MetricRequest, context: MetricContext): MetricAnswer;
}
