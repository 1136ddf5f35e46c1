import { describe, expect, it } from "vitest";
import { resolveColumns } from "./trace-columns.ts";

const codesOf = (found: readonly string[]): readonly string[] => {
  const columns = resolveColumns(found, { file: "t.csv", line: 1 });
  return "count" in columns ? [] : columns.map(({ code }) => code);
};

describe("the header of a trace", () => {
  it.each([
    { found: ["arrival_s", "input_tokens", "output_tokens"], codes: [], because: "all three are there" },
    { found: ["arrival_s;input_tokens;output_tokens"], codes: ["trace_separator"], because: "semicolons are not commas" },
    { found: ["arrival_s\tinput_tokens\toutput_tokens"], codes: ["trace_separator"], because: "tabs are not commas" },
    { found: ["\uFFFD\u0003K", "x"], codes: ["trace_not_text"], because: "bytes are no names" },
    {
      found: ["arrival_s", "arrival_s", "input_tokens", "output_tokens"],
      codes: ["trace_duplicate_column"],
      because: "either could be meant",
    },
    { found: ["note", "note", "arrival_s", "input_tokens", "output_tokens"], codes: [], because: "nobody reads that column" },
    { found: ["arrival_s"], codes: ["trace_missing_column", "trace_missing_column"], because: "each that is missing is told" },
  ])("gives $codes: $because", ({ found, codes }) => {
    expect(codesOf(found)).toEqual(codes);
  });
});

describe("columns of other traces", () => {
  it("knows those of BurstGPT, and who sends a request", () => {
    const found = ["Timestamp", "Model", "Request tokens", "Response tokens", "Total tokens", "Log Type", "Session ID", "tenant"];
    expect(resolveColumns(found, { file: "burst.csv", line: 1 })).toMatchObject({
      arrivalFormat: "seconds",
      promptTokens: { name: "Request tokens", index: 2 },
      outputTokens: { name: "Response tokens", index: 3 },
      model: { name: "Model", index: 1 },
      session: { name: "Session ID", index: 6 },
      tenant: { name: "tenant", index: 7 },
    });
  });
});
