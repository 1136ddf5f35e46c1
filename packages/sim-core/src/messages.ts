import type { Issue, Json } from "./errors.ts";
import {
  type DataCatalogue,
  formatPath,
  type IssueData,
  type IssueText,
  type MessageCatalogue,
  plain,
  quote,
  suggestion,
} from "./message-text.ts";
import { FAULT_MESSAGES } from "./messages-faults.ts";
import { FORESIGHT_MESSAGES } from "./messages-foresight.ts";
import { FORK_MESSAGES } from "./messages-fork.ts";
import { MANIFEST_MESSAGES } from "./messages-manifests.ts";
import { MEASURED_MESSAGES } from "./messages-measured.ts";
import { NODE_POOL_MESSAGES } from "./messages-node-pools.ts";
import { POLICY_CODE_MESSAGES } from "./messages-policy-code.ts";
import { PROSPECT_MESSAGES } from "./messages-prospects.ts";
import { CLUSTER_MESSAGES, SCENARIO_FILE_MESSAGES, SCENARIO_PLAN_MESSAGES } from "./messages-scenario.ts";
import { STATISTICS_MESSAGES } from "./messages-statistics.ts";
import { SWEEP_MESSAGES } from "./messages-sweep.ts";
import { TRACE_MESSAGES } from "./messages-trace.ts";
import { TRACE_TOOL_MESSAGES } from "./messages-trace-tools.ts";

const METRICS_PAGE = "metrics are the numbers of a result, such as cost.monthlyUsd, lostRequests or goodputRequestsPerSecond";

/** Texts of the issues about thresholds, objectives and formulas. */
const SCORE_MESSAGES: DataCatalogue = {
  unknown_metric: (data) => ({ text: `there is no metric ${quote(data["metric"])}`, ...suggestion(data, "known", METRICS_PAGE) }),
  bad_threshold: ({ actual, expected }) => ({ text: `${quote(actual)} is no condition`, hint: `write it as in ${quote(expected)}` }),
  bad_aggregation: ({ metric, actual, expected }) => ({
    text: actual === "" ? `${plain(metric)} needs an aggregation` : `${plain(metric)} has no aggregation ${quote(actual)}`,
    hint: `one of ${quote(expected)}`,
  }),
  bad_threshold_value: ({ metric, actual, unit }) => ({
    text: `${quote(actual)} is no value for ${plain(metric)}`,
    hint: unit === "seconds" ? 'write a duration with its unit, as in "2s" or "80ms"' : `write a number (${plain(unit)})`,
  }),
  expression_syntax: ({ text, message }) => ({
    text: `the formula ${quote(text)} cannot be read: ${plain(message)}`,
    hint: "write it as in 0.1 * cost.billUsd / cost.runHours",
  }),
  expression_not_allowed: ({ text, construct }) => ({
    text: `${plain(construct)} is not allowed in the formula ${quote(text)}`,
    hint: "formulas are arithmetic, comparisons and a few functions over result metrics",
  }),
  expression_too_long: ({ maximum, actual }) => ({
    text: `the formula has ${actual} characters; at most ${maximum} are read`,
    hint: "give its parts names under derive, and add those up",
  }),
  expression_too_deep: ({ maximum }) => ({
    text: `the formula is nested more than ${maximum} deep`,
    hint: "give its parts names under derive",
  }),
  expression_cycle: () => ({
    text: "the formula reads itself, directly or through others",
    hint: "let it read metrics of the result, or formulas that do",
  }),
  unknown_function: (data) => ({ text: `there is no function ${quote(data["actual"])}`, ...suggestion(data, "allowed") }),
  wrong_argument_count: ({ function: name, minimum, maximum, actual }) => ({
    text: `${plain(name)} takes ${minimum === maximum ? minimum : `${minimum} to ${maximum}`} arguments, not ${actual}`,
    hint: "separate arguments with commas",
  }),
};

