import type { MetricRequest } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { readAdapterRules } from "./adapter-rules.ts";
import { queryText } from "./metric-names.ts";

const RUNNING_RULE = `
- seriesQuery: 'vllm:num_requests_running'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name: {matches: "vllm:num_requests_running", as: vllm_num_requests_running}
  metricsQuery: 'sum(vllm:num_requests_running{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);
const rulesOf = (text: string) => readAdapterRules(text).rules;
const askedOf = (text: string, request: MetricRequest): string | undefined => queryText(request, rulesOf(text), "ml");
const pods: MetricRequest = { name: "m", kind: "pods", metric: "vllm_num_requests_running" };

describe("a prometheus-adapter's configuration", () => {
  it.each([
    { form: "config.yaml", text: `rules:${RUNNING_RULE}` },
    { form: "values of the chart", text: `rules:\n  default: true\n  custom:${indented(RUNNING_RULE, "    ")}` },
    { form: "a ConfigMap", text: `kind: ConfigMap\ndata:\n  config.yaml: |\n    rules:${indented(RUNNING_RULE, "    ")}` },
  ])("is read as $form", ({ text }) => {
    expect(readAdapterRules(text).issues).toEqual([]);
    expect(askedOf(text, pods)).toBe('sum(vllm:num_requests_running{namespace="ml"}) by (pod)');
  });

  it("asks for an object by its own label, with the metric's selector", () => {
    const request: MetricRequest = {
      name: "m",
      kind: "object",
      metric: "waiting",
      object: { kind: "Service", name: "chat" },
      selector: { model_name: "llama" },
    };
    const rule = (resources: string) =>
      `rules:\n- seriesQuery: vllm:num_requests_waiting\n  name: {as: waiting}\n  resources: ${resources}\n  metricsQuery: max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)\n`;
    expect(askedOf(rule('{template: "kube_<<.Resource>>"}'), request)).toBe(
      'max(vllm:num_requests_waiting{kube_namespace="ml",kube_service="chat",model_name="llama"}) by (kube_service)',
    );
    expect(askedOf(rule("{overrides: {svc: {resource: service}}}"), request)).toBe(
      'max(vllm:num_requests_waiting{namespace="ml",svc="chat",model_name="llama"}) by (svc)',
    );
  });

  it("keeps external rules for external metrics, and looks in every namespace where the rule says so", () => {
    const text = `externalRules:\n- {seriesQuery: gateway_queue_depth, name: {as: depth}, resources: {namespaced: false}}\n`;
    expect(askedOf(text, { name: "m", kind: "external", metric: "depth", selector: { deployment: "chat" } })).toBe(
      'sum(gateway_queue_depth{deployment="chat"})',
    );
    expect(askedOf(text, { name: "m", kind: "pods", metric: "depth" })).toBe('{__name__="depth",namespace="ml"}');
  });

  it.each([
    { name: "{}", names: ["vllm:num_requests_running"], because: "the name stays" },
    { name: '{matches: "^vllm:(.*)$"}', names: ["num_requests_running"], because: "one group is the name" },
    { name: '{matches: "vllm:(?P<what>.*)_running", as: "${what}_now"}', names: ["num_requests_now"], because: "groups have names" },
    { name: '{matches: "requests", as: "$0"}', names: ["requests"], because: "a part may match" },
  ])("names metrics by $name: $because", ({ name, names }) => {
    const text = `rules:\n- seriesQuery: '{__name__=~"^vllm:num_requests_running$",pod!=""}'\n  name: ${name}\n`;
    expect(rulesOf(text).map(({ as }) => as)).toEqual(names);
  });

  it("finds series by their labels and by filters", () => {
    const text = `rules:\n- seriesQuery: '{__name__=~"vllm:num_.*",pod!=""}'\n  seriesFilters: [{is: requests}, {isNot: "waiting$"}]\n`;
    expect(rulesOf(text).map(({ template }) => template?.series)).toEqual(["vllm:num_requests_running"]);
    expect(rulesOf(`rules:\n- seriesQuery: 'vllm:num_requests_running{node!=""}'\n`)).toEqual([]);
  });

  it.each([
    { text: "rules:\n- seriesQuery: 'a{'\n", issue: { code: "invalid_adapter_rule", path: ["rules", 0, "seriesQuery"] } },
    { text: "rules:\n- seriesQuery: sum(up)\n", issue: { code: "invalid_adapter_rule", path: ["rules", 0, "seriesQuery"] } },
    { text: "rules:\n- seriesQuery: nobody_exports_me\n", issue: { code: "adapter_rule_finds_nothing", severity: "warning" } },
    {
      text: "rules:\n- {seriesQuery: up, metricsQuery: 'sum(<<.Serie>>)'}\n",
      issue: { code: "invalid_adapter_rule", path: ["rules", 0, "metricsQuery"] },
    },
    { text: "rules:\n- {seriesQuery: up, name: {matches: '('}}\n", issue: { code: "invalid_adapter_rule", path: ["rules", 0, "name"] } },
    { text: "replicas: 3\n", issue: { code: "no_adapter_rules" } },
    { text: "rules: [\n", issue: { code: "invalid_yaml" } },
    { text: "rules: []\nresourceRules: {}\n", issue: { code: "adapter_resource_rules", severity: "warning" } },
    { text: "kind: ConfigMap\ndata:\n  config.yaml: |\n    rules: [\n", issue: { code: "invalid_yaml", line: 5 } },
    { text: "rules: *gone\n", issue: { code: "invalid_yaml", line: 1 } },
  ])("says what is wrong with $text", ({ text, issue }) => {
    expect(readAdapterRules(text).issues).toMatchObject([issue]);
  });

  it.each([
    { form: "config.yaml", text: "# ours\nrules:\n- seriesQuery: up\n- name: {}\n  seriesQuery: nobody_exports_me\n", line: 4, column: 3 },
    {
      form: "values of the chart",
      text: "rules:\n  custom:\n    - seriesQuery: nobody_exports_me\n",
      line: 3,
      column: 7,
    },
    { form: "external rules", text: "rules: []\nexternalRules:\n- {seriesQuery: nobody_exports_me}\n", line: 3, column: 3 },
    {
      form: "a ConfigMap with a block",
      text: "---\nkind: ConfigMap\ndata:\n  config.yaml: |\n\n    # ours\n    rules:\n    - seriesQuery: nobody_exports_me\n",
      line: 8,
      column: 7,
    },
    {
      form: "a ConfigMap with a quoted text",
      text: 'kind: ConfigMap\ndata:\n  config.yaml: "rules:\\n- seriesQuery: nobody_exports_me\\n"\n',
      line: 3,
      column: 16,
    },
  ])("points at the rule in $form", ({ text, line, column }) => {
    expect(readAdapterRules(text).issues).toMatchObject([{ code: "adapter_rule_finds_nothing", line, column }]);
  });
});
