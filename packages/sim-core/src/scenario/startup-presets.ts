import type { StartupSpec } from "./spec.ts";

/** One measured part of a start. */
export interface MeasuredPart {
  readonly what: string;
  readonly seconds: number;
}

/** A measured start: the parts it gives, and the rows they are made of. Rows that overlap others are never added to them. */
export interface StartupPreset {
  readonly id: string;
  readonly measured: string;
  readonly source: string;
  readonly rows: readonly MeasuredPart[];
  /** Start of the container to the end of the warm-up as the source measured it in total, seconds; null where it did not. */
  readonly totalSeconds: number | null;
  /** What of it is not measured, or measured otherwise than it is used. */
  readonly remarks: string;
  readonly startup: Omit<StartupSpec, "preset">;
}

const RAY = "anyscale/ray-serve-llm-perf-examples, replica_initialization";
const RAY_START = { what: "Ray and process start (read from a bar chart, ±3 s)", seconds: 39 };
const RAY_REMARKS = "warmUp is the engine's initialisation less its compilation and graphs; the total is read from a bar chart, ±3 s";
const TENSORFUSE = "tensorfuse.io, Reducing GPU cold start, September 2025";
const constant = (value: number) => ({ kind: "constant", value }) as const;

/** Bytes of all weights, 16 bits a parameter, as the sources state them. */
const LLAMA_8B = 16e9;
const LLAMA_70B = 141e9;
const QWEN3_235B = 472e9;

/** Pods of Llama 3.1 8B, created to Ready, seconds, ascending. @see deanlorenz/llm-d-workload-variant-autoscaler, branches benchmark and autoscaling-viz */
const SHARED_VOLUME_STARTS = [
  62, 62, 63, 63, 63, 63, 72, 78, 78, 78, 78, 79, 79, 79, 92, 92, 93, 94, 94, 94, 95, 95, 95, 104,
] as const; // biome-ignore format: one list

