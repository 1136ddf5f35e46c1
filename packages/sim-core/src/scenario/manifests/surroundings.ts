import type { Issue } from "../../errors.ts";
import { budgetsFor, readBudget } from "./disruption-budget.ts";
import type { ManifestObject } from "./documents.ts";
import { type Node, nodeAt, textAt, valueAt } from "./node.ts";
import { Stated } from "./stated.ts";

/** Objects beside a workload that change nothing here, or are read where node pools are. */
const IDLE_KINDS =
  /^(NodePool|ScheduledMachine|EC2NodeClass|ConfigMap|Secret|ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding|Namespace|PersistentVolumeClaim|PersistentVolume|StorageClass|ServiceMonitor|PodMonitor|Ingress|NetworkPolicy|CustomResourceDefinition|TriggerAuthentication|ClusterTriggerAuthentication|PrometheusRule|Certificate|Issuer|InferenceObjective)$/;

/** Read by policies. */
export const POLICY_KINDS: readonly string[] = ["HorizontalPodAutoscaler", "ScaledObject"];
/** Kinds that a deployment's manifest is made of. */
export const WORKLOAD_KINDS: readonly string[] = ["Deployment", "StatefulSet", "LeaderWorkerSet"];

/** Reads the objects around a workload: the Service in front of its pods, its disruption budget, and what else lies in the file. */
export function readSurroundings(
  objects: readonly ManifestObject[],
  labels: Node,
  { name: workloadName, namespace }: Pick<ManifestObject, "name" | "namespace">,
): readonly Stated[] {
  const budgets = budgetsFor(objects, labels, namespace);
  const isRouted = objects.some(({ kind }) => kind === "InferencePool");
  return objects.flatMap((object): readonly Stated[] => {
    if (WORKLOAD_KINDS.includes(object.kind)) return [];
    const stated = new Stated(object);
    if (object.kind === "Service") readService(object, labels, isRouted, stated);
    else if (object.kind === "PodDisruptionBudget") {
      if (budgets.includes(object)) readBudget(object, budgets.length > 1, stated);
    } else if (POLICY_KINDS.includes(object.kind)) unreadPolicy(object, workloadName, stated);
    else if (object.kind === "InferencePool") readPool(object, labels, stated);
    else if (IDLE_KINDS.test(object.kind)) stated.idle.add(object.kind);
    else
      stated.notModelled(
        `the object ${object.kind || "without a kind"}`,
        ["kind"],
        "what it does to the deployment must stand in the scenario",
      );
    return [stated];
  });
}

/** True when a selector of equalities picks pods with these labels; an empty one picks none (a Service) or all (a budget). */
function selects(selector: Node, labels: Node): boolean {
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}

/**
 * Connections through a Service go to a pod at random, or to the one the client had before; nothing looks at their load.
 * @see kube-proxy in its modes iptables and nftables
 */
function readService(object: ManifestObject, labels: Node, isRouted: boolean, stated: Stated): void {
  const spec = nodeAt(object.value, ["spec"]);
  if (!selects(nodeAt(spec, ["selector"]), labels)) return;
  const isSticky = textAt(spec, ["sessionAffinity"]) === "ClientIP";
  if (isRouted || textAt(spec, ["clusterIP"]) === "None") {
    stated.idle.add("Service");
    return;
  }
  const because = isSticky ? "a Service with sessionAffinity ClientIP" : "a Service picks a pod at random for each connection";
  stated.set(["gateway", "routing"], isSticky ? "sessionAffinity" : "random", ["spec", "selector"], { because });
  if (valueAt(spec, ["publishNotReadyAddresses"]) === true)
    stated.notModelled("publishNotReadyAddresses", ["spec", "publishNotReadyAddresses"], "only ready pods get requests");
}

function readPool(object: ManifestObject, labels: Node, stated: Stated): void {
  const selector = nodeAt(object.value, ["spec", "selector"]);
  const equalities = valueAt(selector, ["matchLabels"]) === undefined ? selector : nodeAt(selector, ["matchLabels"]);
  if (selects(equalities, labels))
    stated.set(["gateway", "routing"], "inferenceGateway", ["spec", "selector"], { because: "an InferencePool" });
}

function unreadPolicy(object: ManifestObject, workloadName: string, stated: Stated): void {
  const target = textAt(object.value, ["spec", "scaleTargetRef", "name"]);
  if (target !== workloadName) return;
  const data = { kind: object.kind, name: object.name, policy: object.kind === "ScaledObject" ? "keda" : "hpa" };
  stated.warn("manifest_policy_unread", ["kind"], data);
}

/** True when a policy of the scenario names the file: what it scales by is read there. */
export function isReadByPolicy(issue: Issue, policyFiles: readonly string[]): boolean {
  return issue.code === "manifest_policy_unread" && issue.file !== undefined && policyFiles.includes(issue.file);
}
