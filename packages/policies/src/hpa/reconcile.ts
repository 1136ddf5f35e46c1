import { EMPTY_MEMORY, type HpaMemory, type Normalized, normalizeReplicas, rememberScaleEvent } from "./behavior.ts";
import { type Combined, combineOutcomes } from "./metrics.ts";
import type { MetricOutcome, MetricReading, Tolerance } from "./outcome.ts";
import type { HpaPod } from "./pods.ts";
import { proposeReplicas } from "./replicas.ts";
import type { HpaFlags, HpaSpec } from "./spec.ts";
import { type HpaStatus, scaledToZero, setCondition } from "./status.ts";

/** All that one sync looks at. */
export interface SyncInput {
  readonly spec: HpaSpec;
  readonly flags: HpaFlags;
  readonly nowSeconds: number;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly pods: readonly HpaPod[];
  /** Answers of the metrics APIs, one per metric of the spec. */
  readonly readings: readonly MetricReading[];
  /** What the API server refused in this sync. */
  readonly refusals?: { readonly getScale?: boolean; readonly updateScale?: boolean; readonly selector?: boolean };
}

/** What the controller knows between syncs. `memory` null: it has not seen this HPA yet. */
export type HpaState = {
  readonly memory: HpaMemory | null;
  readonly status: HpaStatus;
};

export interface SyncResult {
  readonly state: HpaState;
  /** `spec.replicas` of the target after the sync. */
  readonly replicas: number;
  /** What the sync wanted, applied or not; absent when it did not decide. */
  readonly desiredReplicas?: number;
  /** Why this count, as the controller's event says. */
  readonly text: string;
  /** The sync returned an error; it may have scaled all the same. */
  readonly failed: boolean;
  /** One per metric; empty when metrics were not looked at. */
  readonly outcomes: readonly MetricOutcome[];
  readonly combined?: Combined;
  readonly normalized?: Normalized;
}

const ABOVE_MAXIMUM = "Current number of replicas above Spec.MaxReplicas";
const BELOW_MINIMUM = "Current number of replicas below Spec.MinReplicas";

/** The count the controller wants, before it asks the API server for it. */
interface Wish {
  readonly replicas: number;
  readonly text: string;
  readonly memory: HpaMemory;
  readonly status: HpaStatus;
  readonly failed: boolean;
  readonly outcomes: readonly MetricOutcome[];
  readonly combined?: Combined;
  readonly normalized?: Normalized;
}

/**
 * One sync of the HPA controller: from scale, pods and metrics to a new scale, conditions and memory.
 *
 * @see kubernetes v1.37 pkg/controller/podautoscaler/horizontal.go, reconcileAutoscaler
 */
export function syncHpa(input: SyncInput, state: HpaState): SyncResult {
  const { nowSeconds, specReplicas: current } = input;
  if (input.refusals?.getScale === true) {
    const status = setCondition(state.status, nowSeconds, "AbleToScale", false, "FailedGetScale");
    return { state: { ...state, status }, replicas: current, text: "", failed: true, outcomes: [] };
  }
  const able = setCondition(state.status, nowSeconds, "AbleToScale", true, "SucceededGetScale");
  // A controller that has just started holds scale-down back for a whole window by this entry.
  const memory: HpaMemory = state.memory ?? { ...EMPTY_MEMORY, recommendations: [[nowSeconds, current]] };
  const wish = decide(input, memory, { ...able, currentReplicas: current });
  if (wish === "disabled") {
    const off = setCondition(able, nowSeconds, "ScalingActive", false, "ScalingDisabled");
    const status = { ...off, currentReplicas: current, desiredReplicas: 0 };
    return { state: { memory, status }, replicas: current, desiredReplicas: 0, text: "", failed: false, outcomes: [] };
  }
  if (wish.combined?.ok === false) {
    const { combined, outcomes } = wish;
    return { state: { memory, status: wish.status }, replicas: current, text: "", failed: true, outcomes, combined };
  }
  return apply(input, wish);
}

function decide(input: SyncInput, memory: HpaMemory, status: HpaStatus): Wish | "disabled" {
  const { spec, specReplicas: current } = input;
  const plain = { memory, status, failed: false, outcomes: [] };
  if (current === 0) {
    if (!scaledToZero(status) || (spec.minReplicas === 0 && !hasScaleFromZeroMetric(spec))) return "disabled";
  } else if (current > spec.maxReplicas) {
    return { ...plain, replicas: spec.maxReplicas, text: ABOVE_MAXIMUM };
  } else if (current < spec.minReplicas) {
    return { ...plain, replicas: spec.minReplicas, text: BELOW_MINIMUM };
  }
  return decideByMetrics(input, memory, status);
}

