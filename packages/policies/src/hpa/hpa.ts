import type { Issue, MetricRequest, Observation, ParseResult, Policy, PolicyContext, ScaleDecision } from "@replicast/sim-core";
import { definePolicy } from "@replicast/sim-core";
import { isRecord } from "../manifest/documents.ts";
import { type LoadedManifest, loadManifest } from "../manifest/load.ts";
import { type NumberOption, readOptions } from "../manifest/options.ts";
import { reasonOf, syncEvidence } from "./evidence.ts";
import { heldBy } from "./held.ts";
import { HPA_KIND, readHpaSpec } from "./manifest.ts";
import type { MetricReading } from "./outcome.ts";
import { podsFrom, readingFrom, requestFor } from "./readings.ts";
import { type HpaState, syncHpa } from "./reconcile.ts";
import { HPA_FLAG_DEFAULTS, HPA_SYNC_PERIOD_SECONDS, type HpaFlags, type HpaSpec } from "./spec.ts";
import { EMPTY_STATUS } from "./status.ts";
import { type KubernetesRules, readKubernetes } from "./versions.ts";
import { hpaWithout } from "./without.ts";

/** What {@link hpa} runs on. */
export type HpaConfig = {
  readonly spec: HpaSpec;
  readonly flags: HpaFlags;
  /** What the release of Kubernetes decides. */
  readonly kubernetes: KubernetesRules;
  readonly syncPeriodSeconds: number;
  readonly syncPhaseSeconds: number;
};

/** Keys a scenario may set beside the manifest. */
export type HpaOption = keyof HpaFlags | "syncPeriodSeconds" | "syncPhaseSeconds";

/**
 * Scrapes fall on multiples of their interval. A sync at the same instants would always see samples of age 0, which no cluster does:
 * half a sync period later they have their mean age.
 */
const HALF_SYNC_PERIOD_SECONDS = 7.5;

const DEFAULT_NAMESPACE = "default";

/** Flags of the kube-controller-manager, and when its first sync falls. */
export const HPA_OPTIONS: { readonly [name in HpaOption]: NumberOption } = {
  syncPeriodSeconds: { defaultValue: HPA_SYNC_PERIOD_SECONDS, minimum: 0, exclusive: true },
  syncPhaseSeconds: { defaultValue: HALF_SYNC_PERIOD_SECONDS, minimum: 0 },
  tolerance: { defaultValue: HPA_FLAG_DEFAULTS.tolerance, minimum: 0 },
  downscaleStabilizationSeconds: { defaultValue: HPA_FLAG_DEFAULTS.downscaleStabilizationSeconds, minimum: 0 },
  cpuInitializationPeriodSeconds: { defaultValue: HPA_FLAG_DEFAULTS.cpuInitializationPeriodSeconds, minimum: 0 },
  initialReadinessDelaySeconds: { defaultValue: HPA_FLAG_DEFAULTS.initialReadinessDelaySeconds, minimum: 0 },
};

/** A controller that has just started and has never seen its HPA. */
export const INITIAL_HPA_STATE: HpaState = { memory: null, status: EMPTY_STATUS };

/**
 * The Kubernetes HorizontalPodAutoscaler, configured by the user's own `autoscaling/v2` manifest.
 *
 * @see kubernetes v1.37 pkg/controller/podautoscaler
 */
export const hpa: Policy<HpaConfig, HpaState> = definePolicy<HpaConfig, HpaState>({
  id: "hpa",
  parseConfig: parseHpaConfig,
  initialState: () => INITIAL_HPA_STATE,
  timers: (config) => [{ name: "sync", periodSeconds: config.syncPeriodSeconds, phaseSeconds: config.syncPhaseSeconds }],
  needs: (_timer, _state, config) => hpaRequests(config.spec),
  queries: (config) => hpaRequests(config.spec),
  decide(observation, state, config) {
    const { metrics, nowSeconds } = observation;
    const readings = config.spec.metrics.map((metric, index) => readingFrom(metric, metrics[metricKey(index)], nowSeconds));
    return decideHpa(observation, readings, state, config);
  },
  without: hpaWithout,
});

