import type { AdapterRule, Issue, IssuePath, MetricRequest } from "@replicast/sim-core";
import { exportedNames } from "@replicast/sim-core/metrics";
import { nearestNames } from "@replicast/sim-core/score";
import { queryText, requestSeries, tryParse } from "./metric-names.ts";

/**
 * What is wrong with the metrics a policy asks for: `invalid_query`, and `unknown_metric` when nothing exports what a query reads. A query that
 * reads other metrics beside it is only warned about: `a or b` is how people write for two versions of a server.
 */
export function checkRequests(requests: readonly MetricRequest[], adapter: readonly AdapterRule[], path: IssuePath): readonly Issue[] {
  return requests.flatMap((request) => {
    const text = queryText(request, adapter, "");
    if (text === undefined) return [];
    const parsed = tryParse(text);
    if (!parsed.ok) return [{ code: "invalid_query", path, data: { query: text, detail: parsed.error } }];
    return unknownNames(requestSeries(request, adapter) ?? [], adapter, path);
  });
}

/** What is wrong with the adapter's rules themselves. */
export function checkAdapter(adapter: readonly AdapterRule[]): readonly Issue[] {
  return adapter.flatMap(({ query }, index) => {
    const path = ["metrics", "adapter", index, "query"];
    const parsed = tryParse(query);
    if (!parsed.ok) return [{ code: "invalid_query", path, data: { query, detail: parsed.error } }];
    return unknownNames(requestSeries({ name: "rule", kind: "promql", query }, []) ?? [], [], path);
  });
}

function unknownNames(names: readonly string[], adapter: readonly AdapterRule[], path: IssuePath): readonly Issue[] {
  const exported = exportedNames();
  const unknown = names.filter((name) => !exported.includes(name));
  const severity = unknown.length < names.length ? "warning" : "error";
  const offered = [...exported, ...adapter.map(({ as }) => as)];
  return unknown.map((metric) => ({ code: "unknown_metric", severity, path, data: { metric, nearest: nearestNames(metric, offered) } }));
}
