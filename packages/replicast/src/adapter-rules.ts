import { type AnchoredRegex, compileRegex, expandTemplate, matcherTest, PromqlError, parseQuery } from "@replicast/promql";
import type { AdapterRule, AdapterTemplate, Issue, IssuePath, Json } from "@replicast/sim-core";
import { exportedNames, METRICS } from "@replicast/sim-core/metrics";
import { type AdapterDocument, readAdapterDocuments } from "./adapter-documents.ts";
import { fillGaps, resourceLabel, unknownGaps } from "./adapter-query.ts";

/** What a configuration of prometheus-adapter says. */
export interface AdapterReading {
  readonly rules: readonly AdapterRule[];
  readonly issues: readonly Issue[];
}

type Fields = Readonly<Record<string, unknown>>;
type TemplatedRule = AdapterRule & { readonly template: AdapterTemplate };
type Api = "custom" | "external";

/** @see prometheus-adapter pkg/naming/metric_namer.go and docs/config.md */
const DEFAULT_QUERY: Readonly<Record<Api, string>> = {
  custom: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
  external: "sum(<<.Series>>{<<.LabelMatchers>>})",
};

/**
 * Reads the rules of a prometheus-adapter from its own configuration: `config.yaml`, the ConfigMap around it, or the values of its chart. Each
 * rule becomes one metric for each exported series that its `seriesQuery` finds.
 */
export function readAdapterRules(text: string): AdapterReading {
  const { documents, issues } = readAdapterDocuments(text);
  if (issues.length > 0) return { rules: [], issues };
  const readings = documents.map(readConfiguration);
  if (readings.length === 0) return { rules: [], issues: [{ code: "no_adapter_rules", path: [], line: 1, column: 1 }] };
  return { rules: readings.flatMap((reading) => reading.rules), issues: readings.flatMap((reading) => reading.issues) };
}

/** The rules of a configuration; each issue with the place of what it is about. */
function readConfiguration({ fields, locate }: AdapterDocument): AdapterReading {
  const { rules, issues } = readFields(fields);
  return { rules, issues: issues.map((issue) => ({ ...issue, ...locate(issue.path) })) };
}

function readFields(fields: Fields): AdapterReading {
  const { rules } = fields;
  const lists: readonly (readonly [Api, readonly string[], unknown])[] = Array.isArray(rules)
    ? [
        ["custom", ["rules"], rules],
        ["external", ["externalRules"], fields["externalRules"]],
      ]
    : [
        ["custom", ["rules", "custom"], fieldsOf(rules)["custom"]],
        ["external", ["rules", "external"], fieldsOf(rules)["external"]],
        ["external", ["externalRules"], fieldsOf(rules)["external"] === undefined ? fields["externalRules"] : undefined],
      ];
  const readings = lists.flatMap(([api, path, list]) =>
    (Array.isArray(list) ? list : []).map((rule: unknown, index) => readRule(api, fieldsOf(rule), [...path, index])),
  );
  const resource = [["resourceRules"], ["rules", "resource"]].find(
    ([first = "", second]) => (second === undefined ? fields[first] : fieldsOf(fields[first])[second]) !== undefined,
  );
  const ignored: readonly Issue[] = resource === undefined ? [] : [{ code: "adapter_resource_rules", severity: "warning", path: resource }];
  return { rules: readings.flatMap((reading) => reading.rules), issues: [...readings.flatMap(({ issues }) => issues), ...ignored] };
}

function readRule(api: Api, rule: Fields, path: readonly (string | number)[]): AdapterReading {
  try {
    const names = exportedNames().filter(seriesTest(rule));
    const query = textOf(rule["metricsQuery"]) || DEFAULT_QUERY[api];
    const gaps = unknownGaps(query);
    if (gaps.length > 0) throw new RuleError("metricsQuery", `nothing here fills in ${gaps.join(", ")}`);
    if (names.length === 0)
      return {
        rules: [],
        issues: [{ code: "adapter_rule_finds_nothing", severity: "warning", path, data: { query: textOf(rule["seriesQuery"]) } }],
      };
    const rename = renaming(fieldsOf(rule["name"]));
    const resources = fieldsOf(rule["resources"]);
    const template = {
      api,
      labels: overriddenLabels(fieldsOf(resources["overrides"])),
      labelPattern: textOf(resources["template"]) || "<<.Resource>>",
      namespaced: resources["namespaced"] !== false,
    };
    const rules = names.map((series) => ({ as: rename(series), query, template: { series, ...template } }));
    const [first] = rules;
    const issues = first === undefined ? [] : queryIssues(first, [...path, "metricsQuery"]);
    return issues.length > 0 ? { rules: [], issues } : { rules, issues };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const data: Readonly<Record<string, Json>> = { detail: error.message };
    return { rules: [], issues: [{ code: "invalid_adapter_rule", path: [...path, error.field], data }] };
  }
}

