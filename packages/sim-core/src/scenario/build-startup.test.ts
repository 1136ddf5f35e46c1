import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { PodLifecycleConfig } from "../cluster/config.ts";
import { expectedEngineStartSeconds } from "../cluster/durations.ts";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { type BuildResult, buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";
import { STARTUP_PRESETS } from "./startup-presets.ts";

/** Two deployments of weights of 138 GB, on nodes of 8 GPUs. */
function build(startup: string, other = "{}"): BuildResult | { readonly ok: false; readonly issues: readonly Issue[] } {
  const parsed = parseScenario(
    `replicast: 1
name: starts
duration: 1h
traffic:
  - { name: people, deployment: chat, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
  - { name: other, deployment: code, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
deployments:
  - { name: chat, model: llama-2-70b_h100_tp4, replicas: 2, startup: ${startup} }
  - { name: code, model: llama-2-70b_h100_tp4, replicas: 2, startup: ${other} }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2, network: 10GB/s }
policies:
  - { name: two, deployments: { chat: { kind: constant }, code: { kind: constant } } }
slo: { ttft: "p(95)<2s" }
`,
    "starts.yaml",
  );
  if (!parsed.ok) return parsed;
  return buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: null }),
  });
}

function lifecycleOf(startup: string): PodLifecycleConfig {
  const result = build(startup);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan.cluster.deployments[0]?.lifecycle as PodLifecycleConfig;
}

function refusal(startup: string, other?: string): { readonly codes: readonly string[]; readonly text: string } {
  const result = build(startup, other);
  if (result.ok) throw new Error("accepted");
  return {
    codes: result.issues.map(({ code }) => code),
    text: result.issues.map((issue) => Object.values(describeIssue(issue)).join(" ")).join("\n"),
  };
}

const constant = (value: number) => ({ kind: "constant", value });

