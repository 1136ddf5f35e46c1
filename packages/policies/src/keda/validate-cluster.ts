import { type IssuePath, parseQuantity } from "@replicast/sim-core";
import { isRecord } from "../manifest/documents.ts";
import type { FieldErrors } from "../manifest/field-errors.ts";
import { fieldName, type Report } from "../manifest/shape.ts";
import {
  type ClusterView,
  findTarget,
  groupOf,
  gvkText,
  isSameTarget,
  type KubernetesObject,
  nameOf,
  objectsOf,
  recordAt,
  type ScaleTarget,
  scaleTargetOf,
  textAt,
} from "./cluster-view.ts";
import type { RawScaledObject, RawTrigger } from "./raw.ts";

/** Kinds with a scale subresource, by API group. @see kubernetes v1.37 pkg/registry; sigs.k8s.io/lws; argoproj/argo-rollouts */
const SCALABLE: { readonly [group: string]: readonly string[] } = {
  "": ["ReplicationController"],
  apps: ["Deployment", "StatefulSet", "ReplicaSet"],
};

const TRANSFER = "scaledobject.keda.sh/transfer-hpa-ownership";
const IGNORE_HPAS = "validations.keda.sh/hpa-ownership";
const TARGET_PATH: IssuePath = ["spec", "scaleTargetRef"];

/** Who refuses what: the webhook alone, both it and the operator, or the operator alone. */
export interface StageErrors {
  readonly admission: FieldErrors;
  readonly both: FieldErrors;
  readonly operator: FieldErrors;
}

/**
 * Checks a ScaledObject against other objects: kind and existence of its target, other owners of the target or of the HPA, requests of the
 * target's containers.
 *
 * @see keda v2.20 apis/keda/v1alpha1/scaledobject_webhook.go, verifyScaledObjects, verifyHpas, verifyCPUMemoryScalers
 */
export function validateAgainst(cluster: ClusterView, object: RawScaledObject, errors: StageErrors, report: Report): void {
  const target = scaleTargetOf(object.spec);
  if (target.name === "") return;
  const namespace = object.metadata?.namespace ?? "";
  if (!checkKind(cluster, target, errors.both, report)) return;
  checkOtherObjects(cluster, object, target, errors.admission);
  checkHpas(cluster, object, target, errors.admission);
  const workload = findTarget(cluster, target, namespace);
  if (workload === undefined) checkMissing(cluster, target, namespace, errors.operator, report);
  else checkRequests(workload, object.spec?.triggers ?? [], errors.admission);
}

/** The kinds of the built-in groups are known; of others only a complete view can say that they do not exist. */
function checkKind(cluster: ClusterView, target: ScaleTarget, errors: FieldErrors, report: Report): boolean {
  const known = SCALABLE[groupOf(target.apiVersion)];
  if (known?.includes(target.kind) === true) return true;
  const isNative = known !== undefined || !groupOf(target.apiVersion).includes(".");
  if (isNative || (cluster.isComplete && objectsOf(cluster, target.kind, "").length === 0)) {
    errors.invalid([...TARGET_PATH, "kind"], target.kind, `no matches for kind "${target.kind}" in version "${target.apiVersion}"`);
    return false;
  }
  const path = [...TARGET_PATH, "kind"];
  report({ code: "keda_target_kind_unknown", severity: "warning", path, data: { kind: target.kind, apiVersion: target.apiVersion } });
  return true;
}

function checkOtherObjects(cluster: ClusterView, object: RawScaledObject, target: ScaleTarget, errors: FieldErrors): void {
  const name = object.metadata?.name ?? "";
  const own = hpaNameOf(name, object.spec);
  for (const other of objectsOf(cluster, "ScaledObject", object.metadata?.namespace ?? "")) {
    const otherName = nameOf(other);
    if (otherName === name) continue;
    if (isSameTarget(scaleTargetOf(other["spec"]), target)) {
      const owner = `the workload '${target.name}' of type '${gvkText(target)}' is already managed by the ScaledObject '${otherName}'`;
      errors.invalid([...TARGET_PATH, "name"], target.name, owner);
    }
    if (hpaNameOf(otherName, other["spec"]) === own) {
      const path = ["spec", "advanced", "horizontalPodAutoscalerConfig", "name"];
      errors.invalid(path, own, `the HPA '${own}' is already managed by the ScaledObject '${otherName}'`);
    }
  }
}

