import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttentionTimes, LatencyConfig } from "../config.ts";
import { AttentionGrid } from "./attention-grid.ts";
import { createDecodeLine, createLatencyModel, createStepComposition, fillDecodeLine } from "./model.ts";

type Row = readonly [chunk: number, chunkContext: number, sequences: number, context: number, seconds: number];

function timesOf(rows: readonly Row[]): AttentionTimes {
  const column = (index: 0 | 1 | 2 | 3 | 4): readonly number[] => rows.map((row) => row[index]);
  return { chunkTokens: column(0), chunkContext: column(1), decodeSequences: column(2), decodeContext: column(3), seconds: column(4) };
}

/** Linear in everything, so that any interpolation must meet it. */
const plane = (chunk: number, chunkContext: number, sequences: number, context: number): number =>
  1e-6 + 2e-7 * chunk + 3e-9 * chunkContext + 5e-7 * sequences + 7e-9 * context;

const CONTEXTS: Readonly<Record<number, readonly number[]>> = { 0: [0], 1: [16, 64, 512], 8: [16, 100, 400], 64: [16, 512] };
/** Ragged: other contexts for every number of sequences, fewer of them beside long prompts. */
const RAGGED: readonly Row[] = [0, 32, 256].flatMap((chunk) =>
  (chunk === 0 ? [0] : [0, 128, 1024]).flatMap((chunkContext) =>
    (chunk === 0 ? [1, 8, 64] : chunk === 32 ? [0, 1, 8, 64] : [0, 1, 8]).flatMap((sequences) =>
      (CONTEXTS[sequences] as readonly number[]).map(
        (context): Row => [chunk, chunkContext, sequences, context, plane(chunk, chunkContext, sequences, context)],
      ),
    ),
  ),
);

const CONFIG: Extract<LatencyConfig, { kind: "table" }> = {
  kind: "table",
  layers: 4,
  stepOverheadSeconds: 0.001,
  requestOverheadSeconds: 0.01,
  perTokenSeconds: 1e-6,
  attention: timesOf(RAGGED),
  perLayer: { counts: [1, 100, 300], seconds: [1e-4, 2e-4, 8e-4] },
  perStep: { counts: [1, 300], seconds: [1e-5, 3e-5] },
  perSequence: { counts: [1, 64], seconds: [2e-4, 4e-4] },
};

const step = (decodeSequences: number, contextTokens: number, chunks: readonly (readonly [tokens: number, context: number])[] = []) => {
  const composition = { ...createStepComposition(4), decodeSequences, contextTokens, chunks: chunks.length };
  chunks.forEach(([tokens, context], i) => {
    composition.chunkTokens[i] = tokens;
    composition.chunkContext[i] = context;
    composition.promptTokens += tokens;
  });
  return composition;
};

describe("attention grid", () => {
  it("meets every profiled point, in whatever order the rows come", () => {
    const grid = new AttentionGrid(timesOf([...RAGGED].reverse()));
    for (const [chunk, chunkContext, sequences, context, seconds] of RAGGED)
      expect(grid.at(chunk, chunkContext, sequences, context)).toBeCloseTo(seconds, 15);
  });

  it("meets a plane between the points and beyond them, wherever sequences decode", () => {
    const grid = new AttentionGrid(timesOf(RAGGED));
    fc.assert(
      fc.property(fc.nat(600), fc.nat(3000), fc.integer({ min: 1, max: 100 }), fc.nat(2000), (chunk, chunkContext, sequences, context) => {
        // below chunk 32 nothing was profiled with a context before the chunk
        fc.pre(chunk >= 32);
        expect(grid.at(chunk, chunkContext, sequences, context)).toBeCloseTo(plane(chunk, chunkContext, sequences, context), 12);
      }),
    );
  });

  it("interpolates halfway between two chunks", () => {
    const grid = new AttentionGrid(
      timesOf([
        [0, 0, 1, 16, 1e-5],
        [0, 0, 1, 32, 1e-5],
        [100, 0, 0, 0, 9e-5],
      ]),
    );
    expect(grid.at(50, 0, 0, 0)).toBeCloseTo(5e-5, 12);
  });
});

