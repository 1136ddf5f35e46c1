import type { LabelMatcher, Query } from "@replicast/promql";
import type { Issue, Plan } from "@replicast/sim-core";
import { METRICS, type MetricDefinition } from "@replicast/sim-core/metrics";
import { tryParse } from "./metric-names.ts";

type Labels = Readonly<Record<string, string>>;
type Compiled = Query["selectors"] extends ReadonlyMap<unknown, infer Value> ? Value : never;

/** Bucket bounds are not spelled out here; a selector that asks for one is left alone. */
const NOT_JUDGED = "le";

/**
 * Data of an issue `selector_matches_nothing` for each selector of a query that names an exported metric, but whose other matchers no
 * pod's or gateway's series can meet. Such a query answers "no data" in the cluster too, and the policy does nothing, in silence.
 */
export function emptySelectors(text: string, plan: Plan): readonly NonNullable<Issue["data"]>[] {
  const parsed = tryParse(text);
  if (!parsed.ok) return [];
  return [...parsed.query.selectors].flatMap(([{ matchers }, compiled]) => {
    const metric = matchers.find(({ name, op }) => name === "__name__" && op === "=")?.value;
    const definition = METRICS.find((candidate) => seriesNames(candidate).includes(metric ?? ""));
    if (metric === undefined || definition === undefined || matchers.some(({ name }) => name === NOT_JUDGED)) return [];
    const series = seriesOf(definition, metric, plan);
    if (series.some((labels) => accepts(compiled, labels))) return [];
    const unmet = matchers.filter((matcher) => matcher.name !== "__name__" && !series.some((labels) => meets(matcher, metric, labels)));
    const { name = "", op = "", value = "" } = unmet[0] ?? {};
    const known = [...new Set(series.flatMap((labels) => labels[name] ?? []))];
    return [
      { metric, matcher: unmet.length === 0 ? "" : `${name}${op}${JSON.stringify(value)}`, label: name, known, labels: definition.labels },
    ];
  });
}

function seriesNames({ name, type }: MetricDefinition): readonly string[] {
  return type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name];
}

/** One series of each deployment, labelled as a scrape labels its first pod and its gateway. */
function seriesOf({ labels }: MetricDefinition, metric: string, plan: Plan): readonly Labels[] {
  return plan.cluster.deployments.map(({ name, namespace }) => {
    const model = plan.deployments.find((deployment) => deployment.name === name)?.serving.model.name ?? "";
    const all: Labels = { namespace, pod: `${name}-0`, model_name: model, deployment: name };
    return { __name__: metric, ...Object.fromEntries(labels.map((label) => [label, all[label] ?? ""])) };
  });
}

function accepts({ equalities, matchesPatterns }: Compiled, labels: Labels): boolean {
  return (
    equalities.every(({ name, op, value }) => ((labels[name] ?? "") === value) === (op === "=")) && (matchesPatterns?.(labels) ?? true)
  );
}

function meets({ name, op, value }: LabelMatcher, metric: string, labels: Labels): boolean {
  const parsed = tryParse(`{__name__=${JSON.stringify(metric)},${name}${op}${JSON.stringify(value)}}`);
  return parsed.ok && [...parsed.query.selectors.values()].every((compiled) => accepts(compiled, labels));
}
