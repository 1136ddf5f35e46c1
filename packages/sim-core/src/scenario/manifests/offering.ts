import { type Node, nodeAt, textAt, valueAt } from "./node.ts";

/** One entry of a NodePool's requirements. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Met, not met, or about a label that nobody tells. */
export type Answer = "met" | "unmet" | "untold";

/** Older names of labels. @see karpenter.sh/v1 NormalizedLabels */
const ALIASES: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
};

/** Labels that providers put on their machines; any other key is the NodePool's own, and every node gets it. */
const PROVIDED =
  /^(karpenter\.(k8s\.(aws|gcp)|azure\.com|sh)|(node|topology)\.kubernetes\.io|kubernetes\.io|topology\.k8s\.aws|eks\.amazonaws\.com|cloud\.google\.com)\//;

/**
 * Labels of a machine that a scenario's entry describes: those that follow from its keys, then those it writes down itself.
 * @see karpenter-provider-aws labels: family, size, category and generation are parts of the instance type's name
 */
export function labelsOf(offering: Node): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") labels.set(key, value);
  };
  const type = textAt(offering, ["instanceType"]);
  set("node.kubernetes.io/instance-type", type);
  set("topology.kubernetes.io/zone", textAt(offering, ["zone"]));
  set("karpenter.sh/capacity-type", textAt(offering, ["capacity"]) === "spot" ? "spot" : "on-demand");
  set("kubernetes.io/arch", textAt(offering, ["arch"]) ?? "amd64");
  set("kubernetes.io/os", "linux");
  const aws = /^(([a-z]+)(\d+)[a-z0-9-]*)\.([a-z0-9-]+)$/.exec(type ?? "");
  if (aws !== null) {
    const prefix = "karpenter.k8s.aws/instance-";
    set(`${prefix}family`, aws[1]);
    set(`${prefix}category`, aws[2]);
    set(`${prefix}generation`, aws[3]);
    set(`${prefix}size`, aws[4]);
    set(`${prefix}gpu-count`, textAt(offering, ["gpusPerNode"]));
    set(`${prefix}gpu-manufacturer`, "nvidia");
    set(`${prefix}gpu-name`, textAt(offering, ["gpu"])?.toLowerCase().split("-")[0]);
    set(`${prefix}cpu`, textAt(offering, ["cpu"]));
  }
  for (const key of Object.keys(nodeAt(offering, ["labels"]))) set(key, textAt(valueAt(offering, ["labels"]), [key]));
  return labels;
}

/** Whether a machine with these labels meets a requirement. */
export function answerTo({ key: written, operator, values }: Requirement, labels: ReadonlyMap<string, string>): Answer {
  const key = ALIASES[written] ?? written;
  const label = labels.get(key);
  if (label === undefined) {
    if (operator === "NotIn" || operator === "DoesNotExist") return "met";
    return PROVIDED.test(key) ? "untold" : "met";
  }
  return isMet(operator, label, values) ? "met" : "unmet";
}

function isMet(operator: string, label: string, values: readonly string[]): boolean {
  const [bound, number] = [Number(values[0]), Number(label)];
  switch (operator) {
    case "In":
      return values.includes(label);
    case "NotIn":
      return !values.includes(label);
    case "DoesNotExist":
      return false;
    case "Gt":
      return number > bound;
    case "Gte":
      return number >= bound;
    case "Lt":
      return number < bound;
    case "Lte":
      return number <= bound;
    default:
      return true; // Exists
  }
}
