import type { AdapterRule, LabelMatcher, MetricContext, MetricRequest, PodView, SeriesReader, SeriesSlice } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { createMetricSource } from "./metric-source.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, seconds?: number];

/** Series of one sample each, as a scrape at 60 s leaves them. */
function seriesOf(samples: readonly Sample[]): SeriesReader {
  const all = samples.map(
    ([labels, value, seconds = 60]): SeriesSlice => ({
      labels,
      times: Float64Array.of(seconds),
      values: Float64Array.of(value),
      stale: Uint8Array.of(0),
      from: 0,
      to: 1,
    }),
  );
  const matches = ({ labels }: SeriesSlice, { name, op, value }: LabelMatcher): boolean =>
    ((labels[name] ?? "") === value) === (op === "=");
  return {
    select: (matchers, after, until) =>
      all.filter(
        (series) =>
          (series.times[0] as number) > after &&
          (series.times[0] as number) <= until &&
          matchers.every((matcher) => matches(series, matcher)),
      ),
  };
}

const pod = (name: string, phase: PodView["phase"] = "Running"): PodView => ({
  name,
  phase,
  createdSeconds: 0,
  requests: { cpu: 8, memory: 1000 },
});
const waiting = (podName: string, value: number, extra: Record<string, string> = {}): Sample => [
  { __name__: "vllm:num_requests_waiting", namespace: "default", pod: podName, ...extra },
  value,
];

const SAMPLES: readonly Sample[] = [
  waiting("chat-1", 4),
  waiting("chat-2", 6),
  waiting("other-1", 50),
  [{ __name__: "gateway_queue_depth", namespace: "default", deployment: "chat" }, 7],
  [{ __name__: "gateway_queue_depth", namespace: "elsewhere", deployment: "chat" }, 100],
];

const ADAPTER: readonly AdapterRule[] = [
  { as: "queue_per_pod", query: "sum by (pod) (vllm:num_requests_waiting) * 2" },
  { as: "queue_total", query: "sum(vllm:num_requests_waiting)" },
  { as: "five", query: "5" },
];

const source = createMetricSource({
  metrics: { scrapeIntervalSeconds: 15, adapter: ADAPTER, cpuUtilization: 0.5, memoryUtilization: 0.25 },
});
const context: MetricContext = {
  nowSeconds: 70,
  startEpochSeconds: 1_000_000,
  reader: seriesOf(SAMPLES),
  pods: [pod("chat-1"), pod("chat-2"), pod("chat-3", "Pending")],
  deployment: "chat",
  namespace: "default",
};
const answer = (request: MetricRequest) => source.answer(request, context);

describe("queries", () => {
  it("answers every element of the vector, with the age of the newest sample", () => {
    const result = answer({ name: "m", kind: "promql", query: "vllm:num_requests_waiting" });
    expect(result).toMatchObject({ ok: true, ageSeconds: 10, elements: [{ value: 4 }, { value: 6 }, { value: 50 }] });
  });

  it("marks scalars", () => {
    expect(answer({ name: "m", kind: "promql", query: "2 * 3" })).toEqual({ ok: true, scalar: true, elements: [{ labels: {}, value: 6 }] });
  });

  it("answers no data with no elements, which is no error", () => {
    expect(answer({ name: "m", kind: "promql", query: "vllm:num_requests_running" })).toEqual({ ok: true, elements: [] });
  });

  it.each([
    { query: "sum(", because: "it does not parse" },
    { query: "vllm:num_requests_waiting[5m]", because: "it is a range" },
    { query: "vllm:num_requests_waiting + on(namespace) vllm:num_requests_waiting", because: "several series match one" },
  ])("answers $query with an error: $because", ({ query }) => {
    expect(answer({ name: "m", kind: "promql", query })).toMatchObject({ ok: false });
  });
});

describe("resource metrics", () => {
  it("are the scenario's share of what a running pod requests", () => {
    expect(answer({ name: "m", kind: "resource", resource: "cpu" })).toMatchObject({
      ok: true,
      windowSeconds: 15,
      ageSeconds: 10,
      elements: [
        { pod: "chat-1", value: 4 },
        { pod: "chat-2", value: 4 },
      ],
    });
    expect(answer({ name: "m", kind: "resource", resource: "memory" })).toMatchObject({ elements: [{ value: 250 }, { value: 250 }] });
  });

  it("do not exist for GPUs, as metrics-server knows none", () => {
    expect(answer({ name: "m", kind: "resource", resource: "nvidia.com/gpu" })).toMatchObject({ ok: false });
  });
});

