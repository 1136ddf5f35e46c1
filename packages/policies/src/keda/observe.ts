import type { Json, MetricAnswer, MetricRequest } from "@replicast/sim-core";
import { compositeReading, type ReadTrigger } from "./composite.ts";
import { evaluateCron } from "./cron-trigger.ts";
import { type ExternalReading, type FailureCounts, type FallbackInput, withFallback } from "./fallback.ts";
import { evaluatePrometheus, type TriggerReading } from "./prometheus.ts";
import { COMPOSITE_METRIC, type ExternalTrigger, type KedaTrigger, type ScalingModifiers } from "./spec.ts";
import { evaluateSupplied } from "./supplied-trigger.ts";

/** What the last poll made of a trigger with `useCachedMetrics`: a value (a fallback's, too) or an error. */
export type TriggerRecord = TriggerReading;

/**
 * The operator's cache of one object's scalers. The scale loop and the metrics server share it, but not always the object in it: a cache
 * that the loop built counts failures in the loop's object, one that a metrics request (or the first reconcile) built counts in a copy of
 * its own. An error that no fallback replaces drops the cache.
 */
export type ScalerCache = {
  /** Counts of the copy; null: the cache holds the loop's object. */
  readonly ownCounts: FailureCounts | null;
};

export type OperatorState = {
  /** `status.health`: failures in a row by metric name. */
  readonly counts: FailureCounts;
  readonly cache: ScalerCache | null;
  /** Stored by each poll, one that fails included, and dropped with the cache of scalers by a metrics request that fails. */
  readonly records: { readonly [metricName: string]: TriggerRecord };
};

/** After the first reconcile, which looks at the scalers to make the HPA. */
export const INITIAL_OPERATOR_STATE: OperatorState = { counts: {}, cache: { ownCounts: {} }, records: {} };

/** All external triggers, looked at once. */
export interface TriggerObservation {
  readonly readings: { readonly [metricName: string]: ExternalReading };
  /** Some trigger is active; cpu and memory alone always are. */
  readonly active: boolean;
  /** Some trigger fails, and no fallback stands in for it. */
  readonly failing: boolean;
  /** Values as read, for the record. */
  readonly evidence: readonly { readonly [key: string]: Json }[];
  readonly state: OperatorState;
}

export interface TriggerInput extends FallbackInput {
  readonly triggers: readonly KedaTrigger[];
  readonly scalingModifiers?: ScalingModifiers | undefined;
  readonly answers: { readonly [metricName: string]: MetricAnswer };
  readonly epochSeconds: number;
  /** Seconds since the start of the run. */
  readonly nowSeconds: number;
  /** Pods of the scale target that have not ended. */
  readonly existingPods: number;
}

/** The queries of all triggers, named after their metrics. Cron triggers need none, cpu and memory are the HPA's business. */
export function triggerRequests(triggers: readonly KedaTrigger[]): readonly MetricRequest[] {
  return triggers.flatMap((trigger) => {
    const query = queryOf(trigger);
    return query === undefined || trigger.type === "resource" ? [] : [{ name: trigger.metricName, kind: "promql" as const, query }];
  });
}

function queryOf(trigger: KedaTrigger): string | undefined {
  if (trigger.type === "prometheus") return trigger.query;
  return trigger.type === "supplied" && trigger.source?.kind === "query" ? trigger.source.query : undefined;
}

/**
 * The scale loop's look at all triggers: always fresh.
 *
 * @see keda v2.20 pkg/scaling/scale_handler.go, getScaledObjectState
 */
export function observeForLoop(input: TriggerInput, state: OperatorState): TriggerObservation {
  const readings: Record<string, ExternalReading> = {};
  const records: Record<string, TriggerRecord> = {};
  const evidence: { readonly [key: string]: Json }[] = [];
  const looked: ReadTrigger[] = [];
  let { counts } = state;
  for (const trigger of externalTriggers(input.triggers)) {
    const read = evaluate(trigger, input);
    const result = withFallback(trigger, read, counts, input);
    counts = result.counts;
    looked.push({ name: trigger.name, read, reading: result.reading });
    readings[trigger.metricName] = result.reading;
    if (trigger.type !== "cron" && trigger.useCachedMetrics) records[trigger.metricName] = recordOf(read, result.reading);
    evidence.push(triggerEvidence(trigger, read, result.reading, counts));
  }
  const summary = summarise(readings, evidence, looked, input);
  const ownCounts = state.cache?.ownCounts ?? null;
  return { ...summary, state: { counts, cache: summary.failing ? null : { ownCounts }, records } };
}

/**
 * The metrics server's answers to the HPA: one request per metric, each of which may find the cache gone.
 *
 * @see keda v2.20 pkg/scaling/scale_handler.go, GetScaledObjectMetrics
 */
