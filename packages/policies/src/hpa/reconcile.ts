import { EMPTY_MEMORY, type HpaMemory, type Normalized, normalizeReplicas, rememberScaleEvent } from "./behavior.ts";
import { type Combined, combineOutcomes } from "./metrics.ts";
import type { MetricOutcome, MetricReading, Tolerance } from "./outcome.ts";
import type { HpaPod } from "./pods.ts";
import { proposeReplicas } from "./replicas.ts";
import type { HpaFlags, StoredHpaSpec } from "./spec.ts";
import { type HpaEvent, type HpaStatus, scaledToZero, setCondition } from "./status.ts";
import { type KubernetesRules, NEWEST_KUBERNETES } from "./versions.ts";

/** All that one sync looks at. */
export interface SyncInput {
  readonly spec: StoredHpaSpec;
  readonly flags: HpaFlags;
  /** What the release of Kubernetes decides; default: the newest one known. */
  readonly kubernetes?: KubernetesRules;
  readonly nowSeconds: number;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly pods: readonly HpaPod[];
  /** Answers of the metrics APIs, one per metric of the spec. */
  readonly readings: readonly MetricReading[];
  /** What the API server refused in this sync. A selector can be missing or unreadable. */
  readonly refusals?: { readonly getScale?: boolean; readonly updateScale?: boolean; readonly selector?: "missing" | "unreadable" };
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
  /** What `kubectl describe` lists, in order. */
  readonly events: readonly HpaEvent[];
}

const ABOVE_MAXIMUM = "Current number of replicas above Spec.MaxReplicas";
/** Without pods to look at, no metric is asked for. */
const NO_SELECTOR = {
  ok: false,
  failure: { ok: false, reason: "InvalidSelector", error: "the target's selector is not usable" },
  failedMetrics: 0,
} as const;
const SELECTOR_EVENTS = { missing: "SelectorRequired", unreadable: "InvalidSelector" } as const;
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
  readonly events: readonly HpaEvent[];
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
    const events = [warning("FailedGetScale", "the scale of the target is not available")];
    return { state: { ...state, status }, replicas: current, text: "", failed: true, outcomes: [], events };
  }
  const able = setCondition(state.status, nowSeconds, "AbleToScale", true, "SucceededGetScale");
  // A controller that has just started holds scale-down back for a whole window by this entry.
  const memory: HpaMemory = state.memory ?? { ...EMPTY_MEMORY, recommendations: [[nowSeconds, current]] };
  const wish = decide(input, memory, { ...able, currentReplicas: current });
  if (wish === "disabled") {
    const off = setCondition(able, nowSeconds, "ScalingActive", false, "ScalingDisabled");
    const status = { ...off, currentReplicas: current, desiredReplicas: 0 };
    return { state: { memory, status }, replicas: current, desiredReplicas: 0, text: "", failed: false, outcomes: [], events: [] };
  }
  if (wish.combined?.ok === false) {
    const { combined, outcomes, status } = wish;
    const events = [...wish.events, warning("FailedComputeMetricsReplicas", combined.failure.error)];
    return { state: { memory, status }, replicas: current, text: "", failed: true, outcomes, combined, events };
  }
  return apply(input, wish);
}

function decide(input: SyncInput, memory: HpaMemory, status: HpaStatus): Wish | "disabled" {
  const { spec, specReplicas: current } = input;
  const plain = { memory, status, failed: false, outcomes: [], events: [] };
  const { scalesToZero } = input.kubernetes ?? NEWEST_KUBERNETES;
  if (current === 0) {
    if (!scalesToZero || !scaledToZero(status) || (spec.minReplicas === 0 && !hasScaleFromZeroMetric(spec))) return "disabled";
  } else if (current > spec.maxReplicas) {
    return { ...plain, replicas: spec.maxReplicas, text: ABOVE_MAXIMUM };
  } else if (current < spec.minReplicas) {
    return { ...plain, replicas: spec.minReplicas, text: BELOW_MINIMUM };
  }
  return decideByMetrics(input, memory, status);
}

