import type { AdapterRule, AdapterTemplate, MetricRequest } from "@replicast/sim-core";

type NamedRequest = Extract<MetricRequest, { readonly kind: "pods" | "object" | "external" }>;

/** Label that holds the names of a resource's objects. @see prometheus-adapter, docs/config.md, "Association" */
export function resourceLabel({ labels, labelPattern }: AdapterTemplate, resource: string): string {
  if (Object.hasOwn(labels, resource)) return labels[resource] as string;
  return labelPattern.replaceAll("<<.Resource>>", resource).replaceAll("<<.Group>>", "");
}

/** The rule that answers a request; the last one of a name counts, as in the adapter. */
export function ruleFor(request: NamedRequest, adapter: readonly AdapterRule[]): AdapterRule | undefined {
  const api = request.kind === "external" ? "external" : "custom";
  return adapter.findLast(({ as, template }) => as === request.metric && (template === undefined || template.api === api));
}

/**
 * The query an adapter makes of a rule for a request. It also names the pods it asks about; here they are picked from the answer instead, so
 * that the query stays the same while pods come and go.
 * @see prometheus-adapter pkg/naming/metrics_query.go, Build and BuildExternal
 */
export function fillTemplate(query: string, template: AdapterTemplate, request: NamedRequest, namespace: string): string {
  const { matchers, groupBy } = subjectOf(template, request, namespace);
  const all = [...matchers, ...Object.entries(request.selector ?? {})];
  return fillGaps(query, {
    series: template.series,
    matchers: all.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(","),
    groupBy,
  });
}

/** Values of the gaps of a `metricsQuery`. */
export interface Gaps {
  readonly series: string;
  readonly matchers: string;
  readonly groupBy: string;
}

/** A `metricsQuery` with its gaps filled in. */
export function fillGaps(query: string, { series, matchers, groupBy }: Gaps): string {
  const values: Readonly<Record<string, string>> = { Series: series, LabelMatchers: matchers, GroupBy: groupBy };
  return query.replace(GAP, (gap: string, name: string) => values[name] ?? gap);
}

/** Gaps of a query that nothing fills in. */
export function unknownGaps(query: string): readonly string[] {
  return query.match(/<<.*?>>/g)?.filter((gap) => fillGaps(gap, { series: "", matchers: "", groupBy: "" }) !== "") ?? [];
}

const GAP = /<<\s*\.(Series|LabelMatchers|GroupBy)\s*>>/g;

function subjectOf(
  template: AdapterTemplate,
  request: NamedRequest,
  namespace: string,
): { readonly matchers: readonly (readonly [string, string])[]; readonly groupBy: string } {
  const home = [resourceLabel(template, "namespace"), namespace] as const;
  switch (request.kind) {
    case "external":
      return { matchers: template.namespaced ? [home] : [], groupBy: "" };
    case "pods":
      return { matchers: [home], groupBy: resourceLabel(template, "pod") };
    case "object": {
      const label = resourceLabel(template, request.object.kind.toLowerCase());
      const itself = [label, request.object.name] as const;
      return { matchers: request.object.kind === "Namespace" ? [itself] : [home, itself], groupBy: label };
    }
  }
}