/** The query must be PromQL once its gaps are filled in, whoever asks. */
function queryIssues({ query, template }: TemplatedRule, path: IssuePath): readonly Issue[] {
  const filled = fillGaps(query, { series: template.series, matchers: "", groupBy: resourceLabel(template, "pod") });
  try {
    parseQuery(filled);
    return [];
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return [{ code: "invalid_query", path, data: { query: filled, detail: error.message } }];
  }
}

/** What is wrong with a field of a rule. */
class RuleError extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Whether the rule's `seriesQuery` and `seriesFilters` find an exported series; values of labels are known only in the run. */
function seriesTest(rule: Fields): (series: string) => boolean {
  const matchers = matchersOf(textOf(rule["seriesQuery"]));
  const tests = matchers.filter(({ name }) => name === "__name__").map(matcherTest);
  const labels = matchers
    .filter(({ name, op, value }) => name !== "__name__" && !matcherTest({ name, op, value })(""))
    .map(({ name }) => name);
  const filters = (Array.isArray(rule["seriesFilters"]) ? rule["seriesFilters"] : []).map((entry: unknown) => {
    const { is, isNot } = fieldsOf(entry);
    const regex = partialRegex("seriesFilters", textOf(is ?? isNot));
    return (series: string): boolean => regex.matches(series) === (is !== undefined);
  });
  return (series) =>
    tests.every((test) => test(series)) && labels.every((label) => hasLabel(series, label)) && filters.every((filter) => filter(series));
}

function matchersOf(
  seriesQuery: string,
): readonly { readonly name: string; readonly op: "=" | "!=" | "=~" | "!~"; readonly value: string }[] {
  try {
    const { expression } = parseQuery(seriesQuery);
    if (expression.kind === "selector") return expression.matchers;
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    throw new RuleError("seriesQuery", error.message);
  }
  throw new RuleError("seriesQuery", "it must be a series selector");
}

function hasLabel(series: string, label: string): boolean {
  const metric = METRICS.find(({ name, type }) => name === series || (type === "histogram" && series.startsWith(`${name}_`)));
  return metric?.labels.includes(label) === true || (label === "le" && series.endsWith("_bucket"));
}

/** How `name.matches` and `name.as` make the metric's name of the series'. */
function renaming(name: Fields): (series: string) => string {
  const regex = partialRegex("name", textOf(name["matches"]) || ".*");
  const wanted = textOf(name["as"]);
  return (series) => {
    const groups = regex.groups(series);
    if (groups === undefined) throw new RuleError("name", `matches does not match ${series}`);
    if (wanted === "" && groups.length > 2) throw new RuleError("name", "as must say which of several groups is the name");
    return expandTemplate(wanted === "" ? (groups.length === 2 ? "$1" : "$0") : wanted, groups, regex);
  };
}

/** A pattern that may match a part of the text, as Go's regular expressions do; group 0 is that part. */
function partialRegex(field: string, pattern: string): AnchoredRegex {
  try {
    const whole = compileRegex(`.*?(${pattern}).*`);
    return { matches: whole.matches, groups: (text) => whole.groups(text)?.slice(1), groupIndex: (name) => whole.groupIndex(name) - 1 };
  } catch (error) {
    throw new RuleError(field, error instanceof Error ? error.message : String(error));
  }
}

/** Labels by resource; the configuration has resources by label. */
function overriddenLabels(overrides: Fields): Readonly<Record<string, string>> {
  const entries = Object.entries(overrides).map(([label, of]) => [textOf(fieldsOf(of)["resource"]).toLowerCase(), label] as const);
  return Object.fromEntries(entries.filter(([resource]) => resource !== ""));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
