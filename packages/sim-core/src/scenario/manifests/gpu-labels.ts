import type { IssuePath } from "../../errors.ts";
import { listAt, type Node, nodeAt, textAt } from "./node.ts";

/** A label that nodes must have. */
export interface NodeLabel {
  readonly key: string;
  readonly values: readonly string[];
  readonly path: IssuePath;
}

/**
 * Labels that a pod asks of its nodes: `nodeSelector`, and required node affinity of a single term.
 * @param path of the pod's spec
 */
export function nodeLabels(pod: Node, path: IssuePath): readonly NodeLabel[] {
  const selector = Object.keys(nodeAt(pod, ["nodeSelector"])).map((key) => ({
    key,
    values: [textAt(pod, ["nodeSelector", key]) ?? ""],
    path: [...path, "nodeSelector", key],
  }));
  const terms = listAt(pod, TERMS);
  const expressions = terms.length === 1 ? listAt(terms, [0, "matchExpressions"]) : [];
  const required = expressions.flatMap((expression, index): readonly NodeLabel[] => {
    if (textAt(expression, ["operator"]) !== "In") return [];
    const values = listAt(expression, ["values"]).filter((value) => typeof value === "string");
    return [{ key: textAt(expression, ["key"]) ?? "", values, path: [...path, ...TERMS, 0, "matchExpressions", index] }];
  });
  return [...selector, ...required];
}

const AFFINITY = ["affinity", "nodeAffinity"] as const;
const TERMS = [...AFFINITY, "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"] as const;

/** Paths in a pod's spec of node affinity that {@link nodeLabels} does not tell: preferences, alternatives, other operators than In. */
export function unreadAffinity(pod: Node): readonly IssuePath[] {
  const preferred = [...AFFINITY, "preferredDuringSchedulingIgnoredDuringExecution"];
  const terms = listAt(pod, TERMS);
  const alternatives = terms.length > 1 ? [TERMS] : [];
  const others = (terms.length === 1 ? listAt(terms, [0, "matchExpressions"]) : []).flatMap((expression, index) => {
    const isRead = textAt(expression, ["operator"]) === "In";
    const label: NodeLabel = { key: textAt(expression, ["key"]) ?? "", values: [], path: [] };
    return isRead || isPlainLabel(label) ? [] : [[...TERMS, 0, "matchExpressions", index]];
  });
  return [...(listAt(pod, preferred).length > 0 ? [preferred] : []), ...alternatives, ...others];
}

/** Values of labels and machine types → GPU, by what they hold; the first that fits counts. */
const GPU_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/h200|^p5en?\.|a3-ultragpu/i, "H200"],
  [/^p5\.48xlarge|a3-(high|mega|edge)gpu|nd96isr_h100|h100(?!.*(pcie|nvl))/i, "H100"],
  [/a100.*80|^p4de\.|a2-ultragpu|nd96a(m|md)sr.*a100_v4/i, "A100"],
  [/a100.*40|^nvidia-tesla-a100$|^p4d\.|a2-(high|mega)gpu/i, "A100-40GB"],
  [/l40s|^g6e\./i, "L40S"],
  [/(^|[^a-z0-9])l4($|[^0-9a-z])|^g6\.|^g2-standard/i, "L4"],
  [/rtx-?pro-?6000/i, "RTX-PRO-6000"],
];

/** Keys whose values name a GPU or a machine with one. */
const GPU_KEYS =
  /(gpu[.-]?product|gke-accelerator$|accelerator$|instance-gpu-name|instance-type$|machine-family|gpu[.-](name|type|model)|gpu\.nvidia\.com\/(class|model))/i;

/** Key of `GPU_SHEETS` a node label asks for; undefined when it says nothing of GPUs or names one without a sheet. */
export function gpuOfLabel({ key, values }: NodeLabel): string | undefined {
  if (!GPU_KEYS.test(key)) return undefined;
  const found = new Set(values.map((value) => GPU_PATTERNS.find(([pattern]) => pattern.test(value))?.[1]));
  return found.size === 1 ? [...found][0] : undefined;
}

/** Labels that every node with GPUs has, or that choose nothing a simulation knows. */
const PLAIN_KEYS =
  /^(kubernetes\.io\/(os|arch)|beta\.kubernetes\.io\/|nvidia\.com\/(gpu\.present|gpu\.count|mig\.)|cloud\.google\.com\/(gke-accelerator-count|gke-gpu-driver-version|gke-gpu$)|accelerator-count)/;

/** True for a label that needs no answer. */
export function isPlainLabel({ key }: NodeLabel): boolean {
  return PLAIN_KEYS.test(key);
}