describe("kernel-profile table", () => {
  const model = createLatencyModel(CONFIG);

  it("adds up layers, once-per-step kernels, sequences, tokens and overhead", () => {
    const attention = plane(256, 128, 8, 100);
    const tokens = 264;
    const perLayer = 2e-4 + ((8e-4 - 2e-4) * (tokens - 100)) / 200;
    const perStep = 1e-5 + (2e-5 * (tokens - 1)) / 299;
    const perSequence = 2e-4 + (2e-4 * 8) / 63;
    const expected = 0.001 + 1e-6 * tokens + 4 * (attention + perLayer) + perStep + perSequence;
    expect(model.stepSeconds(step(8, 800, [[256, 128]]))).toBeCloseTo(expected, 12);
  });

  it("adds each further prompt chunk by what it costs beside the decoding sequences", () => {
    const one = model.stepSeconds(step(8, 800, [[32, 0]]));
    const rest = createLatencyModel({ ...CONFIG, attention: timesOf(RAGGED.map(([a, b, c, d]): Row => [a, b, c, d, 0])) });
    const attentionOf = (chunks: readonly (readonly [number, number])[]): number =>
      (model.stepSeconds(step(8, 800, chunks)) - rest.stepSeconds(step(8, 800, chunks))) / 4;
    expect(
      attentionOf([
        [32, 0],
        [32, 0],
      ]),
    ).toBeCloseTo(2 * plane(32, 0, 8, 100) - plane(0, 0, 8, 100), 12);
    expect(one).toBeGreaterThan(model.stepSeconds(step(8, 800)));
  });

  it("follows the pieces of decode-only steps: each line holds to the next profiled context, and they meet there", () => {
    const bent = createLatencyModel({
      ...CONFIG,
      attention: timesOf([
        [0, 0, 1, 16, 1e-5],
        [0, 0, 1, 100, 2e-5],
        [0, 0, 1, 200, 9e-5],
        [0, 0, 2, 16, 1e-5],
        [0, 0, 2, 100, 2e-5],
        [0, 0, 2, 200, 9e-5],
      ]),
    });
    const line = createDecodeLine();
    fillDecodeLine(bent, 2, 150, line);
    expect(line.endContextTokens).toBe(200); // 100 tokens each
    const before = line.baseSeconds + line.perContextTokenSeconds * 200;
    fillDecodeLine(bent, 2, 200, line);
    expect(line.baseSeconds + line.perContextTokenSeconds * 200).toBeCloseTo(before, 15);
    expect(line.perContextTokenSeconds).toBeCloseTo((4 * 7e-7) / 2, 15);
    expect(line.endContextTokens).toBe(Number.POSITIVE_INFINITY);
  });

  it("never lets a series of steps speed up, whatever the noise of the profile", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e-3, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        (noise, sequences) => {
          const rows = noise.map((seconds, i): Row => [0, 0, i < 3 ? 1 : 16, [16, 64, 256][i % 3] as number, seconds]);
          const noisy = createLatencyModel({ ...CONFIG, attention: timesOf(rows) });
          const times = [1, 10, 20, 60, 100, 300, 900].map((context) => noisy.stepSeconds(step(sequences, context * sequences)));
          times.forEach((seconds, i) => {
            if (i > 0) expect(seconds).toBeGreaterThanOrEqual((times[i - 1] as number) - 1e-12);
          });
        },
      ),
    );
  });
});

describe("a latency function", () => {
  it("is taken as it is, affine or not", () => {
    const stepSeconds = ({ decodeSequences, contextTokens }: { decodeSequences: number; contextTokens: number }): number =>
      0.01 + 1e-4 * decodeSequences + 1e-7 * contextTokens;
    const affine = createLatencyModel({
      kind: "function",
      latency: { name: "own", stepSeconds, perContextTokenSeconds: 1e-7, requestOverheadSeconds: 0.5 },
    });
    expect(affine.decodeBaseSeconds(10) + 1e-7 * 9000).toBeCloseTo(affine.stepSeconds(step(10, 9000)), 15);
    expect(affine.requestOverheadSeconds).toBe(0.5);
    expect(createLatencyModel({ kind: "function", latency: { name: "own", stepSeconds } }).perContextTokenSeconds).toBeUndefined();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("is refused when it answers %d", (seconds) => {
    const model = createLatencyModel({ kind: "function", latency: { name: "own", stepSeconds: () => seconds } });
    expect(() => model.stepSeconds(step(1, 10))).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ code: "latency_function_result" })] }),
    );
  });
});
