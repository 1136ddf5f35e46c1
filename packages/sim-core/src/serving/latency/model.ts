import type { LatencyConfig } from "../config.ts";
import type { DecodeLine, LatencyModel, StepComposition } from "./contract.ts";
import { createLinearModel } from "./linear.ts";
import { createRooflineModel } from "./roofline.ts";
import { createTableModel } from "./table.ts";
import { createFunctionModel } from "./user-function.ts";

export type { DecodeLine, LatencyModel, StepComposition, UserLatency } from "./contract.ts";

/** The line of decode-only steps from this composition on. */
export function fillDecodeLine(model: LatencyModel, decodeSequences: number, contextTokens: number, into: DecodeLine): void {
  if (model.decodeLine !== undefined) {
    model.decodeLine(decodeSequences, contextTokens, into);
    return;
  }
  into.baseSeconds = model.decodeBaseSeconds(decodeSequences);
  into.perContextTokenSeconds = model.perContextTokenSeconds as number;
  into.steps = Number.POSITIVE_INFINITY;
}

export function createDecodeLine(): DecodeLine {
  return { baseSeconds: 0, perContextTokenSeconds: 0, steps: Number.POSITIVE_INFINITY };
}

/** The latency model a configuration describes; its decode-only base times are computed once each. */
export function createLatencyModel(config: LatencyConfig): LatencyModel {
  if (config.kind === "table") return createTableModel(config);
  if (config.kind === "function") return createFunctionModel(config.latency);
  const model = config.kind === "linear" ? createLinearModel(config) : createRooflineModel(config);
  const base: number[] = [];
  return { ...model, decodeBaseSeconds: (decodeSequences) => (base[decodeSequences] ??= model.decodeBaseSeconds(decodeSequences)) };
}

/** An empty composition with room for `maxChunks` prompt chunks. */
export function createStepComposition(maxChunks: number): StepComposition {
  return {
    decodeSequences: 0,
    contextTokens: 0,
    chunks: 0,
    promptTokens: 0,
    promptTokenContext: 0,
    chunkTokens: new Float64Array(maxChunks),
    chunkContext: new Float64Array(maxChunks),
    chunkPrompt: new Float64Array(maxChunks),
  };
}
