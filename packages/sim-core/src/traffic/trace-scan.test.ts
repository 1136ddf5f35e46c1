import { describe, expect, it } from "vitest";
import { scanTrace } from "./trace-scan.ts";
import { traceFromText } from "./trace-text.ts";

const csv = (rows: readonly (readonly (number | string)[])[]) =>
  `arrival_s,input_tokens,output_tokens\n${rows.map((row) => `${row.join(",")}\n`).join("")}`;

describe("scanTrace", () => {
  it("counts rows, spans and means, and samples all pairs of a short trace", () => {
    expect(
      scanTrace(
        traceFromText(
          csv([
            [2, 10, 1],
            [3, 20, 2],
            [7, 60, 6],
          ]),
        ),
        "t.csv",
      ),
    ).toEqual({
      issues: [],
      issueCount: 0,
      rows: 3,
      firstSeconds: 2,
      lastSeconds: 7,
      meanPromptTokens: 30,
      meanOutputTokens: 3,
      sample: [
        [10, 1],
        [20, 2],
        [60, 6],
      ],
      models: new Map(),
      rowsWithoutModel: 3,
      rowsOfSessions: 0,
    });
  });

  it("counts the models that rows name, and only the rows it is to keep", () => {
    const text = "arrival_s,input_tokens,output_tokens,model\n0,1,1,a\n1,2,1,b\n2,3,1,\n3,4,1,a\n";
    const { models, rowsWithoutModel } = scanTrace(traceFromText(text), "t.csv");
    expect([[...models], rowsWithoutModel]).toEqual([
      [
        ["a", 2],
        ["b", 1],
      ],
      1,
    ]);
    const ofA = scanTrace(traceFromText(text), "t.csv", ({ model }) => model === "a");
    expect([ofA.rows, ofA.sample]).toEqual([
      2,
      [
        [1, 1],
        [4, 1],
      ],
    ]);
  });

  it("tells of at most 20 issues and counts all, with file and line", () => {
    const scan = scanTrace(traceFromText(csv(Array.from({ length: 50 }, (_, i) => [i, i % 2, 1]))), "t.csv");
    expect([scan.issues.length, scan.issueCount, scan.rows]).toEqual([20, 25, 25]);
    expect(scan.issues[1]).toEqual({
      code: "trace_bad_tokens",
      path: [],
      file: "t.csv",
      line: 4,
      data: { column: "input_tokens", value: "0" },
    });
  });

  it("is zero throughout when there is no row", () => {
    const { issueCount, rows, firstSeconds, lastSeconds, meanPromptTokens, sample } = scanTrace(traceFromText(""), "t.csv");
    expect([issueCount, rows, firstSeconds, lastSeconds, meanPromptTokens, sample]).toEqual([1, 0, 0, 0, 0, []]);
  });

  it("samples a long trace evenly, and the same way each time", () => {
    const text = csv(Array.from({ length: 40_000 }, (_, i) => [i, i + 1, 1]));
    const { sample, rows } = scanTrace(traceFromText(text), "t.csv");
    expect([rows, sample.length]).toEqual([40_000, 4096]);
    expect(new Set(sample.map(([prompt]) => prompt)).size).toBe(4096);
    const sorted = sample.map(([prompt]) => prompt / 40_000).sort((a, b) => a - b);
    expect(Math.max(...sorted.map((u, i) => Math.abs(u - (i + 0.5) / 4096)))).toBeLessThan(1.95 / Math.sqrt(4096));
    expect(scanTrace(traceFromText(text), "other.csv").sample).toEqual(sample);
  });
});
