import { type PreparedQuery, PromqlError, prepareQuery, type QueryResult, queryReachSeconds, type VectorElement } from "@replicast/promql";
import type { AdapterRule, MetricAnswer, MetricContext, MetricElement, MetricRequest, MetricSource, Plan } from "@replicast/sim-core";
import { resourceLabel, ruleFor } from "./adapter-query.ts";
import { type ParsedQuery, queryText, requestSeries, tryParse } from "./metric-names.ts";

/** @see metrics-server --metric-resolution, default 15 s */
const RESOURCE_RESOLUTION_SECONDS = 15;

type NamedRequest = Extract<MetricRequest, { readonly kind: "pods" | "object" | "external" }>;
type Failure = Extract<MetricAnswer, { readonly ok: false }>;

/**
 * Answers policies from scraped series: PromQL as Prometheus does, the resource API as metrics-server, custom and external metrics as
 * an adapter that offers every exported series under its own name beside the scenario's rules. Queries are prepared once, and asked once at
 * each instant, whoever asks.
 */
export function createMetricSource({ metrics }: Pick<Plan, "metrics">): MetricSource {
  const parsed = new Map<string, ParsedQuery>();
  const parse = (text: string): ParsedQuery => {
    const known = parsed.get(text) ?? tryParse(text);
    parsed.set(text, known);
    return known;
  };
  const prepared = new Map<string, PreparedQuery>();
  const ask = (text: string, context: MetricContext): QueryResult | Failure => {
    const ready = prepared.get(text);
    if (ready !== undefined) return evaluateNow(ready, context);
    const query = parse(text);
    if (!query.ok) return { ok: false, error: query.error };
    const made = prepareQuery(query.query);
    prepared.set(text, made);
    return evaluateNow(made, context);
  };
  return {
    series: (request) => requestSeries(request, metrics.adapter),
    reachSeconds(request) {
      const text = queryText(request, metrics.adapter, "");
      const query = text === undefined ? undefined : parse(text);
      return query?.ok ? queryReachSeconds(query.query) : 0;
    },
    answer(request, context) {
      if (request.kind === "resource") return resourceAnswer(request.resource, metrics, context);
      if (request.kind === "live") return { ok: false, error: `${request.metric} is no series: endpoints are asked for it` };
      const result = ask(queryText(request, metrics.adapter, context.namespace) as string, context); // only resource requests have no query
      if ("ok" in result) return result;
      return request.kind === "promql"
        ? queryAnswer(result, context)
        : namedAnswer(request, result, context, ruleFor(request, metrics.adapter));
    },
  };
}

function evaluateNow(query: PreparedQuery, context: MetricContext): QueryResult | Failure {
  const { reader, nowSeconds, startEpochSeconds } = context;
  try {
    return query.evaluate({ reader, timeSeconds: nowSeconds, startEpochSeconds });
  } catch (error) {
    if (error instanceof PromqlError) return { ok: false, error: error.message };
    throw error;
  }
}

function queryAnswer(result: QueryResult, context: MetricContext): MetricAnswer {
  if (result.type === "scalar") return { ok: true, elements: [{ labels: {}, value: result.value }], scalar: true, ...age(result, context) };
  if (result.type !== "vector") return { ok: false, error: `the query gives a ${result.type}, not a vector` };
  return { ok: true, elements: result.elements, ...age(result, context) };
}

/** One answer of the custom or external metrics API. */
function namedAnswer(request: NamedRequest, result: QueryResult, context: MetricContext, rule: AdapterRule | undefined): MetricAnswer {
  if (result.type === "scalar") {
    if (request.kind === "pods") return { ok: false, error: `${request.metric} is a scalar and belongs to no pod` };
    return { ok: true, elements: [{ labels: {}, value: result.value }], ...age(result, context) };
  }
  if (result.type !== "vector") return { ok: false, error: `${request.metric} is a ${result.type}, not a vector` };
  const { selector } = request;
  const elements = selector === undefined ? result.elements : result.elements.filter(({ labels }) => matches(labels, selector));
  const podLabel = rule?.template === undefined ? "pod" : resourceLabel(rule.template, "pod");
  return { ok: true, elements: elementsOf(request, elements, context, podLabel), ...age(result, context) };
}

function elementsOf(
  request: NamedRequest,
  elements: readonly VectorElement[],
  context: MetricContext,
  podLabel: string,
): readonly MetricElement[] {
  switch (request.kind) {
    case "external":
      return elements;
    case "object":
      return elements.length === 0 ? [] : [{ labels: {}, value: elements.reduce((sum, { value }) => sum + value, 0) }];
    case "pods":
      return sumByPod(elements, context, podLabel);
  }
}

/** @see prometheus-adapter's default query: sum(<<.Series>>{<<.LabelMatchers>>}) by (pod) */
function sumByPod(elements: readonly VectorElement[], { pods }: MetricContext, podLabel: string): readonly MetricElement[] {
  if (isOneEach(elements, pods, podLabel)) return pods.map(({ name }, i) => elementOf(name, (elements[i] as VectorElement).value));
  const sums = new Map<string, number>();
  for (const { labels, value } of elements) {
    const pod = labels[podLabel];
    if (pod !== undefined) sums.set(pod, (sums.get(pod) ?? 0) + value);
  }
  const found: MetricElement[] = [];
  for (const { name } of pods) {
    const value = sums.get(name);
    if (value !== undefined) found.push(elementOf(name, value));
  }
  return found;
}

/** Whether every pod has one element, in the order of the pods: nearly always so, and cheaply seen. */
function isOneEach(elements: readonly VectorElement[], pods: MetricContext["pods"], podLabel: string): boolean {
  if (elements.length !== pods.length) return false;
  for (let i = 0; i < pods.length; i++) if (elements[i]?.labels[podLabel] !== pods[i]?.name) return false;
  return true;
}

function elementOf(pod: string, value: number): MetricElement {
  return { labels: { pod }, value, pod };
}

/** Labels the query has aggregated away cannot be selected on: the rule's author decided what remains. */
function matches(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([label, value]) => labels[label] === undefined || labels[label] === value);
}

/** CPU and memory are not modelled: a running pod uses the scenario's share of what it requests. */
function resourceAnswer(resource: string, metrics: Plan["metrics"], { pods, nowSeconds }: MetricContext): MetricAnswer {
  const shares: Readonly<Record<string, number>> = { cpu: metrics.cpuUtilization, memory: metrics.memoryUtilization };
  const share = Object.hasOwn(shares, resource) ? shares[resource] : undefined;
  if (share === undefined) return { ok: false, error: `no metrics known for resource ${resource}: metrics-server reports cpu and memory` };
  const elements = pods
    .filter(({ phase }) => phase === "Running")
    .map(({ name, requests }) => ({ labels: { pod: name }, value: share * (requests[resource] ?? 0), pod: name }));
  return { ok: true, elements, ageSeconds: nowSeconds % RESOURCE_RESOLUTION_SECONDS, windowSeconds: RESOURCE_RESOLUTION_SECONDS };
}

function age({ newestSampleSeconds }: QueryResult, { nowSeconds }: MetricContext): { readonly ageSeconds?: number } {
  return newestSampleSeconds === undefined ? {} : { ageSeconds: nowSeconds - newestSampleSeconds };
}
