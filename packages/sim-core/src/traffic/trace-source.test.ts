import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestRecord, type RequestRecord, type RequestSource } from "../domain/request.ts";
import { openTraceSource, type TraceConfig } from "./trace-source.ts";
import { traceFromText } from "./trace-text.ts";

const trace = (more: Partial<TraceConfig> = {}): TraceConfig => ({
  kind: "trace",
  name: "t",
  deployment: "d",
  file: "t.csv",
  speed: 1,
  offsetSeconds: 0,
  spreadSeconds: 0,
  ...more,
});
const csv = (rows: readonly (readonly number[])[]) =>
  `arrival_s,input_tokens,output_tokens\n${rows.map((row) => row.join(",")).join("\n")}\n`;

function collect(source: RequestSource, limit = Number.POSITIVE_INFINITY): number[][] {
  const all: number[][] = [];
  const record: RequestRecord = createRequestRecord();
  while (all.length < limit && source.next(record)) all.push([record.arrivalSeconds, record.promptTokens, record.outputTokens]);
  return all;
}

const rows = [
  [0, 1, 10],
  [5, 2, 20],
  [5, 3, 30],
  [8, 4, 40],
  [20, 5, 50],
];
const stamps = fc.array(fc.nat(20), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));

describe("openTraceSource", () => {
  it("replays rows at their times, up to but not at the horizon", () => {
    expect(collect(openTraceSource(trace(), traceFromText(csv(rows)), 100))).toEqual(rows);
    expect(collect(openTraceSource(trace(), traceFromText(csv(rows)), 8))).toEqual(rows.slice(0, 3));
  });

  it("skips the offset and divides what is left by the speed", () => {
    expect(collect(openTraceSource(trace({ offsetSeconds: 5, speed: 2 }), traceFromText(csv(rows)), 100))).toEqual([
      [0, 2, 20],
      [0, 3, 30],
      [1.5, 4, 40],
      [7.5, 5, 50],
    ]);
  });

  it("spreads rows that share a stamp evenly, in their order, over less where the next stamp comes sooner", () => {
    const batches = [
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 1],
      [3, 4, 1],
      [3, 5, 1],
      [4, 6, 1],
      [4, 7, 1],
    ];
    expect(collect(openTraceSource(trace({ spreadSeconds: 3 }), traceFromText(csv(batches)), 100)).map(([t]) => t)).toEqual([
      0, 1, 2, 3, 3.5, 4, 5.5,
    ]);
    expect(collect(openTraceSource(trace({ spreadSeconds: 3, speed: 2 }), traceFromText(csv(batches)), 100)).map(([t]) => t)).toEqual([
      0, 0.5, 1, 1.5, 1.75, 2, 2.75,
    ]);
  });

  it("keeps every row and the order when it spreads", () => {
    fc.assert(
      fc.property(stamps, fc.double({ min: 0.01, max: 10, noNaN: true }), (times, spreadSeconds) => {
        fc.pre(times.length > 0);
        const all = collect(openTraceSource(trace({ spreadSeconds }), traceFromText(csv(times.map((t, i) => [t, i + 1, 1]))), 1000));
        expect(all.map((row) => row[1])).toEqual(times.map((_, i) => i + 1));
        all.forEach(([seconds], i) => {
          const [stamp, before] = [times[i] as number, all[i - 1]?.[0] ?? 0];
          expect((seconds as number) >= stamp && (seconds as number) < stamp + spreadSeconds && (seconds as number) >= before).toBe(true);
        });
      }),
    );
  });

  it("continues identically when saved and restored after any request, through JSON", () => {
    fc.assert(
      fc.property(stamps, fc.nat(32), fc.constantFrom(0, 3), fc.constantFrom(0, 4), (times, position, spreadSeconds, offsetSeconds) => {
        fc.pre(times.length > 0);
        const create = () =>
          openTraceSource(trace({ spreadSeconds, offsetSeconds }), traceFromText(csv(times.map((t, i) => [t, i + 1, 1]))), 15);
        const source = create();
        collect(source, position);
        const state = JSON.stringify(source.save());
        const other = create();
        collect(other, 3);
        other.restore(JSON.parse(state));
        expect(collect(other)).toEqual(collect(source));
      }),
    );
  });

  it("says so when the file has become shorter since the state was saved", () => {
    const source = openTraceSource(trace(), traceFromText(csv(rows)), 100);
    collect(source);
    expect(() => openTraceSource(trace(), traceFromText(csv(rows.slice(0, 2))), 100).restore(source.save())).toThrow("trace_changed");
  });

  it("stops at the first bad row", () => {
    const source = openTraceSource(
      trace(),
      traceFromText(
        csv([
          [0, 1, 1],
          [1, 0, 1],
        ]),
      ),
      100,
    );
    expect(collect(source, 1)).toEqual([[0, 1, 1]]);
    expect(() => collect(source)).toThrow("trace_bad_tokens");
  });

  it("reads no further than the horizon and holds one block at a time", () => {
    let given = 0;
    const endless = () => ({
      read: (n: number) => {
        const lines = Array.from({ length: Math.floor(n / 16) }, () => `${(given++ / 1000).toFixed(3)},1,1`).join("\n");
        return given <= 4096 ? `arrival_s,input_tokens,output_tokens\n${lines}\n` : `${lines}\n`;
      },
    });
    expect(collect(openTraceSource(trace(), endless, 50)).length).toBe(50_000);
    expect(given).toBeLessThan(55_000);
  });
});
