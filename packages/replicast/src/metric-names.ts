import { PromqlError, parseQuery, type Query, querySeries } from "@replicast/promql";
import type { AdapterRule, MetricRequest } from "@replicast/sim-core";
import { fillTemplate, ruleFor } from "./adapter-query.ts";

/** Cloud Monitoring's name of a Prometheus metric, as GKE's adapter offers it: `prometheus.googleapis.com|NAME|gauge`. */
const GKE_NAME = /^prometheus\.googleapis\.com[|/]([^|/]+)[|/](gauge|counter|unknown|histogram|summary)$/;

/** Name of the series a metrics API's name stands for. */
export function seriesName(metric: string): string {
  return GKE_NAME.exec(metric)?.[1] ?? metric;
}

/** PromQL behind a request; undefined for resource metrics and for what endpoints are asked directly, which come from no series. */
export function queryText(request: MetricRequest, adapter: readonly AdapterRule[], namespace: string): string | undefined {
  if (request.kind === "promql") return request.query;
  if (request.kind === "resource" || request.kind === "live") return undefined;
  const rule = ruleFor(request, adapter);
  if (rule?.template !== undefined) return fillTemplate(rule.query, rule.template, request, namespace);
  if (rule !== undefined) return rule.query;
  const matchers = Object.entries({ namespace, ...request.selector }).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `{__name__=${JSON.stringify(seriesName(request.metric))},${matchers.join(",")}}`;
}

/** A query, or why it is none. */
export type ParsedQuery = { readonly ok: true; readonly query: Query } | { readonly ok: false; readonly error: string };

/** Parses a query; every other error is a defect and is thrown. */
export function tryParse(text: string): ParsedQuery {
  try {
    return { ok: true, query: parseQuery(text) };
  } catch (error) {
    if (error instanceof PromqlError) return { ok: false, error: error.message };
    throw error;
  }
}

/** Names of the series a request can read; undefined: any. A query that does not parse reads none. */
export function requestSeries(request: MetricRequest, adapter: readonly AdapterRule[]): readonly string[] | undefined {
  const text = queryText(request, adapter, "");
  if (text === undefined) return [];
  const parsed = tryParse(text);
  return parsed.ok ? querySeries(parsed.query) : [];
}
