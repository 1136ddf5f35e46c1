import { describe, expect, it } from "vitest";
import { exportedNames } from "./catalogue.ts";
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
