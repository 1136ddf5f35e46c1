import type { IssuePath, Json } from "../../errors.ts";
import { parseQuantity, quantityNumber } from "../../units/quantity.ts";
import type { ManifestObject } from "./documents.ts";
import { listAt, type Node, nodeAt, textAt, valueAt } from "./node.ts";
import type { Requirement } from "./offering.ts";
import type { Stated } from "./stated.ts";

const TEMPLATE = ["spec", "template", "spec"] as const;

/** Limits of a NodePool: GPUs and nodes as counts, cores, bytes. */
export interface NodePoolLimits {
  readonly gpus?: number;
  readonly nodes?: number;
  readonly cpu?: number;
  readonly memory?: number;
}

/** Requirements with their places, in order. */
export function requirementsOf({ value }: ManifestObject): readonly (Requirement & { readonly path: IssuePath })[] {
  return listAt(value, [...TEMPLATE, "requirements"]).map((requirement, index) => ({
    key: textAt(requirement, ["key"]) ?? "",
    operator: textAt(requirement, ["operator"]) ?? "",
    values: listAt(requirement, ["values"]).map(String),
    path: [...TEMPLATE, "requirements", index],
  }));
}

/** Reads what a NodePool says of its nodes' lives, under the scenario's keys of a pool. */
export function readNodePool(object: ManifestObject, stated: Stated): void {
  const { value } = object;
  readDisruption(value, stated);
  const weight = valueAt(value, ["spec", "weight"]);
  if (weight !== undefined && weight !== null) stated.set(["priority"], weight as Json, ["spec", "weight"], { because: "weight" });
  const grace = textAt(value, [...TEMPLATE, "terminationGracePeriod"]);
  if (grace !== undefined) stated.set(["karpenter", "terminationGracePeriod"], grace, [...TEMPLATE, "terminationGracePeriod"]);
  readOthers(value, stated);
}

function readDisruption(value: Node, stated: Stated): void {
  const disruption = nodeAt(value, ["spec", "disruption"]);
  const expire = textAt(value, [...TEMPLATE, "expireAfter"]);
  if (expire !== undefined) stated.set(["karpenter", "expireAfter"], scenarioDuration(expire), [...TEMPLATE, "expireAfter"]);
  const after = textAt(disruption, ["consolidateAfter"]);
  if (after !== undefined)
    stated.set(["karpenter", "consolidateAfter"], scenarioDuration(after), ["spec", "disruption", "consolidateAfter"]);
  const policy = textAt(disruption, ["consolidationPolicy"]);
  const policyPath = ["spec", "disruption", "consolidationPolicy"];
  if (policy === "Balanced")
    stated.notModelled("the policy Balanced", policyPath, "read as WhenEmptyOrUnderutilized: every saving is taken");
  else if (policy !== undefined) stated.set(["karpenter", "consolidationPolicy"], policy, policyPath);
  const budgets = listAt(disruption, ["budgets"]);
  if (budgets.length > 0) stated.set(["karpenter", "budgets"], budgets.map(budgetOf), ["spec", "disruption", "budgets"]);
}

/** @see karpenter.sh/v1: a budget without nodes allows 10% */
function budgetOf(budget: unknown): Json {
  const [schedule, duration] = [textAt(budget, ["schedule"]), textAt(budget, ["duration"])];
  const reasons = listAt(budget, ["reasons"]).map(String);
  return {
    nodes: textAt(budget, ["nodes"]) ?? "10%",
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(duration === undefined ? {} : { duration }),
  };
}

const scenarioDuration = (text: string): string => (text === "Never" ? "never" : text);

function readOthers(value: Node, stated: Stated): void {
  if (valueAt(value, ["spec", "replicas"]) !== undefined)
    stated.notModelled("a static NodePool", ["spec", "replicas"], "give min and max in the scenario: the pool grows for pods otherwise");
  if (listAt(value, [...TEMPLATE, "startupTaints"]).length > 0)
    stated.notModelled("what takes the startupTaints away", [...TEMPLATE, "startupTaints"], "add the time until it does to allocatable");
  listAt(value, [...TEMPLATE, "requirements"]).forEach((requirement, index) => {
    if (valueAt(requirement, ["minValues"]) !== undefined)
      stated.notModelled(
        "minValues",
        [...TEMPLATE, "requirements", index, "minValues"],
        "the cheapest offering is taken, however few there are",
      );
  });
  stated.idle.add("nodeClassRef");
  if (valueAt(value, ["spec", "template", "metadata"]) !== undefined) stated.idle.add("template.metadata");
  if (valueAt(value, ["status"]) !== undefined) stated.idle.add("status");
}

/** Taints that keep pods away, as `key=value:effect`, with their places. */
export function taintsOf({ value }: ManifestObject): readonly (Taint & { readonly path: IssuePath })[] {
  return listAt(value, [...TEMPLATE, "taints"]).flatMap((taint, index) => {
    const effect = textAt(taint, ["effect"]) ?? "";
    if (effect === "PreferNoSchedule") return [];
    return [{ key: textAt(taint, ["key"]) ?? "", value: textAt(taint, ["value"]) ?? "", effect, path: [...TEMPLATE, "taints", index] }];
  });
}

/** What keeps pods off a node unless they tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** @see core/v1 Toleration: an empty key with Exists tolerates all, an empty effect every effect */
export function isTolerated({ key, value, effect }: Taint, tolerations: readonly unknown[]): boolean {
  return tolerations.some((toleration) => {
    const operator = textAt(toleration, ["operator"]) ?? "Equal";
    const [itsKey, itsEffect] = [textAt(toleration, ["key"]) ?? "", textAt(toleration, ["effect"]) ?? ""];
    if (itsEffect !== "" && itsEffect !== effect) return false;
    if (operator === "Exists") return itsKey === "" || itsKey === key;
    return itsKey === key && (textAt(toleration, ["value"]) ?? "") === value;
  });
}

const LIMITED = { "nvidia.com/gpu": "gpus", nodes: "nodes", cpu: "cpu", memory: "memory" } as const;

/** Limits of a NodePool; those of resources that no scenario knows are warned of. */
export function limitsIn({ value }: ManifestObject, stated: Stated): NodePoolLimits {
  const found: { -readonly [Key in keyof NodePoolLimits]: NodePoolLimits[Key] } = {};
  for (const name of Object.keys(nodeAt(value, ["spec", "limits"]))) {
    const key = Object.hasOwn(LIMITED, name) ? LIMITED[name as keyof typeof LIMITED] : undefined;
    const quantity = parseQuantity(textAt(value, ["spec", "limits", name]) ?? "");
    if (key === undefined)
      stated.notModelled(`the limit of ${name}`, ["spec", "limits", name], "cpu, memory, nodes and nvidia.com/gpu are");
    else if (quantity !== undefined) found[key] = quantityNumber(quantity);
  }
  return found;
}