function decideByMetrics(input: SyncInput, memory: HpaMemory, status: HpaStatus): Wish {
  const { spec, flags, nowSeconds, specReplicas: current } = input;
  const outcomes = input.refusals?.selector === true ? [] : proposals(input);
  const combined: Combined =
    input.refusals?.selector === true
      ? { ok: false, failure: { ok: false, reason: "InvalidSelector", error: "the target's selector is not usable" }, failedMetrics: 0 }
      : combineOutcomes(outcomes, current);
  if (!combined.ok) {
    const refused = setCondition(status, nowSeconds, "ScalingActive", false, combined.failure.reason);
    return { replicas: current, text: "", memory, status: refused, failed: true, outcomes, combined };
  }
  const desired = combined.replicas;
  const normalized = normalizeReplicas({ spec, flags, nowSeconds, current, desired, memory });
  const active = setCondition(status, nowSeconds, "ScalingActive", true, "ValidMetricFound");
  const able = setCondition(active, nowSeconds, "AbleToScale", true, normalized.stabilization);
  const limited = setCondition(able, nowSeconds, "ScalingLimited", normalized.limited, normalized.limit);
  const raised = current === 0 && spec.minReplicas !== 0 && normalized.replicas < spec.minReplicas;
  const change = desired > current ? `${combined.metricName} above target` : desired < current ? "All metrics below target" : "";
  return {
    replicas: raised ? spec.minReplicas : normalized.replicas,
    text: raised && change === "" ? BELOW_MINIMUM : change,
    memory: normalized.memory,
    status: limited,
    failed: combined.failure !== undefined,
    outcomes,
    combined,
    normalized,
  };
}

/** The tolerances that hold: those of `behavior`, else the controller's flag. */
export function toleranceOf({ behavior }: HpaSpec, flags: HpaFlags): Tolerance {
  return { up: behavior?.scaleUp.tolerance ?? flags.tolerance, down: behavior?.scaleDown.tolerance ?? flags.tolerance };
}

function proposals(input: SyncInput): readonly MetricOutcome[] {
  const { spec, flags } = input;
  const tolerance = toleranceOf(spec, flags);
  return spec.metrics.map((metric, index) => {
    const reading = input.readings[index] ?? { kind: "error", error: "metric was not asked for" };
    return proposeReplicas(metric, reading, { ...input, tolerance });
  });
}

function apply(input: SyncInput, wish: Wish): SyncResult {
  const { spec, nowSeconds, specReplicas: current } = input;
  const { replicas, text, outcomes } = wish;
  const details = {
    desiredReplicas: replicas,
    text,
    outcomes,
    ...(wish.combined === undefined ? {} : { combined: wish.combined }),
    ...(wish.normalized === undefined ? {} : { normalized: wish.normalized }),
  };
  const status = { ...wish.status, desiredReplicas: replicas };
  if (replicas === current) return { ...details, state: { memory: wish.memory, status }, replicas, failed: wish.failed };
  if (input.refusals?.updateScale === true) {
    const refused = setCondition(wish.status, nowSeconds, "AbleToScale", false, "FailedUpdateScale");
    return { ...details, state: { memory: wish.memory, status: refused }, replicas: current, failed: true };
  }
  const toZero = current > 0 && replicas === 0 && spec.minReplicas === 0 && hasScaleFromZeroMetric(spec);
  const rescaled = setCondition(status, nowSeconds, "AbleToScale", true, "SucceededRescale");
  const marked = setCondition(rescaled, nowSeconds, "ScaledToZero", toZero, toZero ? "ScaledToZero" : "NotScaledToZero");
  const memory = rememberScaleEvent(spec, nowSeconds, current, replicas, wish.memory);
  return { ...details, state: { memory, status: { ...marked, lastScaleSeconds: nowSeconds } }, replicas, failed: wish.failed };
}

/** Only these metrics exist without pods, so only with them can an HPA come back from zero. */
function hasScaleFromZeroMetric(spec: HpaSpec): boolean {
  return spec.metrics.some(({ type }) => type === "Object" || type === "External");
}