export function observeForHpa(input: TriggerInput, state: OperatorState): TriggerObservation {
  const readings: Record<string, ExternalReading> = {};
  const evidence: { readonly [key: string]: Json }[] = [];
  const looked: ReadTrigger[] = [];
  let { counts, cache, records } = state;
  for (const trigger of externalTriggers(input.triggers)) {
    const found: ScalerCache = cache ?? { ownCounts: counts };
    const read = records[trigger.metricName] ?? evaluate(trigger, input);
    const before = found.ownCounts ?? counts;
    const result = withFallback(trigger, read, before, input);
    const written = patched(counts, before, result.counts, trigger.metricName);
    // The answer to a write is the stored object, and replaces the copy; without a change nothing is written.
    const copy = written ?? result.counts;
    counts = written ?? counts;
    looked.push({ name: trigger.name, read, reading: result.reading });
    readings[trigger.metricName] = result.reading;
    const ownCounts = found.ownCounts === null ? null : copy;
    [cache, records] = result.reading.ok ? [{ ownCounts }, records] : [null, {}];
    evidence.push(triggerEvidence(trigger, read, result.reading, counts));
  }
  return { ...summarise(readings, evidence, looked, input), state: { counts, cache, records } };
}

/** The stored counts after a write; undefined: the copy saw no change in itself, so nothing was written. */
function patched(stored: FailureCounts, before: FailureCounts, after: FailureCounts, metricName: string): FailureCounts | undefined {
  const value = after[metricName];
  return value === undefined || value === before[metricName] ? undefined : { ...stored, [metricName]: value };
}

function externalTriggers(triggers: readonly KedaTrigger[]): readonly ExternalTrigger[] {
  return triggers.flatMap((trigger) => (trigger.type === "resource" ? [] : [trigger]));
}

function evaluate(trigger: ExternalTrigger, input: TriggerInput): TriggerReading {
  const answer = input.answers[trigger.metricName];
  switch (trigger.type) {
    case "cron":
      return evaluateCron(trigger, input.epochSeconds);
    case "prometheus":
      return evaluatePrometheus(trigger, answer);
    case "supplied":
      return evaluateSupplied(trigger, { answer, nowSeconds: input.nowSeconds, existingPods: input.existingPods });
  }
}

/** A fallback value is kept like a real one: the next HPA request takes it for a success, and the count of failures starts again. */
function recordOf(read: TriggerReading, reading: ExternalReading): TriggerRecord {
  if (!reading.ok) return { ok: false, error: reading.error };
  return { ok: true, value: read.ok ? read.value : Number(reading.valueMilli) / 1000, active: reading.active };
}

function summarise(
  readings: { readonly [metricName: string]: ExternalReading },
  evidence: readonly { readonly [key: string]: Json }[],
  looked: readonly ReadTrigger[],
  input: TriggerInput,
): Omit<TriggerObservation, "state"> {
  const list = Object.values(readings);
  if (input.scalingModifiers !== undefined && looked.length > 0) {
    const composite = compositeReading(input.scalingModifiers, looked, input);
    return {
      readings: { [COMPOSITE_METRIC]: composite },
      active: composite.ok && composite.active,
      failing: !composite.ok,
      evidence: [...evidence, compositeEvidence(input.scalingModifiers, composite)],
    };
  }
  return {
    readings,
    active: list.length === 0 || list.some((reading) => reading.ok && reading.active),
    failing: list.some((reading) => !reading.ok),
    evidence,
  };
}

function compositeEvidence(
  { formula, target, activationTarget }: ScalingModifiers,
  reading: ExternalReading,
): { readonly [key: string]: Json } {
  const value = reading.ok ? { value: Number(reading.valueMilli) / 1000, active: reading.active } : { error: reading.error };
  const fallback = reading.ok && reading.fallback ? { fallback: true } : {};
  return { metric: COMPOSITE_METRIC, formula, target, activationThreshold: activationTarget, ...value, ...fallback };
}

function triggerEvidence(
  trigger: ExternalTrigger,
  read: TriggerReading,
  reading: ExternalReading,
  counts: FailureCounts,
): { readonly [key: string]: Json } {
  const failures = counts[trigger.metricName] ?? 0;
  const base = {
    metric: trigger.metricName,
    type: trigger.type === "supplied" ? trigger.scaler : trigger.type,
    ...(failures === 0 ? {} : { failures }),
  };
  const limits =
    trigger.type === "cron"
      ? { desiredReplicas: trigger.desiredReplicas }
      : { threshold: trigger.threshold ?? 0, activationThreshold: trigger.activationThreshold };
  const age = read.ok && read.ageSeconds !== undefined ? { ageSeconds: read.ageSeconds } : {};
  const value = read.ok ? { value: read.value, active: read.active, ...age } : { error: read.error };
  const standIn = reading.ok && reading.fallback ? { fallbackValue: Number(reading.valueMilli) / 1000 } : {};
  return { ...base, ...limits, ...value, ...standIn };
}