describe("custom metrics", () => {
  const perPod = [
    { pod: "chat-1", value: 4, labels: { pod: "chat-1" } },
    { pod: "chat-2", value: 6, labels: { pod: "chat-2" } },
  ];

  it("have one value for each pod of the target that exports the series", () => {
    expect(answer({ name: "m", kind: "pods", metric: "vllm:num_requests_waiting" })).toEqual({
      ok: true,
      ageSeconds: 10,
      elements: perPod,
    });
  });

  it("understand the names that Google's adapter gives them", () => {
    expect(answer({ name: "m", kind: "pods", metric: "prometheus.googleapis.com|vllm:num_requests_waiting|gauge" })).toMatchObject({
      elements: perPod,
    });
  });

  it("sum the series of one pod, as the adapter's default rule does", () => {
    const reader = seriesOf([waiting("chat-1", 4, { model_name: "a" }), waiting("chat-1", 5, { model_name: "b" })]);
    expect(source.answer({ name: "m", kind: "pods", metric: "vllm:num_requests_waiting" }, { ...context, reader })).toMatchObject({
      elements: [{ pod: "chat-1", value: 9 }],
    });
  });

  it.each([
    { order: ["chat-1", "chat-2"], because: "one series each, in the order of the pods, needs no search" },
    { order: ["chat-2", "chat-1"], because: "series come in the order in which they began" },
  ])("come in the order of the pods when the series come as $order: $because", ({ order }) => {
    const reader = seriesOf(order.map((name) => waiting(name, name === "chat-1" ? 4 : 6)));
    const pods = [pod("chat-1"), pod("chat-2")];
    expect(source.answer({ name: "m", kind: "pods", metric: "vllm:num_requests_waiting" }, { ...context, pods, reader })).toMatchObject({
      elements: perPod,
    });
  });

  it("do not take one pod's second series for another pod's only one", () => {
    const reader = seriesOf([waiting("chat-1", 4, { model_name: "a" }), waiting("chat-1", 5, { model_name: "b" })]);
    const pods = [pod("chat-1"), pod("chat-2")];
    expect(source.answer({ name: "m", kind: "pods", metric: "vllm:num_requests_waiting" }, { ...context, pods, reader })).toMatchObject({
      elements: [{ pod: "chat-1", value: 9 }],
    });
  });

  it("obey a selector", () => {
    expect(answer({ name: "m", kind: "pods", metric: "vllm:num_requests_waiting", selector: { pod: "chat-2" } })).toMatchObject({
      elements: [{ pod: "chat-2" }],
    });
  });

  it("come from the adapter's rule of that name where there is one", () => {
    expect(answer({ name: "m", kind: "pods", metric: "queue_per_pod" })).toMatchObject({ elements: [{ value: 8 }, { value: 12 }] });
  });

  it("cannot be a scalar, which belongs to no pod", () => {
    expect(answer({ name: "m", kind: "pods", metric: "five" })).toMatchObject({ ok: false });
  });
});

describe("object and external metrics", () => {
  const object = { kind: "Service", name: "chat" };

  it("sum an object's series of the namespace to one value", () => {
    expect(answer({ name: "m", kind: "object", metric: "gateway_queue_depth", object })).toEqual({
      ok: true,
      ageSeconds: 10,
      elements: [{ labels: {}, value: 7 }],
    });
    expect(answer({ name: "m", kind: "object", metric: "queue_total", object })).toMatchObject({ elements: [{ value: 60 }] });
  });

  it("leave an object without series without a value", () => {
    expect(answer({ name: "m", kind: "object", metric: "gateway_rejected_total", object })).toEqual({ ok: true, elements: [] });
  });

  it("hand every external series to the reader, who sums", () => {
    expect(answer({ name: "m", kind: "external", metric: "vllm:num_requests_waiting" })).toMatchObject({
      elements: [{ value: 4 }, { value: 6 }, { value: 50 }],
    });
  });
});

describe("series that are read", () => {
  it.each([
    { request: { name: "m", kind: "promql", query: "a / b" }, series: ["a", "b"] },
    { request: { name: "m", kind: "promql", query: '{pod="x"}' }, series: undefined },
    { request: { name: "m", kind: "promql", query: "sum(" }, series: [] },
    { request: { name: "m", kind: "resource", resource: "cpu" }, series: [] },
    { request: { name: "m", kind: "external", metric: "queue_total" }, series: ["vllm:num_requests_waiting"] },
    { request: { name: "m", kind: "pods", metric: "prometheus.googleapis.com|up|gauge" }, series: ["up"] },
  ] as const)("of $request are $series", ({ request, series }) => {
    expect(source.series(request)).toEqual(series);
  });
});
