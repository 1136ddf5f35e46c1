/** Latencies an objective can bound. */
export type LatencyMetric = "ttft" | "tpot" | "itl" | "e2e" | "queue";

/**
 * One objective: a request is good for it when its latency is at most `thresholdSeconds`;
 * the objective holds when at least `target` of the counted requests are good.
 */
export interface SloObjective {
  readonly metric: LatencyMetric;
  readonly thresholdSeconds: number;
  /** Share of requests, 0…1; "p(95)<2s" means 0.95. */
  readonly target: number;
}

export interface SloConfig {
  readonly objectives: readonly SloObjective[];
  /** Share of requests that must end well at all (completed, or still in flight in time). */
  readonly availability?: number;
  /** Width of the centred window of the offered load λ(t), seconds. */
  readonly loadWindowSeconds: number;
}

/** Answers that do not do. */
export interface QualityConfig {
  /** What one costs. */
  readonly badAnswerUsd: number;
  /** Share of the judged answers that must do, 0…1; absent: any may. */
  readonly adequateShareMin?: number;
}

/** A condition on a result metric; `metric` as in `costs.monthlyUsd`, `ttft`, `lostRequests`. */
export interface Threshold {
  readonly metric: string;
  /** For latencies: "p(95)", "avg", "max", "min", "med", "count"; for plain metrics: "value". */
  readonly aggregation: string;
  readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=";
  /** In the metric's base unit (seconds, dollars, counts, shares). */
  readonly value: number;
  /** As the scenario wrote it. */
  readonly text: string;
}
