import type { Report } from "../manifest/shape.ts";

/** What a release of Kubernetes decides about the HPA, where releases differ. All else here holds for each release listed. */
export type KubernetesRules = {
  /** The tolerance is compared with |1 − ratio| instead of with both bounds of an interval. */
  readonly toleranceByDistance: boolean;
  /** `behavior.scaleUp.tolerance` and `behavior.scaleDown.tolerance` are honoured; else the API server drops them. */
  readonly tolerancePerDirection: boolean;
  /** `minReplicas: 0` is accepted, and the HPA comes back from zero; else 0 replicas switch it off. */
  readonly scalesToZero: boolean;
};

/**
 * Up to 1.32 the calculator compares `math.Abs(1.0-usageRatio) <= tolerance`.
 *
 * @see kubernetes v1.28 and v1.32 pkg/controller/podautoscaler/replica_calculator.go
 */
const BY_DISTANCE: KubernetesRules = { toleranceByDistance: true, tolerancePerDirection: false, scalesToZero: false };

/**
 * 1.33 brings `Tolerances.isWithin` with one bound each way; the field is alpha, its gate off.
 *
 * @see KEP-4951 and kubernetes/kubernetes#130797
 */
const BY_INTERVAL: KubernetesRules = { ...BY_DISTANCE, toleranceByDistance: false };

/** The gate HPAConfigurableTolerance is on from 1.35. @see KEP-4951 */
const PER_DIRECTION: KubernetesRules = { ...BY_INTERVAL, tolerancePerDirection: true };

/** The gate HPAScaleToZero is on from 1.37. @see kubernetes v1.37 pkg/features/kube_features.go, KEP-2021 */
const TO_ZERO: KubernetesRules = { ...PER_DIRECTION, scalesToZero: true };

/**
 * Releases by their number. The multiplier of a Value target is the count of ready pods in all of them
 * (kubernetes/kubernetes#60886, release 1.11), so it is no difference here. Older releases are not listed because nobody has compared them.
 */
export const KUBERNETES_VERSIONS: { readonly [version: string]: KubernetesRules } = {
  "1.28": BY_DISTANCE,
  "1.29": BY_DISTANCE,
  "1.30": BY_DISTANCE,
  "1.31": BY_DISTANCE,
  "1.32": BY_DISTANCE,
  "1.33": BY_INTERVAL,
  "1.34": BY_INTERVAL,
  "1.35": PER_DIRECTION,
  "1.36": PER_DIRECTION,
  "1.37": TO_ZERO,
};

/** The release taken when an entry names none. */
export const DEFAULT_KUBERNETES = "1.37";

/** Rules of {@link DEFAULT_KUBERNETES}. */
export const NEWEST_KUBERNETES: KubernetesRules = TO_ZERO;

/**
 * Reads `kubernetes:` beside a manifest: the release whose controller decides. A patch number makes no difference.
 *
 * @returns the rules of that release; of the newest one when an issue was reported (`hpa_kubernetes_*`)
 */
export function readKubernetes(raw: unknown, report: Report): KubernetesRules {
  if (raw === undefined) return NEWEST_KUBERNETES;
  const path = ["kubernetes"];
  // 1.30 without quotes is the number 1.3.
  if (typeof raw !== "string") {
    report({ code: "hpa_kubernetes_text", path, data: { actual: String(raw) } });
    return NEWEST_KUBERNETES;
  }
  const [, version = ""] = /^v?(\d+\.\d+)(?:\.\d+)?$/.exec(raw) ?? [];
  const rules = Object.hasOwn(KUBERNETES_VERSIONS, version) ? KUBERNETES_VERSIONS[version] : undefined;
  if (rules !== undefined) return rules;
  const known = Object.keys(KUBERNETES_VERSIONS);
  // A release that looks alike would be another controller: none is proposed.
  report({ code: "hpa_kubernetes_unknown", path, data: { actual: raw, known } });
  return NEWEST_KUBERNETES;
}