function hpaNameOf(name: string, spec: unknown): string {
  return textAt(recordAt(spec, "advanced", "horizontalPodAutoscalerConfig"), "name") || `keda-hpa-${name}`;
}

function checkHpas(cluster: ClusterView, object: RawScaledObject, target: ScaleTarget, errors: FieldErrors): void {
  const { name = "", namespace, annotations } = object.metadata ?? {};
  for (const hpa of objectsOf(cluster, "HorizontalPodAutoscaler", namespace ?? "")) {
    const metadata = recordAt(hpa, "metadata");
    if (textAt(metadata["annotations"], IGNORE_HPAS) === "false") continue;
    if (!isSameTarget(scaleTargetOf(hpa["spec"]), target) || isOwnedBy(metadata["ownerReferences"], name ?? "")) continue;
    const configured = object.spec?.advanced?.horizontalPodAutoscalerConfig?.name ?? "";
    const transfers = annotations?.[TRANSFER] === "true";
    if (transfers && configured === nameOf(hpa)) continue;
    const workload = `'${target.name}' of type '${gvkText(target)}'`;
    const reason = transfers
      ? `the existing hpa '${nameOf(hpa)}' for workload ${workload} must be specified by name in advanced settings to enable ownership transfer`
      : `the workload ${workload} is already managed by the hpa '${nameOf(hpa)}'`;
    errors.invalid([...TARGET_PATH, "name"], target.name, reason);
  }
}

function isOwnedBy(owners: unknown, name: string): boolean {
  return Array.isArray(owners) && owners.some((owner) => textAt(owner, "kind") === "ScaledObject" && textAt(owner, "name") === name);
}

/** In a file that holds other workloads the target is likely misspelt. */
function checkMissing(cluster: ClusterView, target: ScaleTarget, namespace: string, errors: FieldErrors, report: Report): void {
  const resource = `${target.kind.toLowerCase()}s.${groupOf(target.apiVersion)}`.replace(/\.$/, "");
  const path = [...TARGET_PATH, "name"];
  if (cluster.isComplete) {
    errors.invalid(path, target.name, `${resource} "${target.name}" not found`);
    return;
  }
  const others = objectsOf(cluster, target.kind, namespace).map(nameOf);
  if (others.length === 0) return;
  const data = { field: fieldName(path), target: target.name, kind: target.kind, others };
  report({ code: "keda_target_not_given", severity: "warning", path, data });
}

/** Without a request (or a limit, which stands for it) a pod has no utilisation. */
function checkRequests(workload: KubernetesObject, triggers: readonly RawTrigger[], errors: FieldErrors): void {
  const containers = recordAt(workload, "spec", "template", "spec")["containers"];
  for (const [index, { type, metadata }] of triggers.entries()) {
    if (type !== "cpu" && type !== "memory") continue;
    const wanted = metadata?.["containerName"] ?? "";
    for (const container of Array.isArray(containers) ? containers : []) {
      const name = textAt(container, "name");
      if ((wanted !== "" && name !== wanted) || isResourceSet(container, type)) continue;
      const reason = `the scaledobject has a ${type} trigger but the container ${name} doesn't have the ${type} request defined`;
      errors.invalid(["spec", "triggers", index, "type"], type, reason);
    }
  }
}

function isResourceSet(container: unknown, resource: string): boolean {
  return ["requests", "limits"].some((kind) => {
    const value = recordAt(container, "resources", kind)[resource];
    if (typeof value !== "string" && typeof value !== "number") return false;
    return (parseQuantity(String(value))?.mantissa ?? 0n) > 0n;
  });
}

/** Labels of the pods that a workload makes; undefined when the object does not say them. */
export function podLabelsOf(workload: KubernetesObject | undefined): Readonly<Record<string, string>> | undefined {
  const labels = recordAt(workload, "spec", "template", "metadata")["labels"];
  if (!isRecord(labels)) return undefined;
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}
