import { describe, expect, it } from "vitest";
import { exportedNames, namesThatNeed } from "./catalogue.ts";
import { type DeploymentSample, type PodHistograms, type PodSample, Scraper } from "./scrape.ts";
import { SeriesStore } from "./series-store.ts";

function rig(reads: readonly string[]) {
  const store = new SeriesStore(600);
  const names = new Set(reads);
  const scraper = new Scraper(store, [{ namespace: "ns", name: "chat" }], (name) => names.has(name));
  const value = { running: 3, answers: true };
  const readPod = (_: number, into: PodSample, histograms: PodHistograms | undefined): boolean => {
    into.running = value.running;
    into.batches.executions = 5;
    into.batches.queueSeconds = 0.25;
    histograms?.ttft.reset();
    histograms?.ttft.add(0.03);
    histograms?.ttft.add(0.5);
    return value.answers;
  };
  const readDeployment = (_: number, into: DeploymentSample): void => {
    into.queueDepth = 7;
  };
  const series = (name: string) =>
    store.select([{ name: "__name__", op: "=", value: name }], -1, 1e9).map(({ labels, values, stale, from, to }) => ({
      labels,
      samples: Array.from(values.subarray(from, to)).map((sample, i) => (stale[from + i] === 1 ? "stale" : sample)),
    }));
  return { scraper, value, series, scrape: (at: number) => scraper.scrape(at, readPod, readDeployment) };
}

describe("a scrape", () => {
  it("writes Triton's series of a server of whole-request batches, in microseconds and with Triton's labels, and of no other", () => {
    const { scraper, series, scrape } = rig(["nv_inference_exec_count", "nv_inference_queue_duration_us"]);
    scraper.addPod(0, { namespace: "ns", pod: "vision-0", model: "resnet50", isBatchServer: true });
    scraper.addPod(1, { namespace: "ns", pod: "chat-0", model: "llama" });
    scrape(15);
    const labels = { namespace: "ns", pod: "vision-0", model: "resnet50", version: "1" };
    expect(series("nv_inference_exec_count")).toEqual([{ labels: { __name__: "nv_inference_exec_count", ...labels }, samples: [5] }]);
    expect(series("nv_inference_queue_duration_us")).toMatchObject([{ samples: [250_000] }]);
  });

  it("writes the series somebody reads, under their real names and labels, and no other", () => {
    const { scraper, series, scrape } = rig(["vllm:num_requests_running", "gateway_queue_depth"]);
    scraper.addPod(0, { namespace: "ns", pod: "chat-0", model: "llama" });
    scrape(15);
    expect(series("vllm:num_requests_running")).toEqual([
      { labels: { __name__: "vllm:num_requests_running", namespace: "ns", pod: "chat-0", model_name: "llama" }, samples: [3] },
    ]);
    expect(series("gateway_queue_depth")).toEqual([
      { labels: { __name__: "gateway_queue_depth", namespace: "ns", deployment: "chat" }, samples: [7] },
    ]);
    for (const name of exportedNames())
      if (!["vllm:num_requests_running", "gateway_queue_depth"].includes(name)) expect(series(name), name).toEqual([]);
  });

  it("writes cumulative histogram buckets with normalised bounds", () => {
    const { scraper, series, scrape } = rig(["vllm:time_to_first_token_seconds_bucket"]);
    scraper.addPod(0, { namespace: "ns", pod: "chat-0", model: "llama" });
    scrape(15);
    const byBound = new Map(series("vllm:time_to_first_token_seconds_bucket").map(({ labels, samples }) => [labels["le"], samples[0]]));
    expect([byBound.get("0.02"), byBound.get("0.04"), byBound.get("0.5"), byBound.get("1.0"), byBound.get("+Inf")]).toEqual([
      0, 1, 2, 2, 2,
    ]);
    expect(series("vllm:time_to_first_token_seconds_count")[0]?.samples).toEqual([2]);
  });

  it("ends the series of a target that stops answering, once, and begins them again when it answers", () => {
    const { scraper, value, series, scrape } = rig(["vllm:num_requests_running", "up"]);
    scraper.addPod(0, { namespace: "ns", pod: "chat-0", model: "llama" });
    scrape(15);
    value.answers = false;
    scrape(30);
    scrape(45);
    value.answers = true;
    scrape(60);
    expect(series("vllm:num_requests_running")[0]?.samples).toEqual([3, "stale", 3]);
    expect(series("up")[0]?.samples).toEqual([1, 0, 0, 1]);
  });

  it("ends the series of a pod that is gone at the next scrape", () => {
    const { scraper, series, scrape } = rig(["vllm:num_requests_running", "up"]);
    scraper.addPod(0, { namespace: "ns", pod: "chat-0", model: "llama" });
    scrape(15);
    scraper.removePod(0);
    scrape(30);
    scrape(45);
    expect(series("vllm:num_requests_running")[0]?.samples).toEqual([3, "stale"]);
    expect(series("up")[0]?.samples).toEqual([1, "stale"]);
  });
});

