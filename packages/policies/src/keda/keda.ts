import type { Issue, MetricRequest, Observation, ParseResult, Policy, PolicyContext, ScaleDecision, ZoneData } from "@replicast/sim-core";
import { definePolicy, UTC_ZONE } from "@replicast/sim-core";
import { decideHpa, HPA_OPTIONS, type HpaConfig, hpaTiming, INITIAL_HPA_STATE, metricKey, warnAboutTarget } from "../hpa/hpa.ts";
import type { MetricReading } from "../hpa/outcome.ts";
import { readingFrom, requestFor } from "../hpa/readings.ts";
import type { HpaState } from "../hpa/reconcile.ts";
import type { HpaMetric, HpaSpec } from "../hpa/spec.ts";
import { type KubernetesRules, readKubernetes } from "../hpa/versions.ts";
import { isRecord } from "../manifest/documents.ts";
import { type LoadedManifest, loadManifest } from "../manifest/load.ts";
import { type NumberOption, readOptions } from "../manifest/options.ts";
import type { Report } from "../manifest/shape.ts";
import { type ClusterView, findTarget, scaleTargetOf } from "./cluster-view.ts";
import { generatedHpa } from "./hpa-spec.ts";
import { checkGeneratedHpa, readScaledObject, SCALED_OBJECT_KIND, type ScaledObject } from "./manifest.ts";
import {
  INITIAL_OPERATOR_STATE,
  type OperatorState,
  observeForHpa,
  observeForLoop,
  type TriggerInput,
  type TriggerObservation,
  triggerRequests,
} from "./observe.ts";
import { checkScale } from "./scale-loop.ts";
import type { KedaSpec } from "./spec.ts";
import { supplyTriggers } from "./trigger-sources.ts";
import { podLabelsOf } from "./validate-cluster.ts";
import { warnAboutPause } from "./warn-paused.ts";
import { kedaWithout } from "./without.ts";

/** What {@link keda} runs on. */
export type KedaConfig = Omit<HpaConfig, "spec"> & {
  readonly spec: KedaSpec;
  /** The HPA that KEDA generates. */
  readonly hpa: HpaSpec;
  /** Fraction of a second by which the operator's clock is ahead of the run's whole seconds. */
  readonly clockPhaseSeconds: number;
  /** Start of the run, seconds since 1970-01-01 UTC: cron windows need the date. */
  readonly startEpochSeconds: number;
};

export type KedaState = {
  /** Wall-clock seconds, whole. */
  readonly lastActiveWallSeconds: number | null;
  readonly operator: OperatorState;
  readonly hpa: HpaState;
};

const POLL = "poll";
const HPA_SYNC = "hpa-sync";

/** A real clock never stands on a whole second, where KEDA's strict comparisons would add a whole polling interval to each cooldown. */
const QUARTER_SECOND = 0.25;

/** Flags of the HPA's controller, and the clock of KEDA's operator. */
export const KEDA_OPTIONS: { readonly [name in keyof typeof HPA_OPTIONS | "clockPhaseSeconds"]: NumberOption } = {
  ...HPA_OPTIONS,
  clockPhaseSeconds: { defaultValue: QUARTER_SECOND, minimum: 0 },
};

/**
 * KEDA, configured by the user's own ScaledObject: its scale loop moves between zero and the minimum, and the HPA that it generates does
 * all the rest, on values that KEDA queries at each sync.
 *
 * @see keda v2.20 pkg/scaling and controllers/keda
 */