function decideByMetrics(input: SyncInput, memory: HpaMemory, status: HpaStatus): Wish {
  const { spec, flags, nowSeconds, specReplicas: current } = input;
  const { selector } = input.refusals ?? {};
  const outcomes = selector === undefined ? proposals(input) : [];
  const combined: Combined = selector === undefined ? combineOutcomes(outcomes, current) : NO_SELECTOR;
  const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [warning(outcome.reason, outcome.error)]));
  const events = selector === undefined ? failures : [warning(SELECTOR_EVENTS[selector], NO_SELECTOR.failure.error)];
  if (!combined.ok) {
    const refused = setCondition(status, nowSeconds, "ScalingActive", false, combined.failure.reason);
    return { replicas: current, text: "", memory, status: refused, failed: true, outcomes, combined, events };
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
    events,
  };
}

/** The tolerances that hold: those of `behavior`, else the controller's flag. */
export function toleranceOf({ behavior }: StoredHpaSpec, flags: HpaFlags, kubernetes: KubernetesRules = NEWEST_KUBERNETES): Tolerance {
  return {
    up: behavior?.scaleUp.tolerance ?? flags.tolerance,
    down: behavior?.scaleDown.tolerance ?? flags.tolerance,
    byDistance: kubernetes.toleranceByDistance,
  };
}

function proposals(input: SyncInput): readonly MetricOutcome[] {
  const { spec, flags, kubernetes = NEWEST_KUBERNETES } = input;
  const tolerance = toleranceOf(spec, flags, kubernetes);
  return spec.metrics.map((metric, index) => {
    if (metric.type === "Unknown") {
      const error = `unknown metric source type ${JSON.stringify(metric.sourceType)}`;
      return { ok: false, reason: "InvalidMetricSourceType", error };
    }
    const reading = input.readings[index] ?? { kind: "error", error: "metric was not asked for" };
    return proposeReplicas(metric, reading, { ...input, tolerance });
  });
}

function apply(input: SyncInput, wish: Wish): SyncResult {
  const { spec, nowSeconds, specReplicas: current, kubernetes = NEWEST_KUBERNETES } = input;
  const { replicas, text, outcomes, events } = wish;
  const details = {
    desiredReplicas: replicas,
    text,
    outcomes,
    ...(wish.combined === undefined ? {} : { combined: wish.combined }),
    ...(wish.normalized === undefined ? {} : { normalized: wish.normalized }),
  };
  const status = { ...wish.status, desiredReplicas: replicas };
  if (replicas === current) return { ...details, state: { memory: wish.memory, status }, replicas, failed: wish.failed, events };
  const size = `New size: ${replicas}; reason: ${text}`;
  if (input.refusals?.updateScale === true) {
    const refused = setCondition(wish.status, nowSeconds, "AbleToScale", false, "FailedUpdateScale");
    const refusal = warning("FailedRescale", `${size}; error: the update was refused`);
    return { ...details, state: { memory: wish.memory, status: refused }, replicas: current, failed: true, events: [...events, refusal] };
  }
  const toZero = current > 0 && replicas === 0 && spec.minReplicas === 0 && hasScaleFromZeroMetric(spec);
  const rescaled = setCondition(status, nowSeconds, "AbleToScale", true, "SucceededRescale");
  const marked = kubernetes.scalesToZero
    ? setCondition(rescaled, nowSeconds, "ScaledToZero", toZero, toZero ? "ScaledToZero" : "NotScaledToZero")
    : rescaled;
  const memory = rememberScaleEvent(spec, nowSeconds, current, replicas, wish.memory);
  const state = { memory, status: { ...marked, lastScaleSeconds: nowSeconds } };
  const success: HpaEvent = { type: "Normal", reason: "SuccessfulRescale", message: size };
  return { ...details, state, replicas, failed: wish.failed, events: [...events, success] };
}

function warning(reason: string, message: string): HpaEvent {
  return { type: "Warning", reason, message };
}

/** Only these metrics exist without pods, so only with them can an HPA come back from zero. */
function hasScaleFromZeroMetric(spec: StoredHpaSpec): boolean {
  return spec.metrics.some(({ type }) => type === "Object" || type === "External");
}