describe("an inference gateway's metrics", () => {
  const target = (flows: readonly { readonly name: string; readonly priority: number }[] | undefined) => ({
    namespace: "ns",
    name: "chat",
    pool: { model: "llama", flows, outcomes: ["Dispatched", "EvictedTTL"] },
  });
  const scrapeOf = (flows: Parameters<typeof target>[0]) => {
    const store = new SeriesStore(600);
    const scraper = new Scraper(store, [target(flows), { namespace: "ns", name: "plain" }], () => true);
    scraper.scrape(
      15,
      () => true,
      (deployment, into) => {
        if (deployment !== 0) return;
        Object.assign(into.pool, { saturation: 1.5, averageWaiting: 4, readyEndpoints: 2, inFlight: 31 });
        into.pool.flowSizes = [3, 40];
        into.pool.flowOutcomes = [
          [100, 0],
          [50, 7],
        ];
      },
    );
    return (name: string) =>
      store
        .select([{ name: "__name__", op: "=", value: name }], -1, 1e9)
        .map(({ labels, values, from }) => [{ ...labels, __name__: undefined }, values[from]] as const);
  };
  const flow = (fairness_id: string, priority: string) => ({
    namespace: "ns",
    inference_pool: "chat",
    model_name: "llama",
    target_model_name: "llama",
    fairness_id,
    priority,
  });

  it("carry the real names and labels, the old and the new ones alike", () => {
    const read = scrapeOf([
      { name: "people", priority: 0 },
      { name: "batch", priority: -1 },
    ]);
    for (const prefix of ["inference_extension", "llm_d_epp"]) {
      expect(read(`${prefix}_flow_control_queue_size`)).toEqual([
        [flow("people", "0"), 3],
        [flow("batch", "-1"), 40],
      ]);
      expect(read(`${prefix}_flow_control_pool_saturation`)).toEqual([[{ namespace: "ns", inference_pool: "chat" }, 1.5]]);
    }
    expect(read("llm_d_epp_flow_control_requests_total")).toContainEqual([{ ...flow("batch", "-1"), outcome: "EvictedTTL" }, 7]);
    expect(read("inference_pool_average_queue_size")).toEqual([[{ namespace: "ns", name: "chat" }, 4]]);
    expect(read("llm_d_epp_ready_endpoints")).toEqual([[{ namespace: "ns", name: "chat" }, 2]]);
    expect(read("inference_objective_running_requests")).toEqual([[{ namespace: "ns", model_name: "llama" }, 31]]);
  });

  it("are exported by no other gateway, and those of flow control only with it", () => {
    const read = scrapeOf(undefined);
    expect(read("llm_d_epp_flow_control_queue_size")).toEqual([]);
    expect(read("llm_d_epp_average_queue_size")).toEqual([[{ namespace: "ns", name: "chat" }, 4]]);
    for (const name of namesThatNeed("endpointMetrics")) expect(read(name), name).toHaveLength(1);
  });

  it("are all in the catalogue under what they need", () => {
    const read = scrapeOf([{ name: "people", priority: 0 }]);
    for (const name of namesThatNeed("flowControl")) expect(read(name).length, name).toBeGreaterThan(0);
  });
});