/** Texts of the issues about loading: files, traces, the metrics that policies ask for. */
const LOAD_MESSAGES: DataCatalogue = {
  file_missing: ({ file }) => ({
    text: `there is no file ${quote(file)}`,
    hint: "give a scenario (.yaml, .yml or .json) or a folder with a scenario.yaml; `replicast init` writes one",
  }),
  trace_missing: ({ file, isOption }) => ({
    text: `there is no trace ${quote(file)}`,
    hint:
      isOption === true
        ? "check the path; $REPLICAST_DATA is searched for a bare name, too"
        : "give one with --trace FILE, or set REPLICAST_DATA for names that begin with data:",
  }),
  trace_not_given: ({ file }) => ({
    text: `nothing here opens the trace ${quote(file)}`,
    hint: "hand openTrace to simulate, or use load and run",
  }),
  no_single_trace: ({ streams }) => ({
    text: `--trace replaces one stream, the scenario has ${streams}`,
    hint: "name the trace in the scenario",
  }),
  requests_too_long: ({ percent, maxModelTokens }) => ({
    text: `about ${percent} % of the requests exceed maxModelTokens ${maxModelTokens}: they are rejected`,
    hint: "raise engine.maxModelTokens, as the server's --max-model-len",
  }),
  adapter_file_missing: ({ file }) => ({
    text: `there is no file ${quote(file)}`,
    hint: "metrics.adapterConfig names a prometheus-adapter's configuration, from the scenario's folder",
  }),
  no_adapter_rules: () => ({
    text: "this has no rules of a prometheus-adapter",
    hint: "give its config.yaml (rules: [...]), the ConfigMap around it, or the values of its chart (rules: { custom: [...] })",
  }),
  invalid_adapter_rule: ({ detail }) => ({
    text: `the adapter would refuse this rule: ${plain(detail)}`,
    hint: "see prometheus-adapter's docs/config.md: seriesQuery, resources, name, metricsQuery",
  }),
  adapter_rule_finds_nothing: ({ query }) => ({
    text: `the seriesQuery ${quote(query)} finds no series that is exported here`,
    hint: "the metric it makes will not exist; leave it if no policy asks for it",
  }),
  adapter_resource_rules: () => ({
    text: "rules for CPU and memory are not used: both are not modelled",
    hint: "metrics.cpuUtilization and metrics.memoryUtilization say what the resource metrics API answers",
  }),
  invalid_query: ({ query, detail }) => ({
    text: `the query ${quote(query)} is not valid: ${plain(detail)}`,
    hint: "it must be PromQL; the numbers are line:column inside the query",
  }),
  metric_not_exported: (data) => {
    const { hint = "" } = suggestion(data, "known", "replicas export what vLLM and the DCGM exporter do");
    // PromQL reads Prometheus itself, where no adapter gives names.
    const adapter = `If an adapter offers it, say so in the scenario: metrics.adapter: [{ as: ${plain(data["metric"])}, query: PROMQL }]`;
    const more = data["isQuery"] === true ? "" : `${hint.endsWith("?") ? "" : "."} ${adapter}`;
    return { text: `nothing exports the metric ${quote(data["metric"])}`, hint: `${hint}${more}` };
  },
  matcher_matches_nothing: ({ matcher, metric, label, labels, values }) => ({
    text: `${plain(matcher)} matches no series of ${plain(metric)}${values === undefined ? `, which has no label ${quote(label)}` : ""}`,
    hint:
      values === undefined
        ? `its labels: ${quote(labels)}; a query that selects nothing makes a policy blind`
        : `here ${plain(label)} is ${quote(values)}; change the query${label === "namespace" ? ", or give the deployment that namespace" : ""}: a query that selects nothing makes a policy blind`,
  }),
  metric_not_enabled: ({ metric, needs }) => ({
    text: `no gateway here exports ${quote(metric)}`,
    hint:
      needs === "flowControl"
        ? "turn on flow control: deployments[].gateway.flowControl"
        : "choose inferenceGateway or leastKvCache as deployments[].gateway.routing, or turn on flowControl",
  }),
  query_returns_many: ({ query }) => ({
    text: `the query ${quote(query)} returns a value per pod, and KEDA fails on more than one`,
    hint: `aggregate it, as in sum(${plain(query)})`,
  }),
  not_a_result: ({ found }) => ({
    text: `this is no result of a run or a comparison${found === "" ? "" : ` but ${quote(found)}`}`,
    hint: "give the result.json that run or compare write with --out, or a scenario",
  }),
  result_without_record: ({ version, policies }) => ({
    text: `this result of version ${plain(version)} does not say why ${quote(policies)} decided`,
    hint: "it was written before decisions were kept with all their numbers: run the scenario again",
  }),
  unknown_manifest_kind: ({ found, known }) => ({
    text: `nothing here reads ${quote(found)}`,
    hint: `manifests of these kinds are read: ${quote(known)}`,
  }),
};