export const keda: Policy<KedaConfig, KedaState> = definePolicy<KedaConfig, KedaState>({
  id: "keda",
  parseConfig: parseKedaConfig,
  initialState: () => ({ lastActiveWallSeconds: null, operator: INITIAL_OPERATOR_STATE, hpa: INITIAL_HPA_STATE }),
  timers: (config) => [
    { name: POLL, periodSeconds: config.spec.pollingIntervalSeconds },
    { name: HPA_SYNC, periodSeconds: config.syncPeriodSeconds, phaseSeconds: config.syncPhaseSeconds },
  ],
  needs(timer, _state, config, scale) {
    if (config.spec.annotations.paused) return [];
    if (timer === POLL) return triggerRequests(config.spec.triggers);
    // At zero replicas the HPA is off: it asks for nothing.
    return scale.specReplicas === 0 ? [] : allRequests(config);
  },
  queries: allRequests,
  decide: (observation, state, config) =>
    observation.timer === POLL ? decidePoll(observation, state, config) : decideHpaSync(observation, state, config),
  without: kedaWithout,
});

type Outcome = { readonly decision?: ScaleDecision; readonly state: KedaState };

function allRequests(config: KedaConfig): readonly MetricRequest[] {
  const resources = config.hpa.metrics.flatMap((metric, index) =>
    metric.type === "External" ? [] : [requestFor(metric, metricKey(index))],
  );
  return [...triggerRequests(config.spec.triggers), ...resources];
}

function decidePoll(observation: Observation, state: KedaState, config: KedaConfig): Outcome {
  const { spec, clockPhaseSeconds } = config;
  const { specReplicas } = observation.scale;
  const seen = spec.annotations.paused ? undefined : observeForLoop(triggerInput(observation, config), state.operator);
  const result = checkScale({
    spec,
    wallSeconds: observation.nowSeconds + clockPhaseSeconds,
    createdWallSeconds: clockPhaseSeconds,
    ...(state.lastActiveWallSeconds === null ? {} : { lastActiveWallSeconds: state.lastActiveWallSeconds }),
    replicas: specReplicas,
    active: seen?.active ?? false,
    failing: seen?.failing ?? false,
  });
  const evidence = {
    controller: "keda-operator",
    currentReplicas: specReplicas,
    active: seen?.active ?? false,
    failing: seen?.failing ?? false,
    triggers: seen?.evidence ?? [],
    minReplicaCount: spec.minReplicaCount,
    cooldownPeriodSeconds: spec.cooldownPeriodSeconds,
    ...fallbackEvidence(spec),
    ...(spec.idleReplicaCount === undefined ? {} : { idleReplicaCount: spec.idleReplicaCount }),
    ...(result.lastActiveWallSeconds === undefined ? {} : { lastActiveSeconds: result.lastActiveWallSeconds }),
    ...(result.cooldownLeftSeconds === undefined ? {} : { cooldownLeftSeconds: result.cooldownLeftSeconds }),
  };
  return {
    decision: {
      desiredReplicas: result.replicas ?? specReplicas,
      reason: result.reason,
      ...(result.held === undefined ? {} : { held: result.held }),
      evidence,
    },
    state: { ...state, operator: seen?.state ?? state.operator, lastActiveWallSeconds: result.lastActiveWallSeconds ?? null },
  };
}

function decideHpaSync(observation: Observation, state: KedaState, config: KedaConfig): Outcome {
  // Pausing deletes the HPA.
  if (config.spec.annotations.paused) return { state };
  const { hpa, flags, kubernetes } = config;
  const off = observation.scale.specReplicas === 0;
  const seen = off ? undefined : observeForHpa(triggerInput(observation, config), state.operator);
  const readings = hpa.metrics.map((metric, index) => readingOf(metric, index, observation, seen));
  const { decision, state: next } = decideHpa(observation, readings, state.hpa, { spec: hpa, flags, kubernetes });
  const evidence = { ...decision.evidence, controller: "hpa", triggers: seen?.evidence ?? [], ...fallbackEvidence(config.spec) };
  const { held, ...rest } = decision;
  // that an HPA has one replica at least is none of the ScaledObject's limits: the operator decides about the last one
  const isOwn = held !== undefined && !(held.by === "min" && config.spec.minReplicaCount < hpa.minReplicas);
  return {
    decision: { ...rest, ...(isOwn ? { held } : {}), evidence },
    state: { ...state, operator: seen?.state ?? state.operator, hpa: next },
  };
}