/** Requests for all metrics of a spec, named by their place. */
export function hpaRequests(spec: HpaSpec): readonly MetricRequest[] {
  return spec.metrics.map((metric, index) => requestFor(metric, metricKey(index)));
}

/** Name of the request for the metric at a place of `spec.metrics`. */
export function metricKey(index: number): string {
  return `metrics[${index}]`;
}

/**
 * Runs one sync on an observation. A sync that refuses to act still tells why, and asks for what there is.
 *
 * @param readings - one per metric of the spec
 */
export function decideHpa(
  observation: Observation,
  readings: readonly MetricReading[],
  state: HpaState,
  { spec, flags, kubernetes }: Pick<HpaConfig, "spec" | "flags" | "kubernetes">,
): { readonly decision: ScaleDecision; readonly state: HpaState } {
  const { nowSeconds, scale, pods } = observation;
  const { specReplicas, statusReplicas } = scale;
  const input = { spec, flags, kubernetes, nowSeconds, specReplicas, statusReplicas, pods: podsFrom(pods, spec.metrics), readings };
  const result = syncHpa(input, state);
  const reason = reasonOf(result, specReplicas);
  const evidence = syncEvidence(input, result);
  const held = heldBy(input, result);
  const hold = held === undefined ? {} : { held };
  return { decision: { desiredReplicas: result.replicas, reason, ...hold, evidence }, state: result.state };
}

/** Splits the options into the controller's flags and its timer. */
export function hpaTiming(options: { readonly [name in HpaOption]: number }): Omit<HpaConfig, "spec" | "kubernetes"> {
  const { syncPeriodSeconds, syncPhaseSeconds, ...flags } = options;
  return { flags, syncPeriodSeconds, syncPhaseSeconds };
}

function parseHpaConfig(raw: unknown, context: PolicyContext): ParseResult<HpaConfig> {
  const issues: Issue[] = [];
  const report = (issue: Issue): void => void issues.push(issue);
  if (!isRecord(raw)) return { ok: false, issues: [{ code: "policy_not_an_object", path: [] }] };
  const options = readOptions(raw, HPA_OPTIONS, report);
  const kubernetes = readKubernetes(raw["kubernetes"], report);
  const manifest = loadManifest(raw, HPA_KIND, context, report);
  const spec = manifest && readHpaSpec(manifest, kubernetes);
  if (manifest !== undefined) warnAboutTarget(manifest, context);
  if (spec === undefined || issues.some(({ severity }) => severity !== "warning")) return { ok: false, issues };
  return { ok: true, config: { spec, kubernetes, ...hpaTiming(options) }, warnings: issues };
}

/** The scenario says which deployment is scaled; a manifest that names another one, or looks elsewhere, is likely the wrong file. */
export function warnAboutTarget(manifest: LoadedManifest, { deployment }: PolicyContext): void {
  const { spec, metadata } = manifest.value;
  const target = isRecord(spec) ? spec["scaleTargetRef"] : undefined;
  const name = isRecord(target) ? target["name"] : undefined;
  if (typeof name === "string" && name !== deployment.name) {
    const data = { target: name, deployment: deployment.name };
    manifest.report({ code: "manifest_target_differs", severity: "warning", path: ["spec", "scaleTargetRef", "name"], data });
  }
  const namespace = isRecord(metadata) ? metadata["namespace"] : undefined;
  // A deployment that names no namespace is in the default one, and so is every deployment of a scenario without manifests.
  if (typeof namespace !== "string" || deployment.namespace === DEFAULT_NAMESPACE || namespace === deployment.namespace) return;
  const data = { namespace, deploymentNamespace: deployment.namespace };
  manifest.report({ code: "manifest_namespace_differs", severity: "warning", path: ["metadata", "namespace"], data });
}
