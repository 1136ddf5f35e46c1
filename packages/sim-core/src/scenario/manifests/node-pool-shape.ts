import type { IssuePath } from "../../errors.ts";
import type { ManifestObject } from "./documents.ts";
import { listAt, nodeAt, textAt, valueAt } from "./node.ts";
import { checkShape, type ObjectErrors, type Shape } from "./object-shape.ts";

const QUALIFIED_NAME = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*(\/))?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const DURATION_OR_NEVER = /^(([0-9]+(s|m|h))+|Never)$/;

const TEXT: Shape = { is: "text" };
const TAINTS: Shape = {
  is: "list",
  of: {
    is: "object",
    fields: {
      effect: { is: "text", oneOf: ["NoSchedule", "PreferNoSchedule", "NoExecute"] },
      key: { is: "text", shortest: 1, pattern: QUALIFIED_NAME },
      timeAdded: TEXT,
      value: { is: "text", pattern: QUALIFIED_NAME },
    },
    required: ["effect", "key"],
  },
};
const REQUIREMENT: Shape = {
  is: "object",
  fields: {
    key: { is: "text", longest: 316, pattern: QUALIFIED_NAME },
    operator: { is: "text", oneOf: ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"] },
    values: { is: "list", of: { is: "text", longest: 63, pattern: LABEL_VALUE } },
    minValues: { is: "whole", minimum: 1, maximum: 50 },
  },
  required: ["key", "operator"],
};
const BUDGET: Shape = {
  is: "object",
  fields: {
    nodes: { is: "text", pattern: /^((100|[0-9]{1,2})%|[0-9]+)$/ },
    reasons: { is: "list", most: 50, of: { is: "text", oneOf: ["Underutilized", "Empty", "Drifted"] } },
    schedule: { is: "text", pattern: /^(@(annually|yearly|monthly|weekly|daily|midnight|hourly))|((.+)\s(.+)\s(.+)\s(.+)\s(.+))$/ },
    duration: { is: "text", pattern: /^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$/ },
  },
};
const SPEC: Shape = {
  is: "object",
  fields: {
    disruption: {
      is: "object",
      fields: {
        budgets: { is: "list", of: BUDGET, most: 50 },
        consolidateAfter: { is: "text", pattern: DURATION_OR_NEVER },
        consolidationPolicy: { is: "text", oneOf: ["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"] },
      },
    },
    limits: { is: "map", of: { is: "quantity" } },
    replicas: { is: "whole", minimum: 0 },
    template: {
      is: "object",
      fields: {
        metadata: {
          is: "object",
          fields: { annotations: { is: "map", of: TEXT }, labels: { is: "map", of: { is: "text", longest: 63, pattern: LABEL_VALUE } } },
        },
        spec: {
          is: "object",
          fields: {
            expireAfter: { is: "text", pattern: DURATION_OR_NEVER },
            nodeClassRef: { is: "object", fields: { group: TEXT, kind: TEXT, name: TEXT }, required: ["group", "kind", "name"] },
            requirements: { is: "list", of: REQUIREMENT, most: 100 },
            startupTaints: TAINTS,
            taints: TAINTS,
            terminationGracePeriod: { is: "text", pattern: /^([0-9]+(s|m|h))+$/ },
          },
          required: ["nodeClassRef", "requirements"],
        },
      },
      required: ["spec"],
    },
    weight: { is: "whole", minimum: 1, maximum: 100 },
  },
  required: ["template"],
};

const TEMPLATE = ["spec", "template", "spec"] as const;

/**
 * What the API server and Karpenter refuse of a NodePool.
 * @see karpenter.sh/v1 CustomResourceDefinition and its CEL rules; pkg/apis/v1 RuntimeValidate
 */
export function checkNodePool({ value }: ManifestObject, errors: ObjectErrors): void {
  if (valueAt(value, ["spec"]) === undefined) errors.required(["spec"]);
  checkShape(valueAt(value, ["spec"]), SPEC, ["spec"], errors);
  if (!errors.isClean) return; // the rules below read what has its type
  listAt(value, [...TEMPLATE, "requirements"]).forEach((_, index) => {
    checkRequirement(value, [...TEMPLATE, "requirements", index], errors);
  });
  for (const key of Object.keys(nodeAt(value, ["spec", "template", "metadata", "labels"])))
    checkKey(key, ["spec", "template", "metadata", "labels", key], errors);
  checkBudgets(value, errors);
  checkTaints(value, errors);
  checkStatic(value, errors);
}

function checkRequirement(value: unknown, path: IssuePath, errors: ObjectErrors): void {
  const values = listAt(value, [...path, "values"]).map(String);
  const operator = textAt(value, [...path, "operator"]) ?? "";
  const key = textAt(value, [...path, "key"]) ?? "";
  checkKey(key, [...path, "key"], errors);
  if (operator === "In" && values.length === 0)
    errors.invalid([...path, "values"], [], "requirements with operator 'In' must have a value defined");
  if (["Gt", "Lt", "Gte", "Lte"].includes(operator) && !(values.length === 1 && /^\d+$/.test(values[0] ?? "")))
    errors.invalid(
      [...path, "values"],
      values,
      "requirements operator 'Gt', 'Lt', 'Gte', or 'Lte' must have a single positive integer value",
    );
  if (operator === "In" && values.length < Number(valueAt(value, [...path, "minValues"]) ?? 0))
    errors.invalid(
      [...path, "minValues"],
      values.length,
      "requirements with 'minValues' must have at least that many values specified in the 'values' field",
    );
  const isCapacity = key === "karpenter.sh/capacity-type" && operator === "In" && values.length > 0;
  if (isCapacity && !values.some((each) => CAPACITY_TYPES.includes(each)))
    errors.invalid([...path, "values"], values, `no valid values found for ${key}, expected one of: ${CAPACITY_TYPES.join(", ")}`);
}

const CAPACITY_TYPES: readonly string[] = ["on-demand", "spot", "reserved"];

/** @see karpenter.sh/v1 IsRestrictedLabel */
function checkKey(key: string, path: IssuePath, errors: ObjectErrors): void {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  if (key === "karpenter.sh/nodepool" || key === "kubernetes.io/hostname") errors.invalid(path, key, `label "${key}" is restricted`);
  else if (domain.endsWith("karpenter.sh") && key !== "karpenter.sh/capacity-type")
    errors.invalid(path, key, 'label domain "karpenter.sh" is restricted');
}

function checkBudgets(value: unknown, errors: ObjectErrors): void {
  const path = ["spec", "disruption", "budgets"];
  listAt(value, path).forEach((budget, index) => {
    const [schedule, duration] = [textAt(budget, ["schedule"]), textAt(budget, ["duration"])];
    if ((schedule === undefined) !== (duration === undefined))
      errors.invalid([...path, index], "object", "'schedule' must be set with 'duration'");
  });
}

function checkTaints(value: unknown, errors: ObjectErrors): void {
  const seen = new Set<string>();
  for (const list of ["taints", "startupTaints"]) {
    listAt(value, [...TEMPLATE, list]).forEach((taint, index) => {
      const pair = `${textAt(taint, ["key"])}=${textAt(taint, ["effect"])}`;
      if (seen.has(pair)) errors.invalid([...TEMPLATE, list, index], pair, `duplicate taint Key/Effect pair ${pair}`);
      seen.add(pair);
    });
  }
}

function checkStatic(value: unknown, errors: ObjectErrors): void {
  if (valueAt(value, ["spec", "replicas"]) === undefined) return;
  const limits = Object.keys(nodeAt(value, ["spec", "limits"]));
  if (limits.some((name) => name !== "nodes"))
    errors.invalid(["spec", "limits"], "object", "only 'limits.nodes' is supported on static NodePools");
  if (valueAt(value, ["spec", "weight"]) !== undefined)
    errors.invalid(["spec", "weight"], "integer", "'weight' is not supported on static NodePools");
}