function fallbackEvidence({ fallback }: KedaSpec): ScaleDecision["evidence"] {
  if (fallback === undefined) return {};
  const { failureThreshold, replicas, behavior } = fallback;
  return { fallback: { failureThreshold, replicas, behavior } };
}

function triggerInput(observation: Observation, config: KedaConfig): TriggerInput {
  return {
    triggers: config.spec.triggers,
    scalingModifiers: config.spec.scalingModifiers,
    answers: observation.metrics,
    epochSeconds: config.startEpochSeconds + observation.nowSeconds,
    nowSeconds: observation.nowSeconds,
    existingPods: observation.pods.filter(({ phase }) => phase !== "Failed").length,
    fallback: config.spec.fallback,
    specReplicas: observation.scale.specReplicas,
    readyPods: observation.pods.filter(({ phase, ready }) => phase === "Running" && ready?.status === true).length,
  };
}

function readingOf(metric: HpaMetric, index: number, observation: Observation, seen: TriggerObservation | undefined): MetricReading {
  if (metric.type !== "External") return readingFrom(metric, observation.metrics[metricKey(index)], observation.nowSeconds);
  const reading = seen?.readings[metric.metric.name];
  if (reading === undefined) return { kind: "error", error: "the metric was not asked for" };
  return reading.ok ? { kind: "values", valuesMilli: [reading.valueMilli] } : { kind: "error", error: reading.error };
}

function parseKedaConfig(raw: unknown, context: PolicyContext): ParseResult<KedaConfig> {
  const issues: Issue[] = [];
  const report = (issue: Issue): void => void issues.push(issue);
  if (!isRecord(raw)) return { ok: false, issues: [{ code: "policy_not_an_object", path: [] }] };
  const { clockPhaseSeconds, ...options } = readOptions(raw, KEDA_OPTIONS, report, ["triggers"]);
  const kubernetes = readKubernetes(raw["kubernetes"], report);
  const manifest = loadManifest(raw, SCALED_OBJECT_KIND, context, report);
  const object = manifest && readObject(manifest, raw["triggers"], kubernetes, context, report);
  if (manifest !== undefined) warnAboutTarget(manifest, context);
  if (object === undefined || issues.some(({ severity }) => severity !== "warning")) return { ok: false, issues };
  const { startEpochSeconds } = context;
  return { ok: true, config: { ...object, kubernetes, ...hpaTiming(options), clockPhaseSeconds, startEpochSeconds }, warnings: issues };
}

/** The ScaledObject with the values that the scenario supplies, and the HPA that this makes. */
function readObject(
  manifest: LoadedManifest,
  triggers: unknown,
  kubernetes: KubernetesRules,
  context: PolicyContext,
  report: Report,
): ScaledObject | undefined {
  const cluster: ClusterView = { objects: manifest.others ?? [], isComplete: false };
  const { name, namespace } = context.deployment;
  const object = readScaledObject(manifest, { lookup: (timeZone) => lookUp(timeZone, context), cluster, namespace, kubernetes });
  if (object === undefined) return undefined;
  const target = findTarget(cluster, scaleTargetOf(manifest.value["spec"]), "");
  // What nearly every chart sets, for a workload whose manifest is not there.
  const podLabels = podLabelsOf(target) ?? { app: name, "app.kubernetes.io/name": name };
  const spec = supplyTriggers(object.spec, { raw: triggers, podLabels, report, reportManifest: manifest.report });
  checkGeneratedHpa(spec, manifest.report);
  warnAboutPause(manifest, spec.annotations);
  return { spec, hpa: generatedHpa(spec, object.hpa.behavior) };
}

/** `Local` and an empty name are the operator's own zone, which is UTC in a container. */
function lookUp(timeZone: string, context: PolicyContext): ZoneData | undefined {
  return ["", "Local", "UTC"].includes(timeZone) ? UTC_ZONE : context.zone(timeZone);
}