describe("a start written part by part", () => {
  it("gives bytes, bandwidths and times to the cluster", () => {
    const lifecycle = lifecycleOf(
      `{ pull: { bytes: 10GB, bandwidth: 500MB/s, shared: { name: registry, bandwidth: 1GB/s }, unpack: 100MB/s }, container: 20s,
         load: { source: sharedFileSystem, bandwidth: 2GB/s, shared: { name: models, bandwidth: 5GB/s }, nodeCopy: 10GB/s },
         compile: 50s, compileCached: 8s, capture: 16s }`,
    );
    expect(lifecycle).toMatchObject({
      image: { bytes: 1e10, bytesPerSecond: 5e8, shared: { name: "registry", bytesPerSecond: 1e9 }, unpackBytesPerSecond: 1e8 },
      containerSeconds: constant(20),
      weights: {
        source: "sharedFileSystem",
        bytesPerSecond: 2e9,
        shared: { name: "models", bytesPerSecond: 5e9 },
        nodeCopyBytesPerSecond: 1e10,
      },
      compileSeconds: constant(50),
      compileCachedSeconds: constant(8),
      captureSeconds: constant(16),
      warmUpSeconds: constant(0),
    });
    // weights of a 70B at 16 bits, over the pod's own share of the file system, or from the copy on the node
    const bytes = lifecycle.weights?.bytes as number;
    expect(bytes).toBeGreaterThan(137e9);
    expect(expectedEngineStartSeconds(lifecycle, "newNode")).toBeCloseTo(20 + bytes / 2e9 + 50 + 16, 9);
    expect(expectedEngineStartSeconds(lifecycle, "usedNode")).toBeCloseTo(20 + bytes / 1e10 + 8 + 16, 9);
  });

  it("keeps the usual 45 s of warm-up where neither compilation nor graphs stand apart", () => {
    expect(lifecycleOf("{ load: 30s }").warmUpSeconds).toEqual(constant(45));
  });

  it.each([
    {
      load: "{ source: objectStore, bandwidth: 1GB/s }",
      code: "load_needs_node_copy",
      because: "what is downloaded is read from somewhere",
    },
    { load: "{ source: streaming, bandwidth: 1GB/s, nodeCopy: 1GB/s }", code: "load_key_without_effect", because: "streams leave no copy" },
    { load: "{ bandwidth: 1GB/s, nodeCopy: 1GB/s }", code: "load_key_without_effect", because: "without a source there are no bytes" },
    { load: "{ source: streaming, bandwidth: 1GB/s, fixed: 3s }", code: "load_key_without_effect", because: "parts stand apart there" },
    {
      load: "{ source: localDisk, bandwidth: 1GB/s, shared: { name: a, bandwidth: 1GB/s } }",
      code: "load_key_without_effect",
      because: "a node's own disk is no common source",
    },
    { load: "{ source: streaming, bandwidth: 0 }", code: "too_small", because: "weights would never come" },
  ])("is refused with $code: $because", ({ load, code }) => {
    const { codes, text } = refusal(`{ load: ${load} }`);
    expect(codes).toEqual([code]);
    expect(text).not.toContain("undefined");
  });

  it("is refused when a base image is larger than what is built from it, or has two sizes", () => {
    const pull = (bytes: string) => `{ pull: { bytes: 10GB, bandwidth: 1GB/s, base: { name: engine, bytes: ${bytes} } } }`;
    expect(lifecycleOf(pull("7GB")).image?.base).toEqual({ name: "engine", bytes: 7e9 });
    expect(refusal(pull("11GB"))).toEqual({
      codes: ["base_larger_than_image"],
      text: expect.stringMatching(/engine"? has 11 GB, .* 10 GB/),
    });
    expect(refusal(pull("7GB"), pull("8GB"))).toEqual({
      codes: ["base_sizes_differ"],
      text: expect.stringMatching(/8 GB here and 7 GB where it is named first/),
    });
  });

  it("is refused when a name stands for two bandwidths", () => {
    const load = (bandwidth: string) => `{ load: { source: streaming, bandwidth: 1GB/s, shared: { name: s3, bandwidth: ${bandwidth} } } }`;
    const { codes, text } = refusal(load("5GB/s"), load("6GB/s"));
    expect(codes).toEqual(["shared_bandwidths_differ"]);
    expect(text).toMatch(/"?s3"? has 6 GB\/s here and 5 GB\/s where it is named first/);
  });
});

/** Seconds stand in a cell of their own. */
const isRow = (line: string, seconds: number): boolean =>
  [String(seconds), seconds.toFixed(1), seconds.toFixed(2)].some((text) => line.includes(`,${text},`));

describe("a measured start", () => {
  it("stands for the parts that the scenario leaves out", () => {
    const lifecycle = lifecycleOf("{ preset: llama-3-70b-4xh100-streamed, capture: 5s }");
    expect(lifecycle).toMatchObject({ containerSeconds: constant(39), compileSeconds: constant(15.9), captureSeconds: constant(5) });
    expect(lifecycle.weights?.source).toBe("streaming");
  });

  it("that does not exist is refused with those that do", () => {
    expect(refusal("{ preset: llama-3-70b-4xh100-steamed }").text).toContain("llama-3-70b-4xh100-streamed");
  });

  it.each(STARTUP_PRESETS.filter(({ totalSeconds }) => totalSeconds !== null))(
    "$id takes no longer than was measured in total: parts that overlap are not added",
    ({ id, totalSeconds, startup }) => {
      const lifecycle = lifecycleOf(`{ preset: ${id} }`);
      const { weights, image } = lifecycle;
      // a rate stands for the weights it was measured with, not for those of this deployment
      const bytes = id.startsWith("qwen3") ? 472e9 : id.startsWith("llama-3-70b") ? 141e9 : 16e9;
      const own = weights === undefined ? lifecycle : { ...lifecycle, weights: { ...weights, bytes } };
      const pulled = image === undefined ? 0 : image.bytes / image.bytesPerSecond + image.bytes / (image.unpackBytesPerSecond ?? Infinity);
      expect(startup).toBeDefined();
      expect(pulled + expectedEngineStartSeconds(own, "newNode")).toBeLessThanOrEqual((totalSeconds as number) * 1.01);
    },
  );

  it.skipIf(process.env["REPLICAST_DATA"] === undefined).each(STARTUP_PRESETS)(
    "$id is made of measured rows (needs cold-start/measured.csv in $REPLICAST_DATA)",
    ({ rows, source }) => {
      const lines = readFileSync(`${process.env["REPLICAST_DATA"]}/cold-start/measured.csv`, "utf8").split("\n");
      const [site = ""] = source.split(/[,\s]/);
      const own = lines.filter((line) => line.includes(site));
      // the starts of 24 pods stand in eight rows, and are a mean here
      if (site.startsWith("deanlorenz")) expect(own.length).toBeGreaterThanOrEqual(8);
      else
        for (const { what, seconds } of rows)
          expect(
            own.some((line) => isRow(line, seconds)),
            what,
          ).toBe(true);
    },
  );

  it.each(STARTUP_PRESETS)(
    "$id has a source, and its parts add up to no more than was measured in total",
    ({ id, rows, source, totalSeconds, startup }) => {
      expect(source).not.toBe("");
      expect(rows.length).toBeGreaterThan(0);
      if (!id.startsWith("qwen3") && !id.startsWith("llama-3-70b")) return;
      const bytes = id.startsWith("qwen3") ? 472e9 : 141e9;
      const written = lifecycleOf(`{ preset: ${id} }`);
      const lifecycle = { ...written, weights: { ...(written.weights as NonNullable<typeof written.weights>), bytes } };
      const seconds = expectedEngineStartSeconds(lifecycle, "newNode");
      const within = rows.find(({ what }) => what.startsWith("weights ready"))?.seconds ?? 0;
      const engine = rows.find(({ what }) => what.startsWith("init engine"))?.seconds ?? 0;
      expect(seconds).toBeCloseTo(39 + within + engine, 6);
      expect(seconds).toBeLessThan(totalSeconds as number);
      expect(seconds).toBeGreaterThan(0.75 * (totalSeconds as number));
      expect(startup.container).toEqual(constant(39));
    },
  );
});
