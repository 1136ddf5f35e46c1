import type { Query } from "@replicast/promql";
import { METRICS } from "@replicast/sim-core/metrics";

type Expression = Query["expression"];
type Part<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;

/** Labels that tell the pods of a deployment apart. */
const POD_LABELS: readonly string[] = ["pod", "instance"];
/** Functions whose result is one value, whatever they read. @see Prometheus, querying functions */
const SINGLE_FUNCTIONS: readonly string[] = ["scalar", "vector", "absent", "absent_over_time", "time", "pi"];
/** Aggregations that keep elements as they are. @see Prometheus, aggregation operators */
const KEEPING_OPERATORS: readonly string[] = ["topk", "bottomk", "limitk", "limit_ratio", "count_values"];

/**
 * True when a query yields a value per pod, so that its result grows with the replicas. Only what is plain from the query counts: other
 * labels are taken to have one value each.
 */
export function yieldsValuePerPod({ expression }: Query): boolean {
  return isPerPod(expression);
}

function isPerPod(expression: Expression): boolean {
  switch (expression.kind) {
    case "number":
    case "string":
      return false;
    case "selector":
      return selectsPods(expression);
    case "range":
      return selectsPods(expression.selector);
    case "subquery":
    case "unary":
    case "parenthesis":
      return isPerPod(expression.expression);
    case "call":
      return !SINGLE_FUNCTIONS.includes(expression.name) && expression.args.some(isPerPod);
    case "aggregate":
      return isPerPod(expression.expression) && keepsPods(expression);
    case "binary":
      return isBinaryPerPod(expression);
  }
}

function selectsPods({ matchers }: Part<"selector">): boolean {
  if (matchers.some(({ name, op }) => op === "=" && POD_LABELS.includes(name))) return false;
  const metric = matchers.find(({ name, op }) => name === "__name__" && op === "=")?.value;
  // Of what nobody exports nothing is known; that is reported by itself.
  return METRICS.some(({ name, type, labels }) => isNameOf(metric, name, type) && labels.includes("pod"));
}

function isNameOf(metric: string | undefined, name: string, type: (typeof METRICS)[number]["type"]): boolean {
  return type === "histogram" ? ["_bucket", "_sum", "_count"].some((suffix) => metric === name + suffix) : metric === name;
}

function keepsPods({ operator, without, grouping }: Part<"aggregate">): boolean {
  if (KEEPING_OPERATORS.includes(operator)) return true;
  return without ? !grouping.includes("pod") : grouping.some((label) => POD_LABELS.includes(label));
}

/** An arithmetic operation or a filter has an element for each that both sides have; a scalar side changes no count. */
function isBinaryPerPod({ operator, left, right, matching }: Part<"binary">): boolean {
  if (operator === "or") return isPerPod(left) || isPerPod(right);
  if (operator === "and" || operator === "unless") return isPerPod(left);
  if (matching?.many !== undefined) return isPerPod(left) || isPerPod(right);
  return isScalar(left) || isScalar(right) ? isPerPod(left) || isPerPod(right) : isPerPod(left) && isPerPod(right);
}

function isScalar(expression: Expression): boolean {
  if (expression.kind === "parenthesis" || expression.kind === "unary") return isScalar(expression.expression);
  return expression.kind === "number" || (expression.kind === "call" && ["scalar", "time", "pi"].includes(expression.name));
}
