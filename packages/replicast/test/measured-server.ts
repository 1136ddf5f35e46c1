import {
  createLatencyModel,
  createStreams,
  type EngineConfig,
  GPU_SHEETS,
  type GpuSheet,
  MODEL_SHAPES,
  type ModelShape,
  replayRequests,
} from "@replicast/sim-core";
import type { FittedLatency } from "../src/calibrate/coefficients.ts";
import { type MeasuredRequests, measuredRequests } from "../src/calibrate/measured.ts";

/** The server of the tests. */
export const SERVER: {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  readonly gpusPerReplica: number;
  readonly engine: EngineConfig;
} = {
  model: MODEL_SHAPES["llama-3.1-8b"] as ModelShape,
  gpu: GPU_SHEETS["H100"] as GpuSheet,
  gpusPerReplica: 1,
  engine: {
    maxBatchedTokens: 2048,
    maxSequences: 64,
    kvBlocks: 26_000,
    blockTokens: 16,
    maxModelTokens: 32_768,
    warmUp: { factor: 1, requests: 1 },
  },
};

/** A run of the test server with known coefficients: Poisson arrivals, prompts of 100 to 1,500 tokens, answers of 20 to 300. */
export function simulateRun(
  latency: FittedLatency,
  requestsPerSecond: number,
  count: number,
  name = `rate ${requestsPerSecond}`,
): MeasuredRequests {
  const stream = createStreams(name).get("measured");
  const rows = { arrivalSeconds: new Float64Array(count), promptTokens: new Float64Array(count), outputTokens: new Float64Array(count) };
  let now = 0;
  for (let i = 0; i < count; i++) {
    // Gaps uniform in [0, 2) of their mean are irregular enough, and need no logarithm.
    now += (2 * stream.uniform()) / requestsPerSecond;
    rows.arrivalSeconds[i] = now;
    rows.promptTokens[i] = 100 + Math.floor(1400 * stream.uniform());
    rows.outputTokens[i] = 20 + Math.floor(280 * stream.uniform());
  }
  const { ttftSeconds, e2eSeconds } = replayRequests(rows, createLatencyModel(latency), SERVER.engine);
  return measuredRequests(
    name,
    Array.from({ length: count }, (_, i) => ({
      arrivalSeconds: rows.arrivalSeconds[i] as number,
      promptTokens: rows.promptTokens[i] as number,
      outputTokens: rows.outputTokens[i] as number,
      ttftSeconds: ttftSeconds[i] as number,
      e2eSeconds: e2eSeconds[i] as number,
    })),
  );
}
