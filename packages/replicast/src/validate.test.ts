import { definePolicy } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { memoryFiles } from "./files.ts";
import { validateFiles } from "./validate.ts";

/** Reads one field of a manifest and asks for the metric it names. */
const hpa = definePolicy<{ readonly metric: string }, null>({
  id: "hpa",
  parseConfig(raw, { readFile }) {
    const text = readFile((raw as { manifest: string }).manifest) ?? "";
    const metric = /name: (vllm\S+)/.exec(text)?.[1];
    const code = text.includes("name: lag") ? "keda_trigger_needs_values" : "manifest_field_type";
    return metric === undefined ? { ok: false, issues: [{ code, path: [], file: "hpa.yaml", line: 2 }] } : { ok: true, config: { metric } };
  },
  initialState: () => null,
  timers: () => [],
  needs: () => [],
  queries: ({ metric }) => [{ name: "m", kind: "pods", metric }],
  decide: (_observation, state) => ({ state }),
});

const manifest = (kind: string, metric: string): string => `apiVersion: autoscaling/v2\nkind: ${kind}\nmetric: { name: ${metric} }\n`;
const validate = (texts: Record<string, string>, paths = Object.keys(texts)) =>
  validateFiles(paths, { files: memoryFiles(texts), policies: [hpa] });

it("finds nothing wrong with a good manifest", async () => {
  expect(await validate({ "hpa.yaml": manifest("HorizontalPodAutoscaler", "vllm:num_requests_waiting") })).toEqual([]);
});

it("reads every object of a file and leaves out other kinds beside it", async () => {
  const text = `${manifest("ConfigMap", "x")}---\n${manifest("HorizontalPodAutoscaler", "vllm:num_requests_running")}`;
  expect(await validate({ "all.yaml": text })).toEqual([]);
});

it("only warns of a metric nobody exports, as a cluster may have it", async () => {
  const issues = await validate({ "hpa.yaml": manifest("HorizontalPodAutoscaler", "vllm:num_requests_wating") });
  expect(issues).toMatchObject([{ code: "metric_not_exported", severity: "warning", file: "hpa.yaml", line: 3, column: 17 }]);
});

it("passes on what a policy refuses", async () => {
  expect(await validate({ "hpa.yaml": manifest("HorizontalPodAutoscaler", "cpu") })).toMatchObject([{ code: "manifest_field_type" }]);
});

it("only warns of what a scenario would say beside the manifest", async () => {
  expect(await validate({ "hpa.yaml": manifest("HorizontalPodAutoscaler", "lag") })).toMatchObject([
    { code: "keda_trigger_needs_values", severity: "warning" },
  ]);
});

const RULES = `rules:
  - seriesQuery: 'vllm:num_requests_waiting'
    resources: { overrides: { namespace: { resource: namespace }, pod: { resource: pod } } }
    name: { as: vllm_queue }
    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
const inConfigMap = (rules: string): string =>
  `apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n${rules.replace(/^/gm, "    ")}\n`;

it.each([
  { where: "by themselves", text: RULES },
  { where: "in a ConfigMap", text: inConfigMap(RULES) },
])("knows the metrics of an adapter's rules $where for the manifests beside them", async ({ text }) => {
  const hpaText = manifest("HorizontalPodAutoscaler", "vllm_queue");
  expect(await validate({ "hpa.yaml": hpaText })).toMatchObject([{ code: "metric_not_exported" }]);
  expect(await validate({ "hpa.yaml": hpaText, "rules.yaml": text })).toEqual([]);
});

it("checks an adapter's rules, each fault at its place", async () => {
  const issues = await validate({ "rules.yaml": RULES.replace("sum(<<.Series>>", "sum((<<.Series>>") });
  expect(issues).toMatchObject([{ file: "rules.yaml", path: ["rules", 0, "metricsQuery"], line: 5 }]);
});

it("says when nothing reads a manifest's kind", async () => {
  expect(await validate({ "a.yaml": manifest("ConfigMap", "x") })).toMatchObject([
    { code: "unknown_manifest_kind", file: "a.yaml", data: { found: ["ConfigMap"] } },
  ]);
});

it("checks a Deployment by itself, and does not ask it for what a scenario would say", async () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat }
spec:
  template:
    spec:
      containers:
        - image: vllm/vllm-openai:latest
          args: [--model=acme/own-model, --max-num-seqs=many, --enforce-eager]
          readinessProbe: { httpGet: { path: /health, port: 8000 } }
`;
  const issues = await validate({ "chat.yaml": `${text}---\n${manifest("HorizontalPodAutoscaler", "vllm:num_requests_running")}` });
  expect(issues.map(({ code, severity, line }) => [code, severity ?? "error", line])).toEqual([
    ["manifest_flag_invalid", "error", 9],
    ["manifest_not_modelled", "warning", 9],
    ["manifest_model_unknown", "warning", 9],
  ]);
});

it("checks NodePools and ScheduledMachines by themselves", async () => {
  const nodePool = `apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: gpu }
spec:
  weight: 0
  template:
    spec:
      requirements: []
`;
  const machine = `apiVersion: 5spot.finos.org/v1alpha1
kind: ScheduledMachine
metadata: { name: day }
spec:
  schedule: { daysOfWeek: [mon], hoursOfDay: ["9-24"] }
  clusterName: prod
  bootstrapSpec: { apiVersion: a/v1, kind: A, spec: {} }
  infrastructureSpec: { apiVersion: a/v1, kind: B, spec: {} }
`;
  const issues = await validate({ "nodes.yaml": `${nodePool}---\n${machine}` });
  expect(issues.map(({ code, line, data }) => [code, line, data?.["field"]])).toEqual([
    ["object_field_invalid", 5, "spec.weight"],
    ["object_field_invalid", 8, "spec.template.spec.nodeClassRef"],
    ["object_field_invalid", 14, "spec.schedule.hoursOfDay[0]"],
  ]);
  const sound = nodePool
    .replace("weight: 0", "weight: 5")
    .replace("requirements: []", "requirements: []\n      nodeClassRef: { group: g, kind: K, name: n }");
  expect(await validate({ "nodes.yaml": sound })).toEqual([]);
});

it("says what a file is that is neither scenario nor manifest", async () => {
  expect(await validate({ "compose.yaml": "services: {}\nvolumes: {}\n" })).toMatchObject([
    { code: "not_a_scenario", file: "compose.yaml" },
  ]);
});

it("checks scenarios, and goes on after a file that is not there", async () => {
  const issues = await validate({ "scenario.yaml": "replicast: 2\n" }, ["missing.yaml", "scenario.yaml"]);
  expect(issues[0]).toMatchObject({ code: "file_missing", file: "missing.yaml" });
  expect(issues.slice(1).map(({ code }) => code)).toContain("unknown_value");
});
