import type { EngineConfig, LatencyConfig } from "../config.ts";
import type { DecodeLine, LatencyModel, StepComposition } from "./contract.ts";
import { createCurveModel } from "./curve.ts";
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
  into.endContextTokens = Number.POSITIVE_INFINITY;
}

export function createDecodeLine(): DecodeLine {
  return { baseSeconds: 0, perContextTokenSeconds: 0, endContextTokens: Number.POSITIVE_INFINITY };
}

/** The latency model a configuration describes; its decode-only base times are computed once each. */
export function createLatencyModel(config: LatencyConfig): LatencyModel {
  if (config.kind === "table") return createTableModel(config);
  if (config.kind === "function") return createFunctionModel(config.latency);
  const model = createModel(config);
  const base: number[] = [];
  return { ...model, decodeBaseSeconds: (decodeSequences) => (base[decodeSequences] ??= model.decodeBaseSeconds(decodeSequences)) };
}

/** The latency model of an engine: with speculation, drafting takes part of every step in which some sequence decodes. */
export function createEngineLatency(config: { readonly latency: LatencyConfig; readonly engine: EngineConfig }): LatencyModel {
  const model = createLatencyModel(config.latency);
  const draftSeconds = config.engine.speculative?.draftOverheadSeconds ?? 0;
  if (draftSeconds === 0) return model;
  return {
    ...model,
    decodeBaseSeconds: (decodeSequences) => model.decodeBaseSeconds(decodeSequences) + draftSeconds,
    ...(model.decodeLine === undefined
      ? {}
      : {
          decodeLine: (decodeSequences: number, contextTokens: number, into: DecodeLine): void => {
            model.decodeLine?.(decodeSequences, contextTokens, into);
            into.baseSeconds += draftSeconds;
          },
        }),
    stepSeconds: (step) => model.stepSeconds(step) + (step.decodeSequences > 0 ? draftSeconds : 0),
  };
}

/** Of the forms whose base time depends on the number of sequences alone. */
function createModel(config: Extract<LatencyConfig, { kind: "linear" | "roofline" | "curve" }>): LatencyModel {
  if (config.kind === "linear") return createLinearModel(config);
  return config.kind === "curve" ? createCurveModel(config) : createRooflineModel(config);
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
