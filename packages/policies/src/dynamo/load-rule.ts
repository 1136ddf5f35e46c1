/** One engine as the load rule sees it. */
export interface EngineLoad {
  /** Prompt tokens that wait to be computed. */
  readonly queuedPrefillTokens: number;
  /** (scheduled + queued KV tokens) ÷ all the cache holds. */
  readonly kvLoad: number;
}

export type Component = "prefill" | "decode" | "agg";

/** Thresholds of the load rule without an SLA. @see ai-dynamo 1.6 planner, easy targets */
interface Thresholds {
  readonly up: number;
  /** Below this a replica may go. */
  readonly down: number;
  /** Whether `up` itself is enough. */
  readonly inclusive: boolean;
}

export type Goal = "throughput" | "latency";

const PREFILL: Readonly<Record<Goal, Thresholds>> = {
  throughput: { up: 1, down: 0.1, inclusive: true },
  latency: { up: 0.1, down: 0, inclusive: true },
};
const DECODE: Readonly<Record<Goal, Thresholds>> = {
  throughput: { up: 1, down: 0.6, inclusive: false },
  latency: { up: 0.4, down: 0.1, inclusive: false },
};

export interface LoadStep {
  /** −1, 0 or +1 replica. */
  readonly step: number;
  readonly reason: string;
  readonly largest: number;
}

/** A step by the fullest engine: up if any is too full, down if all are nearly empty and the rest could take over its load. */
export function loadStep(component: Component, goal: Goal, loads: readonly EngineLoad[], contextLength: number): LoadStep {
  const { up, down, inclusive } = (component === "prefill" ? PREFILL : DECODE)[goal];
  const values = loads.map((load) => fullness(component, load, contextLength));
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  if (values.some((value) => (inclusive ? value >= up : value > up))) return { step: 1, reason: "EngineTooFull", largest };
  const areIdle = values.every((value) => (down === 0 ? value === 0 : value < down));
  const n = loads.length;
  if (areIdle && n > 1 && (largest * n) / (n - 1) < up) return { step: -1, reason: "EnginesIdle", largest };
  return { step: 0, reason: "LoadInBounds", largest };
}

function fullness(component: Component, { queuedPrefillTokens, kvLoad }: EngineLoad, contextLength: number): number {
  const prefill = queuedPrefillTokens / contextLength;
  return component === "prefill" ? prefill : component === "decode" ? kvLoad : kvLoad + prefill;
}
