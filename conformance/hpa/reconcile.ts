import { parse } from "yaml";
import { EMPTY_MEMORY } from "../../packages/policies/src/hpa/behavior.ts";
import { milliText, storedHpaSpec } from "../../packages/policies/src/hpa/manifest.ts";
import { type HpaState, type SyncResult, syncHpa } from "../../packages/policies/src/hpa/reconcile.ts";
import type { HpaFlags, HpaMetric, HpaUnknownMetric, StoredHpaSpec } from "../../packages/policies/src/hpa/spec.ts";
import { EMPTY_STATUS, type HpaCondition } from "../../packages/policies/src/hpa/status.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";
import { podOf, readingOf, type VectorCluster } from "./cluster.ts";

interface VectorStatus {
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly lastScaleTime: number | null;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly since: number }[];
  readonly currentMetrics?:
    | readonly ({ readonly type: string } & { readonly [source: string]: string | { readonly current?: VectorCurrent } })[]
    | null;
}

interface VectorCurrent {
  readonly averageUtilization?: number;
  readonly averageValue?: string | number;
  readonly value?: string | number;
  readonly averageValueUnspecified?: boolean;
}

interface Step extends VectorCluster {
  readonly t: number;
  readonly setHpa?: string;
  readonly selector?: string;
  readonly getScaleError?: string;
  readonly updateScaleError?: string;
  readonly expected: {
    readonly replicas: number;
    readonly error?: string;
    readonly statusWritten: boolean;
    readonly status: VectorStatus;
    readonly events: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
  };
}

interface ReconcileCase {
  readonly name: string;
  readonly config: HpaFlags;
  readonly hpa: string;
  readonly containers?: VectorCluster["containers"];
  readonly initialStatus?: VectorStatus;
  readonly initialRecommendations: readonly (readonly [number, number])[] | null;
  readonly steps: readonly Step[];
}

function initialState({ initialStatus, initialRecommendations }: ReconcileCase): HpaState {
  const memory = initialRecommendations === null ? null : { ...EMPTY_MEMORY, recommendations: initialRecommendations };
  if (initialStatus === undefined) return { memory, status: EMPTY_STATUS };
  const { currentReplicas, desiredReplicas, conditions, lastScaleTime } = initialStatus;
  return {
    memory,
    status: {
      currentReplicas,
      desiredReplicas,
      ...(lastScaleTime === null ? {} : { lastScaleSeconds: lastScaleTime }),
      conditions: conditions.map(({ type, status, reason, since }) => ({
        type: type as HpaCondition["type"],
        status: status === "True",
        reason,
        sinceSeconds: since,
      })),
    },
  };
}

const UNSET_SECONDS = -1e9;

/** Kinds whose scale the vectors' API server knows. */
const KINDS = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "LeaderWorkerSet"];

const byType = (conditions: readonly HpaCondition[]): readonly unknown[] =>
  conditions
    .map(({ type, status, reason, sinceSeconds }) => ({ type, status: status ? "True" : "False", reason, since: sinceSeconds }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));

const expectedConditions = ({ conditions }: VectorStatus): readonly unknown[] =>
  conditions
    // A time that was never set came out of Go as the oldest nanosecond it can count.
    .map(({ type, status, reason, since }) => ({ type, status, reason, since: Math.max(since, UNSET_SECONDS) }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));

/** Without the selector, and without the kind: upstream calls an Object metric with an AverageValue target "external metric". */
const plain = (text: string): string => text.replace(/\((nil|&.*)\)/, "").replace(/reason: \w+ metric/, "reason: metric");

/** An HPA that is in the API already: the controller's own tests store what validation would refuse, and so do some vectors. */
interface Stored {
  readonly spec: StoredHpaSpec;
  /** Whether the controller can find the scale of what the reference names. */
  readonly hasTarget: boolean;
}

function stored(text: string): Stored {
  const value = parse(text) as { readonly spec: { readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string } } };
  const { apiVersion = "", kind } = value.spec.scaleTargetRef;
  return { spec: storedHpaSpec(value), hasTarget: KINDS.includes(kind) && apiVersion.split("/").length <= 2 };
}

function selectorFault(selector: string | undefined): { readonly selector?: "missing" | "unreadable" } {
  return selector === undefined ? {} : { selector: selector === "" ? "missing" : "unreadable" };
}

