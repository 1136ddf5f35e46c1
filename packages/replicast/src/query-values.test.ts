import { parseQuery } from "@replicast/promql";
import { expect, it } from "vitest";
import { yieldsValuePerPod } from "./query-values.ts";

const WAITING = "vllm:num_requests_waiting";

it.each([
  { query: WAITING, perPod: true, because: "every pod exports it" },
  { query: `sum(${WAITING})`, perPod: false, because: "a sum is one value" },
  { query: `sum by (pod) (${WAITING})`, perPod: true, because: "pods stay apart" },
  { query: `sum by (model_name) (${WAITING})`, perPod: false, because: "a deployment has one model" },
  { query: `sum without (model_name) (${WAITING})`, perPod: true, because: "the pod stays" },
  { query: `sum without (pod) (${WAITING})`, perPod: false, because: "the pod goes" },
  { query: `topk(3, ${WAITING})`, perPod: true, because: "elements are kept" },
  { query: `rate(vllm:generation_tokens_total[1m])`, perPod: true, because: "a rate is taken per series" },
  { query: `scalar(${WAITING})`, perPod: false, because: "a scalar is one" },
  { query: `${WAITING}{pod="chat-0"}`, perPod: false, because: "one pod is asked for" },
  { query: `${WAITING} / 2`, perPod: true, because: "a number changes no count" },
  { query: `2 * sum(${WAITING})`, perPod: false, because: "a number changes no count" },
  { query: `sum(${WAITING}) / count(${WAITING})`, perPod: false, because: "both sides are one" },
  { query: `${WAITING} + vllm:num_requests_running`, perPod: true, because: "pods are matched with themselves" },
  { query: `sum(${WAITING}) or vector(0)`, perPod: false, because: "either side is one" },
  { query: `${WAITING} or vector(0)`, perPod: true, because: "one side is many" },
  { query: `max_over_time(sum(${WAITING})[5m:15s])`, perPod: false, because: "a subquery has what its query has" },
  {
    query: "histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))",
    perPod: false,
    because: "the quantile takes the buckets together",
  },
  {
    query: "histogram_quantile(0.95, rate(vllm:time_to_first_token_seconds_bucket[5m]))",
    perPod: true,
    because: "each pod has its buckets",
  },
  { query: "kube_deployment_status_replicas", perPod: false, because: "no pod exports it" },
])("$query yields a value per pod: $perPod, as $because", ({ query, perPod }) => {
  expect(yieldsValuePerPod(parseQuery(query))).toBe(perPod);
});
