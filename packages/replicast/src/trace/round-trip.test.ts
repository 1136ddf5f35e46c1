import type { Issue, TraceRow } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openFlow } from "./open-flow.ts";
import { collectRows, inBatches, memoryTrace, TRACE_MARKS, type TraceFlow, type TraceInput } from "./trace-flow.ts";
import { parquetPieces } from "./write-parquet.ts";
import { csvPieces, jsonPieces } from "./write-text.ts";

const nameArbitrary = fc.stringMatching(/^[a-z0-9][a-z0-9 ,"_-]{0,9}[a-z]$/);
const rowArbitrary = fc.record({
  micros: fc.integer({ min: 0, max: 1e12 }),
  promptTokens: fc.integer({ min: 1, max: 2_147_483_647 }),
  outputTokens: fc.integer({ min: 1, max: 100_000 }),
  model: nameArbitrary,
  session: nameArbitrary,
  tenant: nameArbitrary,
  priority: fc.integer({ min: -1000, max: 1000 }),
  complexity: fc.constantFrom(0, 0.25, 1),
  hashIds: fc.array(fc.nat(), { maxLength: 5 }),
});
const rowsArbitrary = fc
  .array(rowArbitrary, { minLength: 1, maxLength: 30 })
  .map((rows) =>
    rows
      .sort((a, b) => a.micros - b.micros)
      .map(({ micros, ...rest }, i): TraceRow => ({ line: i + 1, seconds: Math.round(micros) / 1e6, ...rest })),
  );

const WRITERS: Readonly<Record<string, (flow: TraceFlow) => Promise<TraceInput>>> = {
  csv: async (flow) => memoryTrace("t.csv", await textOf(csvPieces(flow))),
  jsonl: async (flow) => memoryTrace("t.jsonl", await textOf(jsonPieces(flow))),
  parquet: async (flow) => memoryTrace("t.parquet", await bytesOf(parquetPieces(flow))),
};

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[] = [];
  for await (const piece of pieces) for (const byte of piece) all.push(byte);
  return Uint8Array.from(all);
}

const withoutLine = ({ line: _, ...row }: TraceRow): Omit<TraceRow, "line"> => row;

describe("a trace that is written and read again", () => {
  it.each(["csv", "jsonl", "parquet"])("is the same trace with all its marks: %s", async (format) => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, async (rows) => {
        const input = await (WRITERS[format] as (typeof WRITERS)[string])({ format: "csv", marks: TRACE_MARKS, batches: inBatches(rows) });
        const flow = await openFlow(input, { spreadSeconds: 0 });
        expect(flow.format).toBe(format);
        expect(flow.marks).toEqual(TRACE_MARKS);
        expect((await collectRows(flow)).map(withoutLine)).toEqual(rows.map(withoutLine));
      }),
      { numRuns: 50 },
    );
  });

  it.each(["csv", "jsonl", "parquet"])("keeps rows without marks beside rows with them: %s", async (format) => {
    const rows: readonly TraceRow[] = [
      { line: 1, seconds: 0, promptTokens: 1, outputTokens: 2, complexity: 0.5, tenant: "a" },
      { line: 2, seconds: 1, promptTokens: 3, outputTokens: 4 },
    ];
    const input = await (WRITERS[format] as (typeof WRITERS)[string])({
      format: "csv",
      marks: ["tenant", "complexity"],
      batches: inBatches(rows),
    });
    const read = await collectRows(await openFlow(input));
    expect(read.map(({ tenant, complexity }) => [tenant, complexity])).toEqual([
      ["a", 0.5],
      [undefined, undefined],
    ]);
  });

  it("is the same over several row groups of Parquet, and tells the row of an issue", async () => {
    const rows = Array.from(
      { length: 150_000 },
      (_, i): TraceRow => ({ line: i + 1, seconds: i / 4, promptTokens: (i % 9000) + 1, outputTokens: i === 140_000 ? 0 : 7 }),
    );
    const input = await (WRITERS["parquet"] as (typeof WRITERS)[string])({ format: "csv", marks: [], batches: inBatches(rows) });
    const issues: Issue[] = [];
    const read = await collectRows(await openFlow(input, { report: (issue) => void issues.push(issue) }));
    expect(read.length).toBe(149_999);
    expect(read.at(-1)).toMatchObject({ line: 150_000, seconds: 149_999 / 4 });
    expect(issues).toMatchObject([{ code: "trace_bad_tokens", line: 140_001 }]);
  });
});
