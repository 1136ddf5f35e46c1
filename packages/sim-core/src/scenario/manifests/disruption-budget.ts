import { versionIssues } from "./choose-object.ts";
import type { ManifestObject } from "./documents.ts";
import { type Node, nodeAt, textAt, valueAt } from "./node.ts";
import { ObjectErrors } from "./object-shape.ts";
import { selectsPods } from "./pod-selector.ts";
import type { Stated } from "./stated.ts";
import { readAmount } from "./strategy.ts";

/** The budgets of a file that are about a workload's pods. @see policy/v1: an empty selector is all pods of the namespace, none is no pod */
export function budgetsFor(objects: readonly ManifestObject[], labels: Node, namespace: string | undefined): readonly ManifestObject[] {
  return objects.filter((object) => {
    if (object.kind !== "PodDisruptionBudget") return false;
    const selector = valueAt(object.value, ["spec", "selector"]);
    const isNear = object.namespace === undefined || namespace === undefined || object.namespace === namespace;
    return isNear && selector !== undefined && selector !== null && selectsPods(nodeAt(object.value, ["spec", "selector"]), labels);
  });
}

/**
 * Reads one of them into the deployment's disruptionBudget; the API server's refusals are errors in its words.
 * @param several true: another budget is about the same pods, so the server answers every eviction with an error
 */
export function readBudget(object: ManifestObject, several: boolean, stated: Stated): void {
  const wrong = versionIssues(object, "policy/v1");
  stated.issues.push(...wrong);
  if (wrong.length > 0) return;
  const errors = new ObjectErrors(object);
  const { value } = object;
  const isWritten = (key: string): boolean => valueAt(value, ["spec", key]) !== undefined && valueAt(value, ["spec", key]) !== null;
  if (isWritten("minAvailable") && isWritten("maxUnavailable"))
    errors.invalid(["spec"], object.name, "minAvailable and maxUnavailable cannot be both set");
  const minAvailable = readAmount(value, ["spec", "minAvailable"], true, errors);
  const maxUnavailable = readAmount(value, ["spec", "maxUnavailable"], true, errors);
  const isSilent = !isWritten("minAvailable") && !isWritten("maxUnavailable");
  const policy = textAt(value, ["spec", "unhealthyPodEvictionPolicy"]);
  if (policy !== undefined && policy !== "AlwaysAllow" && policy !== "IfHealthyBudget")
    errors.notSupported(["spec", "unhealthyPodEvictionPolicy"], policy, ["AlwaysAllow", "IfHealthyBudget"]);
  const budget = {
    ...(minAvailable === undefined ? {} : { minAvailable }),
    ...(maxUnavailable === undefined && !isSilent ? {} : { maxUnavailable: maxUnavailable ?? 0 }),
    ...(policy === undefined ? {} : { unhealthyPodEviction: policy }),
  };
  const because = isSilent ? "one without an amount allows no eviction" : `PodDisruptionBudget ${object.name}`;
  if (errors.isClean) stated.set(["disruptionBudget"], budget, ["spec"], { because });
  stated.issues.push(...errors.issues);
  if (several) stated.error("budget_several", ["spec", "selector"], { name: object.name });
}
