import type { LatencyConfig, TimeCurve } from "../config.ts";
import { AttentionGrid } from "./attention-grid.ts";
import type { DecodeLine, LatencyModel, StepComposition } from "./contract.ts";

/** Decode-only attention of D sequences over their mean context, one piece after another: where it starts, and its line. */
interface DecodePieces {
  /** Context of one sequence at which each piece starts; the first is 0. */
  readonly from: Float64Array;
  readonly bases: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * Kernel-profile table: attention interpolated over prompt chunk, its context, decoding sequences and their mean context; all other
 * kernels over tokens or sequences. Decode-only steps are affine in K piece by piece, so they are fast-forwarded, too.
 * @see LLMServingSim, profiler: attention, dense and per-sequence layers; its times hold no host overhead and no communication
 */
export function createTableModel(config: Extract<LatencyConfig, { kind: "table" }>): LatencyModel {
  const grid = new AttentionGrid(config.attention);
  const pieces: DecodePieces[] = [];
  const bases: number[] = [];
  const { layers, stepOverheadSeconds, perTokenSeconds } = config;

  const piecesOf = (decodeSequences: number): DecodePieces => (pieces[decodeSequences] ??= createPieces(grid, decodeSequences));
  /** All but attention. */
  const restSeconds = (tokens: number, sequences: number): number =>
    stepOverheadSeconds +
    perTokenSeconds * tokens +
    layers * curveAt(config.perLayer, tokens) +
    curveAt(config.perStep, tokens) +
    curveAt(config.perSequence, sequences);
  const decodeBaseSeconds = (decodeSequences: number): number => (bases[decodeSequences] ??= restSeconds(decodeSequences, decodeSequences));

  const decodeLine = (decodeSequences: number, contextTokens: number, into: DecodeLine): void => {
    const { from, bases: starts, slopes } = piecesOf(decodeSequences);
    let piece = from.length - 1;
    // contexts grow from piece to piece; equality belongs to the later one
    while (piece > 0 && contextTokens < (from[piece] as number) * decodeSequences) piece--;
    into.baseSeconds = decodeBaseSeconds(decodeSequences) + layers * (starts[piece] as number);
    into.perContextTokenSeconds = (layers * (slopes[piece] as number)) / decodeSequences;
    into.endContextTokens = ((from[piece + 1] ?? Number.POSITIVE_INFINITY) as number) * decodeSequences;
  };

  const line = { baseSeconds: 0, perContextTokenSeconds: 0, endContextTokens: 0 };
  const stepSeconds = (step: StepComposition): number => {
    const { decodeSequences, contextTokens, chunks, promptTokens } = step;
    const context = decodeSequences > 0 ? contextTokens / decodeSequences : 0;
    let decodeAttention = 0;
    if (decodeSequences > 0) {
      decodeLine(decodeSequences, contextTokens, line);
      if (chunks === 0) return line.baseSeconds + line.perContextTokenSeconds * contextTokens;
      decodeAttention = (line.baseSeconds - decodeBaseSeconds(decodeSequences) + line.perContextTokenSeconds * contextTokens) / layers;
    }
    let attention = decodeAttention;
    for (let i = 0; i < chunks; i++) {
      const mixed = grid.at(step.chunkTokens[i] as number, step.chunkContext[i] as number, decodeSequences, context);
      attention += Math.max(0, mixed - decodeAttention);
    }
    return restSeconds(promptTokens + decodeSequences, decodeSequences + chunks) + layers * attention;
  };

  return {
    requestOverheadSeconds: config.requestOverheadSeconds,
    perContextTokenSeconds: 0,
    decodeBaseSeconds,
    decodeLine,
    stepSeconds,
  };
}

/**
 * Contexts below the first profiled one take its time; beyond the last it goes on as before. Where noise of the profile makes a longer
 * context faster, the shorter one's time is kept: a series of steps must not speed up.
 */
function createPieces(grid: AttentionGrid, decodeSequences: number): DecodePieces {
  const contexts = grid.decodeContexts(decodeSequences);
  let longest = 0;
  const times = contexts.map((context) => {
    longest = Math.max(longest, grid.at(0, 0, decodeSequences, context));
    return longest;
  });
  const from = new Float64Array(Math.max(1, contexts.length));
  const bases = new Float64Array(from.length);
  const slopes = new Float64Array(from.length);
  bases[0] = times[0] ?? 0;
  for (let i = 1; i < contexts.length; i++) {
    const left = contexts[i - 1] as number;
    const start = times[i - 1] as number;
    const slope = ((times[i] as number) - start) / ((contexts[i] as number) - left);
    from[i] = left;
    slopes[i] = slope;
    bases[i] = start - slope * left;
  }
  return { from, bases, slopes };
}

/** Linear between the points, and beyond them as between the nearest two; never below 0. */
function curveAt({ counts, seconds }: TimeCurve, count: number): number {
  if (counts.length < 2) return seconds[0] ?? 0;
  let low = 0;
  let high = counts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((counts[middle] as number) <= count) low = middle;
    else high = middle - 1;
  }
  const [left = 0, right = 1] = [counts[low], counts[low + 1]];
  const [start = 0, end = 0] = [seconds[low], seconds[low + 1]];
  return Math.max(0, start + ((end - start) * (count - left)) / (right - left));
}
