import { parseQuery } from "@replicast/promql";
import type { DeploymentLabels } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { checkMatchers } from "./check-labels.ts";

const EXPORTERS: readonly DeploymentLabels[] = [
  { deployment: "chat", namespace: "default", model: "llama-3.1-8b" },
  { deployment: "code", namespace: "dev", model: "qwen-32b" },
];

const matchersOf = (query: string) => checkMatchers(parseQuery(query), EXPORTERS, { path: ["here"] }).map(({ data }) => data?.["matcher"]);

describe("checkMatchers", () => {
  it("names the matcher, the metric and what the label is here, as a warning at the query's place", () => {
    expect(checkMatchers(parseQuery('sum(vllm:num_requests_waiting{namespace="prod"})'), EXPORTERS, { path: ["here"] })).toEqual([
      {
        code: "matcher_matches_nothing",
        severity: "warning",
        path: ["here"],
        data: { matcher: 'namespace="prod"', metric: "vllm:num_requests_waiting", label: "namespace", values: ["default", "dev"] },
      },
    ]);
  });

  it.each([
    { query: 'vllm:num_requests_waiting{model_name="llama-3.1-70b"}', because: "no deployment serves that model" },
    { query: 'vllm:num_requests_waiting{model_name!~".*"}', because: "nothing is left out by that pattern" },
    { query: 'vllm:num_requests_waiting{pod=~"chat-[0-9a-f]+-[a-z0-9]{5}"}', because: "pods here have ordinals" },
    { query: 'vllm:num_requests_waiting{job="vllm"}', because: "the metric has no such label" },
    { query: 'vllm:num_requests_waiting{le="1"}', because: "only buckets have bounds" },
    { query: 'DCGM_FI_DEV_GPU_UTIL{model_name="qwen-32b"}', because: "the GPU does not know the model" },
    { query: 'sum(rate(vllm:time_to_first_token_seconds_count{namespace="prod"}[5m]))', because: "it stands in a range, in a call" },
    { query: 'gateway_requests_total{deployment="chat-7b"}', because: "no deployment has that name" },
    { query: 'vllm:num_requests_waiting{namespace="dev",model_name="llama-3.1-8b"}', because: "no series has both" },
  ])("finds that $query selects nothing: $because", ({ query }) => {
    expect(matchersOf(query)).toEqual([/\{(.*?)\}(?=\[|\)|$)/.exec(query)?.[1]?.replaceAll(",", ", ")]);
  });

  it.each([
    'vllm:num_requests_waiting{namespace="dev",model_name=~"qwen.*"}',
    'vllm:num_requests_waiting{pod=~"code-.*",job=""}',
    'vllm:num_requests_waiting{pod="chat-1042",namespace!="prod"}',
    'vllm:time_to_first_token_seconds_bucket{le="0.5"}',
    'gateway_requests_total{deployment="code"}',
    'somebody_elses_metric{namespace="prod"}',
  ])("lets %s pass", (query) => {
    expect(matchersOf(query)).toEqual([]);
  });

  it("checks names of labels alone where the deployments are not known", () => {
    const query = parseQuery('vllm:num_requests_waiting{namespace="prod",job="vllm"}');
    expect(checkMatchers(query, undefined, { path: [] })).toMatchObject([{ data: { matcher: 'job="vllm"', label: "job" } }]);
  });
});

it("knows the pool of a gateway's metrics, and does not judge what the run decides", () => {
  expect(matchersOf('sum(llm_d_epp_flow_control_queue_size{inference_pool="chat",fairness_id="people"})')).toEqual([]);
  expect(matchersOf('sum(llm_d_epp_flow_control_queue_size{inference_pool="chap"})')).toEqual(['inference_pool="chap"']);
});
