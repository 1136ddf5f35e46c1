import { describe, expect, it } from "vitest";
import { createRequestRecord, NO_COMPLEXITY } from "../domain/request.ts";
import { InputError } from "../errors.ts";
import { openTraceSource, type TraceConfig } from "./trace-source.ts";

/** Complexities of a trace's requests, in order. */
function complexities(text: string, changes: Partial<TraceConfig> = {}): readonly number[] {
  const config: TraceConfig = { kind: "trace", name: "t", file: "t", speed: 1, offsetSeconds: 0, spreadSeconds: 0, ...changes };
  let isRead = false;
  const open = () => ({
    read: () => {
      const piece = isRead ? "" : text;
      isRead = true;
      return piece;
    },
  });
  const source = openTraceSource(config, open, 1000);
  const record = createRequestRecord();
  const found: number[] = [];
  while (source.next(record)) found.push(record.complexity);
  return found;
}

const HEADER = "arrival_s,input_tokens,output_tokens";

describe("a trace's complexity", () => {
  it.each([
    { form: "plain CSV", text: `${HEADER},complexity\n0,1,1,0\n1,1,1,0.25\n2,1,1,1\n` },
    { form: "quoted CSV", text: `${HEADER},complexity\n0,1,1,"0"\n1,1,1,"0.25"\n2,1,1,1\n` },
    {
      form: "JSON lines",
      text: [0, 0.25, 1]
        .map((complexity, i) => `${JSON.stringify({ arrival_s: i, input_tokens: 1, output_tokens: 1, complexity })}\n`)
        .join(""),
    },
  ])("is read from $form", ({ text }) => {
    expect(complexities(text)).toEqual([0, 0.25, 1]);
  });

  it("stays with its row when rows of one stamp are spread", () => {
    expect(complexities(`${HEADER},complexity\n0,1,1,0.1\n0,1,1,0.2\n3,1,1,0.3\n`, { spreadSeconds: 3 })).toEqual([0.1, 0.2, 0.3]);
  });

  it("is nobody's word where the file has none", () => {
    expect(complexities(`${HEADER}\n0,1,1\n`)).toEqual([NO_COMPLEXITY]);
  });

  it.each(["-0.1", "1.1", "easy"])("cannot be %s", (value) => {
    const codes = (): readonly string[] => {
      try {
        complexities(`${HEADER},complexity\n0,1,1,${value}\n`);
      } catch (error) {
        if (error instanceof InputError) return error.issues.map(({ code }) => code);
        throw error;
      }
      return [];
    };
    expect(codes()).toEqual(["trace_bad_complexity"]);
  });
});