const OWN_CATALOGUE: DataCatalogue = {
  ...SCENARIO_FILE_MESSAGES,
  ...SCENARIO_PLAN_MESSAGES,
  ...CLUSTER_MESSAGES,
  ...FAULT_MESSAGES,
  ...FORESIGHT_MESSAGES,
  ...STATISTICS_MESSAGES,
  ...SCORE_MESSAGES,
  ...LOAD_MESSAGES,
  ...MANIFEST_MESSAGES,
  ...TRACE_MESSAGES,
  ...TRACE_TOOL_MESSAGES,
  ...MEASURED_MESSAGES,
  ...NODE_POOL_MESSAGES,
  ...FORK_MESSAGES,
  ...POLICY_CODE_MESSAGES,
  ...PROSPECT_MESSAGES,
  ...SWEEP_MESSAGES,
};

/**
 * Text and hint of an issue.
 * @param catalogues texts of other packages' issues
 */
export function describeIssue(issue: Issue, catalogues: readonly MessageCatalogue[] = []): IssueText {
  const own = Object.hasOwn(OWN_CATALOGUE, issue.code) ? OWN_CATALOGUE[issue.code] : undefined;
  if (own !== undefined) return own(issue.data ?? {});
  for (const catalogue of catalogues) {
    const describe = Object.hasOwn(catalogue, issue.code) ? catalogue[issue.code] : undefined;
    if (describe !== undefined) return describe(issue);
  }
  const data = issue.data === undefined ? "" : ` ${JSON.stringify(issue.data)}`;
  return { text: `${issue.code.replaceAll("_", " ")}${data}` };
}

/** An issue code as a reference shows it; `<name>` stands for what an issue's data fills in. */
export interface IssueCode {
  readonly code: string;
  readonly text: string;
  readonly hint?: string;
}

/**
 * Every issue code with the template of its text and hint, sorted by code: what documentation of the codes is made from.
 *
 * @param catalogues texts of other packages' issues; as in {@link describeIssue}, the first catalogue that knows a code counts
 */
export function allIssueCodes(catalogues: readonly MessageCatalogue[] = []): readonly IssueCode[] {
  const codes = new Set([OWN_CATALOGUE, ...catalogues].flatMap((catalogue) => Object.keys(catalogue)));
  return [...codes].sort().map((code) => ({ code, ...describeIssue({ code, path: [], data: placeholders() }, catalogues) }));
}

/** Data in which every name stands for itself; near misses are left out, so that hints say what is known. */
function placeholders(): IssueData {
  return new Proxy<{ readonly [key: string]: Json }>(
    {},
    {
      get: (_, name) => (typeof name !== "string" || name === "nearest" || name === "near" ? undefined : `<${name}>`),
    },
  );
}

export interface FormatOptions {
  /** Texts of other packages' issues. */
  readonly catalogues?: readonly MessageCatalogue[];
}

/** All issues as lines `file:line:column: error[code]: path: text`, each with an indented hint where there is one. */
export function formatIssues(issues: readonly Issue[], { catalogues = [] }: FormatOptions = {}): string {
  return issues.map((issue) => formatIssue(issue, catalogues)).join("\n");
}

/** What a file holds must not move the cursor, colour the terminal or turn the direction of the text. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

function formatIssue(issue: Issue, catalogues: readonly MessageCatalogue[]): string {
  const { text, hint } = describeIssue(issue, catalogues);
  const place = [issue.file, issue.line, issue.line === undefined ? undefined : issue.column]
    .filter((part) => part !== undefined)
    .join(":");
  const prefix = pathPrefix(issue.path, text);
  const line = `${place === "" ? "" : `${place}: `}${issue.severity ?? "error"}[${issue.code}]: ${prefix}${text}`;
  return hint === undefined ? oneLine(line) : `${oneLine(line)}\n  hint: ${oneLine(hint)}`;
}

/** What of a path goes before a text: texts of other systems begin with the path, or with its end, which is not said twice. */
function pathPrefix(path: Issue["path"], text: string): string {
  const whole = formatPath(path);
  if (whole === "" || text.startsWith(whole) || text.startsWith(quote(whole))) return "";
  const start = path.findIndex((step, index) => typeof step === "string" && text.startsWith(`${formatPath(path.slice(index))}:`));
  return start < 0 ? `${whole}: ` : `${formatPath(path.slice(0, start))}.`;
}