/** `status.currentMetrics` of a sync that looked at metrics; one that failed leaves an empty entry. */
function currentMetrics(spec: StoredHpaSpec, { outcomes }: SyncResult): readonly unknown[] {
  return outcomes.map((outcome, index) => {
    const metric = spec.metrics[index] as HpaMetric | HpaUnknownMetric;
    if (!outcome.ok) return { type: "" };
    const { averageUtilization, averageValueMilli, valueMilli } = outcome.current;
    return { type: metric.type, averageUtilization, averageValueMilli, valueMilli };
  });
}

/** What the status shows beside counts and conditions: with a change of it alone the status is written, too. */
interface Shown {
  readonly metrics: readonly unknown[];
  /** What the message of ScalingActive varies by. */
  readonly active: string;
}

function shownAfter(before: Shown, spec: StoredHpaSpec, result: SyncResult): Shown {
  const { state, combined } = result;
  if (state.status.conditions.some(({ reason }) => reason === "FailedGetScale")) return before;
  return {
    metrics: currentMetrics(spec, result),
    active: combined === undefined ? before.active : combined.ok ? combined.metricName : combined.failure.error,
  };
}

function check(vector: ReconcileCase): string | undefined {
  let state = initialState(vector);
  let { spec, hasTarget } = stored(vector.hpa);
  let shown: Shown = { metrics: [], active: "" };
  for (const step of vector.steps) {
    if (step.setHpa !== undefined) ({ spec, hasTarget } = stored(step.setHpa));
    const result = syncHpa(
      {
        spec,
        flags: vector.config,
        nowSeconds: step.t,
        specReplicas: step.specReplicas,
        statusReplicas: step.statusReplicas,
        pods: (step.pods ?? []).map((pod) => podOf(pod, vector.containers)),
        readings: spec.metrics.map((metric) => readingOf(metric, step.metrics)),
        refusals: {
          getScale: step.getScaleError !== undefined || !hasTarget,
          updateScale: step.updateScaleError !== undefined,
          ...selectorFault(step.selector),
        },
      },
      state,
    );
    const next = shownAfter(shown, spec, result);
    const isWritten = mismatch(["status", { ...shown, status: state.status }, { ...next, status: result.state.status }]) !== undefined;
    [state, shown] = [result.state, next];
    const wrong = checkStep(step, result, next.metrics) ?? mismatch(["statusWritten", step.expected.statusWritten, isWritten]);
    if (wrong !== undefined) return `at ${step.t} s, ${wrong}`;
  }
  return undefined;
}

const milli = (value: string | number | undefined): string | undefined => (value === undefined ? undefined : milliText(value));

/** An average that the vectors leave open is taken as it came out. */
function expectedMetrics({ currentMetrics: list }: VectorStatus, { outcomes }: SyncResult): unknown {
  return (list ?? []).map(({ type, ...sources }, index) => {
    const [source] = Object.values(sources);
    const current = typeof source === "object" ? source.current : undefined;
    if (current === undefined) return { type };
    const outcome = outcomes[index];
    const unspecified = current.averageValueUnspecified === true && outcome?.ok === true ? outcome.current.averageValueMilli : undefined;
    const averageValueMilli = unspecified ?? milli(current.averageValue);
    return {
      type,
      averageUtilization: current.averageUtilization,
      averageValueMilli,
      valueMilli: milli(current.value),
    };
  });
}

function checkStep({ expected }: Step, result: SyncResult, metrics: readonly unknown[]): string | undefined {
  const { status } = result.state;
  const { currentReplicas, desiredReplicas, lastScaleTime } = expected.status;
  const rescaled = (events: readonly { readonly reason: string; readonly message: string }[]): readonly string[] =>
    events.filter(({ reason }) => reason === "SuccessfulRescale").map(({ message }) => plain(message));
  const kinds = (events: readonly { readonly type: string; readonly reason: string }[]): readonly string[] =>
    events.map(({ type, reason }) => `${type} ${reason}`);
  return mismatch(
    ["replicas", expected.replicas, result.replicas],
    ["error", expected.error !== undefined, result.failed],
    ["currentReplicas", currentReplicas, status.currentReplicas],
    ["desiredReplicas", desiredReplicas, status.desiredReplicas],
    ["lastScaleTime", lastScaleTime, status.lastScaleSeconds ?? null],
    ["conditions", expectedConditions(expected.status), byType(status.conditions)],
    ["events", kinds(expected.events), kinds(result.events)],
    ["event text", rescaled(expected.events), rescaled(result.events)],
    ["currentMetrics", expectedMetrics(expected.status, result), metrics],
  );
}

/** One HPA, sync by sync. */
export const reconcile: VectorKind<ReconcileCase> = { kind: "reconcile", recognises: (vector) => "steps" in vector, check };
