import { formatIssues, type MetricRequest } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { checkRequests } from "./check-queries.ts";

const check = (policy: string, ...requests: MetricRequest[]) =>
  checkRequests({ policy, requests, adapter: [], placeOf: ({ name }) => ({ path: [name] }) });

it("warns that KEDA fails on a value per pod, and lets others read them", () => {
  const request: MetricRequest = { name: "waiting", kind: "promql", query: "vllm:num_requests_waiting" };
  expect(check("keda", request)).toMatchObject([{ code: "query_returns_many", severity: "warning", path: ["waiting"] }]);
  expect(check("queue-depth", request)).toEqual([]);
});

it("places every issue where its own request was written", () => {
  const wrong: MetricRequest = { name: "a", kind: "promql", query: "sum(" };
  const unknown: MetricRequest = { name: "b", kind: "external", metric: "vllm:num_requests_wating" };
  expect(check("keda", wrong, unknown)).toMatchObject([
    { code: "invalid_query", path: ["a"] },
    { code: "metric_not_exported", path: ["b"], data: { nearest: ["vllm:num_requests_waiting", expect.any(String)] } },
  ]);
});

it("offers an adapter's names, and the adapter itself, to the metrics APIs and not to PromQL", () => {
  const adapter = [{ as: "vllm_waiting", query: "vllm:num_requests_waiting" }];
  const ask = (request: MetricRequest) =>
    formatIssues(checkRequests({ policy: "p", requests: [request], adapter, placeOf: () => ({ path: [] }) }));
  expect(ask({ name: "a", kind: "external", metric: "vllm_waitin" })).toMatch(
    /did you mean "vllm_waiting".*metrics\.adapter: \[\{ as: vllm_waitin/,
  );
  expect(ask({ name: "a", kind: "promql", query: "sum(vllm_waitin)" })).not.toMatch(/vllm_waiting|adapter/);
});

it("refuses metrics of the inference gateway when no gateway of the scenario exports them", () => {
  const request: MetricRequest = { name: "queue", kind: "promql", query: "sum(llm_d_epp_flow_control_queue_size)" };
  const fallback: MetricRequest = { ...request, query: `${"query" in request ? request.query : ""} or sum(gateway_queue_depth)` };
  const checked = (asked: MetricRequest, lacking: readonly ("endpointMetrics" | "flowControl")[]) =>
    checkRequests({ policy: "keda", requests: [asked], adapter: [], placeOf: ({ name }) => ({ path: [name] }), lacking });
  expect(checked(request, ["flowControl"])).toEqual([
    {
      code: "metric_not_enabled",
      severity: "error",
      path: ["queue"],
      data: { metric: "llm_d_epp_flow_control_queue_size", needs: "flowControl" },
    },
  ]);
  expect(checked(fallback, ["flowControl"])).toMatchObject([{ code: "metric_not_enabled", severity: "warning" }]);
  expect(checked(request, [])).toEqual([]);
});
