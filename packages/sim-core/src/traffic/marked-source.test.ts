import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestRecord, type RequestSource } from "../domain/request.ts";
import { createStreams } from "../random/streams.ts";
import type { StreamMarks } from "./config.ts";
import { markSource } from "./marked-source.ts";
import { mergeSources } from "./merge.ts";
import { openTraceSource, type TraceConfig } from "./trace-source.ts";
import { traceFromText } from "./trace-text.ts";

interface Row {
  readonly output: number;
  readonly priority: number;
  readonly namespace: number;
  readonly unitTokens: number;
  readonly ids: readonly number[];
}

function sourceOf(
  text: string,
  marks: StreamMarks & { readonly spreadSeconds?: number; readonly hashTokens?: number } = {},
): RequestSource {
  const config: TraceConfig = {
    kind: "trace",
    name: "t",
    deployment: "d",
    file: "t",
    speed: 1,
    offsetSeconds: 0,
    spreadSeconds: 0,
    ...marks,
  };
  const streams = createStreams("1");
  return markSource(openTraceSource(config, traceFromText(text), 1e6, { namespace: 3 }), marks, () => streams.get("prefix/t"), 7);
}

function rowsOf(source: { next(into: ReturnType<typeof createRequestRecord>): boolean | number }): readonly Row[] {
  const record = createRequestRecord();
  const rows: Row[] = [];
  for (let next = source.next(record); next === true || (typeof next === "number" && next >= 0); next = source.next(record)) {
    const { namespace, unitTokens, count, ids } = record.prefix;
    rows.push({ output: record.outputTokens, priority: record.priority, namespace, unitTokens, ids: [...ids.subarray(0, count)] });
  }
  return rows;
}

const line = (timestamp: number, output: number, more: object): string =>
  `${JSON.stringify({ timestamp, input_length: 2000, output_length: output, ...more })}\n`;
const MOONCAKE = line(0, 10, { hash_ids: [0, 1, 2, 3] }) + line(0, 20, { hash_ids: [0, 4] }) + line(3000, 30, { hash_ids: [] });

describe("what a stream says of its requests", () => {
  it.each([
    { spreadSeconds: 0, because: "row by row" },
    { spreadSeconds: 3, because: "spread over batches" },
  ])("is a trace's hash ids, $because", ({ spreadSeconds }) => {
    const rows = rowsOf(sourceOf(MOONCAKE, { spreadSeconds }));
    expect(rows.map(({ ids }) => ids)).toEqual([[0, 1, 2, 3], [0, 4], []]);
    expect(rows.map(({ namespace, unitTokens }) => [namespace, unitTokens]).slice(0, 2)).toEqual([
      [3, 512],
      [3, 512],
    ]);
    expect(rowsOf(sourceOf(MOONCAKE, { spreadSeconds, hashTokens: 64 }))[0]?.unitTokens).toBe(64);
  });

  it("is a trace's priority, or the stream's where the trace has none", () => {
    const csv = "arrival_s,input_tokens,output_tokens,priority\n0,1,1,-2\n1,1,1,5\n";
    expect(rowsOf(sourceOf(csv, { priority: 9 })).map(({ priority }) => priority)).toEqual([-2, 5]);
    expect(rowsOf(sourceOf(MOONCAKE, { priority: 9 })).map(({ priority }) => priority)).toEqual([9, 9, 9]);
    expect(rowsOf(sourceOf(MOONCAKE)).map(({ priority }) => priority)).toEqual([0, 0, 0]);
  });

  it("is an end of answers after some tokens", () => {
    expect(rowsOf(sourceOf(MOONCAKE, { maxOutputTokens: 15 })).map(({ output }) => output)).toEqual([10, 15, 15]);
  });

  it("is a beginning shared by the requests of a group, all groups equally likely, in place of hash ids", () => {
    const text = Array.from({ length: 4000 }, (_, i) => line(i, 1, { hash_ids: [1, 2] })).join("");
    const rows = rowsOf(sourceOf(text, { prefix: { tokens: 300, groups: 4 } }));
    expect(new Set(rows.map(({ unitTokens, namespace }) => `${unitTokens}/${namespace}`))).toEqual(new Set(["300/7"]));
    const counts = [0, 1, 2, 3].map((group) => rows.filter(({ ids }) => ids.length === 1 && ids[0] === group).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4000);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it("survives merging, saving and restoring", () => {
    fc.assert(
      fc.property(fc.nat(5), (taken) => {
        const open = () => mergeSources([sourceOf(MOONCAKE), sourceOf(MOONCAKE, { priority: 4 })]);
        const whole = rowsOf(open());
        expect(whole.map(({ priority }) => priority)).toEqual([0, 0, 4, 4, 0, 4]);
        const first = open();
        const record = createRequestRecord();
        for (let i = 0; i < taken; i++) first.next(record);
        const second = open();
        second.restore(JSON.parse(JSON.stringify(first.save())));
        // an empty list of ids leaves the namespace of the one before, which says nothing
        const known = ({ ids, ...row }: Row): object =>
          ids.length === 0 ? { output: row.output, priority: row.priority } : { ids, ...row };
        expect(rowsOf(second).map(known)).toEqual(whole.slice(taken).map(known));
      }),
    );
  });
});
