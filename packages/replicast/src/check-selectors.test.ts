import { definePolicy } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { emptySelectors } from "./check-selectors.ts";
import { memoryFiles } from "./files.ts";
import { load } from "./load.ts";

/** Asks the query it is given. */
const asking = definePolicy<{ readonly query: string }, null>({
  id: "asking",
  parseConfig: (raw) => ({ ok: true, config: { query: (raw as { readonly query: string }).query } }),
  initialState: () => null,
  timers: () => [],
  needs: () => [],
  queries: ({ query }) => [{ name: "value", kind: "promql", query }],
  decide: (_observation, state) => ({ state }),
});

const loaded = (query: string, adapter = "") =>
  load("scenario.yaml", {
    files: memoryFiles({
      "scenario.yaml": `replicast: 1
name: tiny
duration: 1h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: azure-conversation-2023 }]
deployments: [{ name: chat, namespace: prod, model: llama-3.1-8b_l40s_tp1, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 2 }]
metrics: { adapter: [${adapter}] }
policies:
  - name: asking
    kind: asking
    query: ${JSON.stringify(query)}
slo: { ttft: "p(95)<2s" }
`,
    }),
    policies: [asking],
  });

it.each([
  { query: 'sum(vllm:num_requests_running{namespace="prod",pod=~"chat-.*"})', because: "that is what pods are called" },
  { query: 'sum(rate(gateway_requests_total{deployment="chat"}[1m]))', because: "the gateway has the deployment's name" },
  { query: 'vllm:time_to_first_token_seconds_bucket{le="0.5"}', because: "bucket bounds are not judged" },
  { query: 'sum(vllm:num_requests_running{canary!="yes"})', because: "a label that is not there is empty" },
  { query: 'sum({job="vllm"})', because: "it may read any metric" },
])("accepts $query, as $because", async ({ query }) => {
  expect((await loaded(query)).warnings).toEqual([]);
});

it.each([
  { query: 'sum(vllm:num_requests_running{namespace="production"})', matcher: 'namespace="production"', known: ["prod"] },
  { query: 'sum(vllm:num_requests_running{pod=~"llm-.*"})', matcher: 'pod=~"llm-.*"', known: ["chat-0"] },
  { query: 'sum(vllm:num_requests_running{job="vllm"})', matcher: 'job="vllm"', known: [] },
  {
    query: 'sum(rate(gateway_requests_total{namespace="prod",deployment="chatt"}[1m])) or vector(0)',
    matcher: 'deployment="chatt"',
    known: ["chat"],
  },
])("warns that nothing can meet $matcher, where it stands", async ({ query, matcher, known }) => {
  const { warnings } = await loaded(query);
  expect(warnings).toMatchObject([{ code: "selector_matches_nothing", severity: "warning", line: 11, data: { matcher, known } }]);
});

it("says so when each matcher alone can be met, but not all at once", async () => {
  const { plan } = await loaded("vllm:num_requests_running");
  expect(emptySelectors('vllm:num_requests_running{pod="chat-0",pod!="chat-0"}', plan)).toMatchObject([
    { metric: "vllm:num_requests_running", matcher: 'pod!="chat-0"' },
  ]);
});

it("looks at the adapter's rules, too", async () => {
  const { warnings } = await loaded("vllm:num_requests_running", '{ as: load, query: "sum(DCGM_FI_DEV_GPU_UTIL{gpu=\\"0\\"})" }');
  expect(warnings).toMatchObject([{ code: "selector_matches_nothing", data: { metric: "DCGM_FI_DEV_GPU_UTIL" } }]);
});
