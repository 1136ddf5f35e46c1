import { matcherTest, type Query } from "@replicast/promql";
import type { DeploymentLabels, Issue } from "@replicast/sim-core";
import { METRICS, type MetricDefinition } from "@replicast/sim-core/metrics";
import type { Place } from "./request-places.ts";

/** A condition on a label, with the test it makes of a value. */
interface Condition {
  readonly name: string;
  readonly text: string;
  readonly accepts: (value: string) => boolean;
}
type Labels = Readonly<Record<string, string>>;

/** Ordinals of pods that a matcher on `pod` is tried with: more than a run usually starts. */
const TRIED_PODS = 2000;
/** Parts of a histogram, and the label that only the first has. */
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"] as const;
const BUCKET_LABEL = "le";

/**
 * Warns of matchers that no series can meet, `matcher_matches_nothing`: a label that the metric does not have, or a value that no
 * deployment of the scenario gives it. Such a query is valid and selects nothing, for ever.
 *
 * @param exporters the scenario's deployments; undefined where they are not known, then only names of labels are checked
 */
export function checkMatchers(query: Query, exporters: readonly DeploymentLabels[] | undefined, place: Place): readonly Issue[] {
  return [...query.selectors.keys()].flatMap(({ matchers }) => {
    const name = matchers.find((matcher) => matcher.name === "__name__" && matcher.op === "=")?.value;
    const definition = METRICS.find((metric) => namesOf(metric).includes(name ?? ""));
    // Of what nobody exports nothing is known; that is reported by itself.
    if (name === undefined || definition === undefined) return [];
    const conditions = matchers.filter((matcher) => matcher.name !== "__name__").map(conditionOf);
    return checkSelector({ metric: name, definition, conditions, exporters }).map((data) => ({
      code: "matcher_matches_nothing",
      severity: "warning" as const,
      ...place,
      data: { ...data, metric: name },
    }));
  });
}

function conditionOf(matcher: Parameters<typeof matcherTest>[0]): Condition {
  const { name, op, value } = matcher;
  return { name, text: `${name}${op}${JSON.stringify(value)}`, accepts: matcherTest(matcher) };
}

interface SelectorCheck {
  readonly metric: string;
  readonly definition: MetricDefinition;
  readonly conditions: readonly Condition[];
  readonly exporters: readonly DeploymentLabels[] | undefined;
}

/** Data of an issue for each condition that fails by itself or, when there is none, for all that only fail together. */
function checkSelector({ metric, definition, conditions, exporters }: SelectorCheck): readonly NonNullable<Issue["data"]>[] {
  const labels = labelsOf(definition, metric);
  const unknown = conditions
    .filter(({ name, accepts }) => !labels.includes(name) && !accepts(""))
    .map(({ name, text }) => ({ matcher: text, label: name, labels }));
  if (exporters === undefined) return unknown;
  const series = exporters.flatMap((exporter) => seriesOf(exporter, definition));
  // Of some labels (a flow's name, an outcome) the values are not known before the run: they are not judged.
  const isKnown = (name: string): boolean => series.length === 0 || series.some((one) => Object.hasOwn(one, name));
  const present = conditions.filter(({ name }) => labels.includes(name) && name !== BUCKET_LABEL && isKnown(name));
  const meets = (one: Labels, { name, accepts }: Condition): boolean => accepts(one[name] ?? "");
  const toData = ({ name }: Condition, text: string): NonNullable<Issue["data"]> => ({
    matcher: text,
    label: name,
    values: valuesOf(name, series, exporters),
  });
  const failing = present.filter((condition) => !series.some((one) => meets(one, condition)));
  if (failing.length > 0) return [...unknown, ...failing.map((condition) => toData(condition, condition.text))];
  const [first] = present;
  if (first === undefined || series.some((one) => present.every((condition) => meets(one, condition)))) return unknown;
  return [...unknown, toData(first, present.map(({ text }) => text).join(", "))];
}

function namesOf({ name, type }: MetricDefinition): readonly string[] {
  return type === "histogram" ? HISTOGRAM_SUFFIXES.map((suffix) => name + suffix) : [name];
}

function labelsOf({ type, labels }: MetricDefinition, metric: string): readonly string[] {
  return type === "histogram" && metric.endsWith(HISTOGRAM_SUFFIXES[0]) ? [...labels, BUCKET_LABEL] : labels;
}

/** Series that a deployment's replicas or its gateway may export in the course of a run. */
function seriesOf({ deployment, namespace, model, isBatchServer }: DeploymentLabels, { labels }: MetricDefinition): readonly Labels[] {
  if (!labels.includes("pod")) return [{ namespace, deployment, inference_pool: deployment, name: deployment }];
  // Triton calls the same thing by other names, and only a server of batches exports it
  const isOfBatches = labels.includes("version");
  if (isOfBatches && isBatchServer !== true) return [];
  const names = isOfBatches ? { model, version: "1" } : { model_name: model };
  return Array.from({ length: TRIED_PODS }, (_, ordinal) => ({ namespace, pod: `${deployment}-${ordinal}`, ...names }));
}

function valuesOf(label: string, series: readonly Labels[], exporters: readonly DeploymentLabels[]): readonly string[] {
  if (label === "pod") return exporters.map(({ deployment }) => `${deployment}-0, ${deployment}-1, …`);
  return [...new Set(series.map((labels) => labels[label] ?? ""))];
}
