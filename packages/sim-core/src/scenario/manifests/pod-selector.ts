import { type Node, nodeAt, textAt, valueAt } from "./node.ts";

/** True when a label selector of equalities and expressions picks pods with these labels; an empty one picks all. */
export function selectsPods(selector: Node, labels: Node): boolean {
  const equalities = nodeAt(selector, ["matchLabels"]);
  const expressions = valueAt(selector, ["matchExpressions"]);
  if (!Object.entries(equalities).every(([key, wanted]) => labels[key] === wanted)) return false;
  return !Array.isArray(expressions) || expressions.every((expression: unknown) => isMet(expression, labels));
}

/** @see apimachinery metav1.LabelSelectorRequirement */
function isMet(expression: unknown, labels: Node): boolean {
  const label = textAt(labels, [textAt(expression, ["key"]) ?? ""]);
  const values = valueAt(expression, ["values"]);
  const isListed = Array.isArray(values) && values.map(String).includes(label ?? "");
  switch (textAt(expression, ["operator"])) {
    case "In":
      return label !== undefined && isListed;
    case "NotIn":
      return label === undefined || !isListed;
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return false;
  }
}