export const STARTUP_PRESETS: readonly StartupPreset[] = [
  {
    id: "llama-3.1-8b-l40s-first-start",
    measured: "Llama 3.1 8B on an L40S, vLLM, nothing cached",
    source: TENSORFUSE,
    rows: [
      { what: "imports and engine init", seconds: 94 },
      { what: "weights download", seconds: 61 },
      { what: "weights load", seconds: 33 },
      { what: "dynamo transform", seconds: 10 },
      { what: "graph compile", seconds: 42 },
      { what: "CUDA graph capture", seconds: 54 },
    ],
    totalSeconds: 294,
    remarks: "all of imports and engine init is placed before the weights",
    startup: {
      container: constant(94),
      load: { source: "objectStore", bandwidth: LLAMA_8B / 61, nodeCopy: LLAMA_8B / 33 },
      compile: constant(10 + 42),
      capture: constant(54),
      warmUp: constant(0),
    },
  },
  {
    id: "llama-3.1-8b-l40s-all-cached",
    measured: "Llama 3.1 8B on an L40S, vLLM, weights and compilation on a volume, 8 graph sizes",
    source: TENSORFUSE,
    rows: [
      { what: "imports and engine init", seconds: 34 },
      { what: "weights load", seconds: 18 },
      { what: "dynamo transform", seconds: 10 },
      { what: "graph compile", seconds: 13 },
      { what: "CUDA graph capture", seconds: 7 },
    ],
    totalSeconds: 82,
    remarks: "all of imports and engine init is placed before the weights",
    startup: {
      container: constant(34),
      load: { source: "localDisk", bandwidth: LLAMA_8B / 18 },
      compile: constant(10 + 13),
      capture: constant(7),
      warmUp: constant(0),
    },
  },
  {
    id: "llama-3.1-8b-h100-shared-volume",
    measured: "Llama 3.1 8B on an H100, vLLM 0.20.2 eager, image on the node, 24 pods",
    source: "deanlorenz/llm-d-workload-variant-autoscaler, branches benchmark and autoscaling-viz",
    rows: [{ what: "pod created to ready: 62 to 104 s over 24 pods, sampled every 16 s; mean", seconds: 81 }],
    totalSeconds: 81,
    remarks: "one part for the whole start; the wait for a probe, which the pods' times contain, comes on top",
    startup: {
      schedule: 0,
      pull: constant(0),
      load: {
        kind: "quantiles",
        points: SHARED_VOLUME_STARTS.map((seconds, index) => [index / (SHARED_VOLUME_STARTS.length - 1), seconds] as const),
      },
      warmUp: constant(0),
    },
  },
  {
    id: "llama-3.1-8b-in-image",
    measured: "Llama 3.1 8B inside an image of 20.2 GB, overlayfs",
    source: "bentoml.com, Cold-starting LLMs on Kubernetes in under 30 seconds",
    rows: [
      { what: "image pull (5 to 6 min)", seconds: 330 },
      { what: "image layer extract (3 to 4 min)", seconds: 210 },
      { what: "config and start (about 2 min)", seconds: 120 },
    ],
    totalSeconds: 600,
    remarks:
      "the total is stated as about 10 min and contains the pull; the lower ends of the stated ranges add up to it, their middles to more",
    startup: {
      pull: { bytes: 20.2e9, bandwidth: 20.2e9 / 300, unpack: 20.2e9 / 180 },
      load: constant(0),
      warmUp: constant(120),
    },
  },
  {
    id: "llama-3-70b-4xh100-hub",
    measured: "Llama 3 70B on 4 H100, vLLM under Ray, weights from the Hugging Face Hub, compiled anew",
    source: RAY,
    rows: [
      RAY_START,
      { what: "weights ready (download + load)", seconds: 213.5 },
      { what: "of that, weights load only", seconds: 16.2 },
      { what: "torch.compile, cold", seconds: 61 },
      { what: "CUDA graph capture", seconds: 16 },
      { what: "init engine, compilation and graphs included", seconds: 91.7 },
    ],
    totalSeconds: 359,
    remarks: RAY_REMARKS,
    startup: {
      container: constant(39),
      load: { source: "objectStore", bandwidth: LLAMA_70B / (213.5 - 16.2), nodeCopy: LLAMA_70B / 16.2 },
      compile: constant(61),
      capture: constant(16),
      warmUp: constant(91.7 - 61 - 16),
    },
  },
  {
    id: "llama-3-70b-4xh100-streamed",
    measured: "Llama 3 70B on 4 H100, vLLM under Ray, streamed from S3 in shards, compilation cached in S3",
    source: RAY,
    rows: [
      RAY_START,
      { what: "weights ready (stream), sharded", seconds: 26.5 },
      { what: "torch.compile, cache from S3", seconds: 15.9 },
      { what: "CUDA graph capture", seconds: 16 },
      { what: "init engine, compilation and graphs included", seconds: 41.4 },
    ],
    totalSeconds: 132,
    remarks: RAY_REMARKS,
    startup: {
      container: constant(39),
      load: { source: "streaming", bandwidth: LLAMA_70B / 26.5 },
      compile: constant(15.9),
      capture: constant(16),
      warmUp: constant(41.4 - 15.9 - 16),
    },
  },
  {
    id: "qwen3-235b-8xh100-hub",
    measured: "Qwen3 235B A22B on 8 H100, vLLM under Ray, weights from the Hugging Face Hub, compiled anew",
    source: RAY,
    rows: [
      RAY_START,
      { what: "weights ready (download + load)", seconds: 757.6 },
      { what: "of that, weights load only", seconds: 32.4 },
      { what: "torch.compile, cold", seconds: 112.4 },
      { what: "CUDA graph capture", seconds: 44 },
      { what: "init engine, compilation and graphs included", seconds: 170.5 },
    ],
    totalSeconds: 1017,
    remarks: RAY_REMARKS,
    startup: {
      container: constant(39),
      load: { source: "objectStore", bandwidth: QWEN3_235B / (757.6 - 32.4), nodeCopy: QWEN3_235B / 32.4 },
      compile: constant(112.4),
      capture: constant(44),
      warmUp: constant(170.5 - 112.4 - 44),
    },
  },
  {
    id: "qwen3-235b-8xh100-streamed",
    measured: "Qwen3 235B A22B on 8 H100, vLLM under Ray, streamed from S3 in shards, compilation cached in S3",
    source: RAY,
    rows: [
      RAY_START,
      { what: "weights ready (stream), sharded", seconds: 76.7 },
      { what: "torch.compile, cache from S3", seconds: 22.7 },
      { what: "CUDA graph capture", seconds: 44 },
      { what: "init engine, compilation and graphs included", seconds: 87.5 },
    ],
    totalSeconds: 263,
    remarks: RAY_REMARKS,
    startup: {
      container: constant(39),
      load: { source: "streaming", bandwidth: QWEN3_235B / 76.7 },
      compile: constant(22.7),
      capture: constant(44),
      warmUp: constant(87.5 - 22.7 - 44),
    },
  },
];

export const STARTUP_PRESET_IDS: readonly string[] = STARTUP_PRESETS.map(({ id }) => id);

/** What the scenario states, completed by the preset it names: a key that is written wins over the preset's. */
export function withStartupPreset(startup: StartupSpec | undefined): StartupSpec | undefined {
  const preset = STARTUP_PRESETS.find(({ id }) => id === startup?.preset);
  return preset === undefined ? startup : { ...preset.startup, ...startup };
}
