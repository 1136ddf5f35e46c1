import type { AdapterRule, DeploymentLabels, Issue, IssuePath, MetricRequest, ScenarioSpec } from "@replicast/sim-core";
import { exportedNames, type GatewayFeature, namesThatNeed } from "@replicast/sim-core/metrics";
import { nearestNames } from "@replicast/sim-core/score";
import { fillGaps, resourceLabel, ruleFor } from "./adapter-query.ts";
import { checkMatchers } from "./check-labels.ts";
import { queryText, requestSeries, tryParse } from "./metric-names.ts";
import { yieldsValuePerPod } from "./query-values.ts";
import type { Place } from "./request-places.ts";

/** Policies that fail on a result of several elements. @see KEDA, pkg/scalers/prometheus_scaler.go, ExecutePromQuery */
const POLICIES_OF_ONE_VALUE: readonly string[] = ["keda"];

/** Routings that decide by endpoints' metrics. */
const READ_METRICS: readonly string[] = ["leastKvCache", "inferenceGateway"];

export interface RequestCheck {
  /** Id of the policy that asks. */
  readonly policy: string;
  readonly requests: readonly MetricRequest[];
  readonly adapter: readonly AdapterRule[];
  /** Namespace of the policy's deployment, in which the metrics APIs look. */
  readonly namespace?: string;
  /** Deployments of the scenario; undefined where they are not known. */
  readonly exporters?: readonly DeploymentLabels[] | undefined;
  /** Where the policy was told to make a request. */
  readonly placeOf: (request: MetricRequest) => Place;
  /** Features no gateway of the scenario has; a manifest by itself lacks none. */
  readonly lacking?: readonly GatewayFeature[];
}

/**
 * What is wrong with the metrics a policy asks for: `invalid_query`, `metric_not_exported` when nothing exports what a query reads,
 * `matcher_matches_nothing` and `query_returns_many`. A query that reads other metrics beside a missing one is only warned about: `a or b` is how people write for two
 * versions of a server.
 */
export function checkRequests({
  policy,
  requests,
  adapter,
  namespace = "",
  exporters,
  placeOf,
  lacking = [],
}: RequestCheck): readonly Issue[] {
  return requests.flatMap((request): readonly Issue[] => {
    const text = queryText(request, adapter, namespace);
    // An adapter's rule is checked where it stands.
    if (text === undefined || isAdapted(request, adapter)) return [];
    const place = placeOf(request);
    const parsed = tryParse(text);
    if (!parsed.ok) return [{ code: "invalid_query", ...place, data: { query: text, detail: parsed.error } }];
    const isMany = request.kind === "promql" && POLICIES_OF_ONE_VALUE.includes(policy) && yieldsValuePerPod(parsed.query);
    return [
      ...unknownNames(requestSeries(request, adapter) ?? [], request.kind === "promql" ? undefined : adapter, place, lacking),
      ...checkMatchers(parsed.query, exporters, place),
      ...(isMany ? [{ code: "query_returns_many", severity: "warning" as const, ...place, data: { query: text } }] : []),
    ];
  });
}

function isAdapted(request: MetricRequest, adapter: readonly AdapterRule[]): boolean {
  return request.kind !== "promql" && request.kind !== "resource" && request.kind !== "live" && ruleFor(request, adapter) !== undefined;
}

/** What is wrong with the adapter's rules themselves. */
export function checkAdapter(
  adapter: readonly AdapterRule[],
  exporters?: readonly DeploymentLabels[],
  lacking: readonly GatewayFeature[] = [],
): readonly Issue[] {
  const inFile = adapter.filter(({ template }) => template !== undefined).length;
  return adapter.flatMap(({ query: written, template }, index): readonly Issue[] => {
    // Who asks, and for what, shows only in the run.
    const query =
      template === undefined
        ? written
        : fillGaps(written, { series: template.series, matchers: "", groupBy: resourceLabel(template, "pod") });
    const path: IssuePath = template === undefined ? ["metrics", "adapter", index - inFile, "query"] : ["metrics", "adapterConfig"];
    const parsed = tryParse(query);
    if (!parsed.ok) return [{ code: "invalid_query", path, data: { query, detail: parsed.error } }];
    const names = requestSeries({ name: "rule", kind: "promql", query }, []) ?? [];
    return [...unknownNames(names, undefined, { path }, lacking), ...checkMatchers(parsed.query, exporters, { path })];
  });
}

/** @param adapter names that the metrics APIs offer beside the exported ones; undefined for PromQL, which an adapter does not answer */
function unknownNames(
  names: readonly string[],
  adapter: readonly AdapterRule[] | undefined,
  place: Place,
  lacking: readonly GatewayFeature[],
): readonly Issue[] {
  const exported = exportedNames();
  const needs = (name: string): GatewayFeature | undefined => lacking.find((feature) => namesThatNeed(feature).includes(name));
  const unknown = names.filter((name) => !exported.includes(name) || needs(name) !== undefined);
  const severity = unknown.length < names.length ? "warning" : "error";
  const offered = [...exported, ...(adapter ?? []).map(({ as }) => as)];
  return unknown.map((metric) => {
    const feature = needs(metric);
    if (feature !== undefined) return { code: "metric_not_enabled", severity, ...place, data: { metric, needs: feature } };
    const data = { metric, nearest: nearestNames(metric, offered), ...(adapter === undefined ? { isQuery: true } : {}) };
    return { code: "metric_not_exported", severity, ...place, data };
  });
}

/** Features of which no deployment's gateway makes use. */
export function lackingFeatures({ deployments }: ScenarioSpec): readonly GatewayFeature[] {
  const hasFlowControl = deployments.some(({ gateway }) => gateway?.flowControl !== undefined);
  const readsMetrics = deployments.some(({ gateway }) => {
    const routing = gateway?.routing;
    return READ_METRICS.includes(typeof routing === "object" ? routing.kind : (routing ?? ""));
  });
  return [...(hasFlowControl || readsMetrics ? [] : ["endpointMetrics" as const]), ...(hasFlowControl ? [] : ["flowControl" as const])];
}
