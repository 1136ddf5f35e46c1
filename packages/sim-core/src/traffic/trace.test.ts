import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Issue } from "../errors.ts";
import type { OpenTrace } from "./config.ts";
import { type TraceRow, TraceRows } from "./trace.ts";
import { ArrivalReader, resolveColumns, type TraceColumns } from "./trace-columns.ts";
import { PlainCsvParser } from "./trace-plain-csv.ts";
import { QuotedCsvParser } from "./trace-quoted-csv.ts";
import type { RawRow, RecordParser } from "./trace-records.ts";
import { traceFromText } from "./trace-text.ts";

/** Delivers a text in pieces of a given size, whatever is asked for. */
function readerOf(text: string, pieceCharacters = 65_536): OpenTrace {
  return (file) => {
    const reader = traceFromText(text)(file);
    return { read: () => reader.read(pieceCharacters) };
  };
}

function read(text: string, pieceCharacters?: number) {
  const issues: Issue[] = [];
  const reader = new TraceRows(readerOf(text, pieceCharacters), "t.csv", (issue) => issues.push(issue));
  const rows: number[][] = [];
  const row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
  while (reader.next(row)) rows.push([row.line, row.seconds, row.promptTokens, row.outputTokens]);
  return { rows, issues: issues.map(({ code, line, data }) => ({ code, line, data })) };
}

const header = "arrival_s,input_tokens,output_tokens\n";

describe("marks of requests", () => {
  const marked = (text: string) => {
    const issues: Issue[] = [];
    const reader = new TraceRows(readerOf(text), "t.csv", (issue) => issues.push(issue));
    const marks: unknown[] = [];
    const row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
    while (reader.next(row)) marks.push([row.priority, row.hashIds]);
    return { marks, issues: issues.map(({ code, line, data }) => ({ code, line, data })) };
  };

  it.each([
    { format: "CSV", text: 'arrival_s,input_tokens,output_tokens,priority,hash_ids\n1,2,3,-4,"[0, 12]"\n', marks: [[-4, [0, 12]]] },
    { format: "CSV without quotes", text: "arrival_s,hash_ids,input_tokens,output_tokens\n1,[7],2,3\n", marks: [[undefined, [7]]] },
    {
      format: "JSON lines, where a row may leave them out",
      text: '{"timestamp":1,"input_length":2,"output_length":3,"hash_ids":[1],"priority":2}\n{"timestamp":1,"input_length":2,"output_length":3}\n',
      marks: [
        [2, [1]],
        [undefined, undefined],
      ],
    },
  ])("are read from $format", ({ text, marks }) => {
    expect(marked(text)).toEqual({ marks, issues: [] });
  });

  it.each([
    { mark: "priority", value: "high", code: "trace_bad_priority" },
    { mark: "priority", value: "1.5", code: "trace_bad_priority" },
    { mark: "hash_ids", value: "12", code: "trace_bad_hash_ids" },
    { mark: "hash_ids", value: "[-1]", code: "trace_bad_hash_ids" },
    { mark: "hash_ids", value: "[0.5]", code: "trace_bad_hash_ids" },
    { mark: "hash_ids", value: "a b", code: "trace_bad_hash_ids" },
  ])("are refused with $code when $mark is $value", ({ mark, value, code }) => {
    const { marks, issues } = marked(`arrival_s,input_tokens,output_tokens,${mark}\n1,2,3,${value}\n`);
    expect(marks).toEqual([]);
    expect(issues).toEqual([{ code, line: 2, data: { column: mark, value } }]);
  });
});

describe("names of a trace", () => {
  const namesOf = (text: string): readonly (readonly (string | undefined)[])[] => {
    const rows = new TraceRows(traceFromText(text), "t", (issue) => {
      throw new Error(issue.code);
    });
    const row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
    const names: (readonly (string | undefined)[])[] = [];
    while (rows.next(row)) names.push([row.model, row.session]);
    return names;
  };

  it.each([
    { format: "CSV", text: "arrival_s,input_tokens,output_tokens,model,chat_id\n0,1,2,small,a\n1,1,2,,\n" },
    { format: "CSV with quotes", text: 'arrival_s,input_tokens,output_tokens,model,session_id\n0,1,2,"small","a"\n1,1,2,"",\n' },
    {
      format: "JSON lines",
      text: '{"arrival_s":0,"input_tokens":1,"output_tokens":2,"model":"small","conversation_id":"a"}\n{"arrival_s":1,"input_tokens":1,"output_tokens":2,"model":null}\n',
    },
  ])("are read from $format; an empty one is none", ({ text }) => {
    expect(namesOf(text)).toEqual([
      ["small", "a"],
      [undefined, undefined],
    ]);
  });

  it("may be numbers", () => {
    expect(namesOf('{"arrival_s":0,"input_tokens":1,"output_tokens":2,"session_id":17}\n')).toEqual([[undefined, "17"]]);
  });
});

describe("TraceRows", () => {
  it.each([
    {
      format: "Azure's dates, since the first row",
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n",
      rows: [
        [2, 0, 374, 44],
        [3, 4.314579, 396, 109],
      ],
    },
    {
      format: "seconds, as they are",
      text: "arrival_s,input_tokens,output_tokens\n3.5,374,44\n4,396,109\n",
      rows: [
        [2, 3.5, 374, 44],
        [3, 4, 396, 109],
      ],
    },
    {
      format: "seconds by another name, columns in another order, more columns",
      text: "id,completion_tokens,prompt_tokens,model,arrival_seconds\na,44,374,m,0\nb,109,396,m,1e1\n",
      rows: [
        [2, 0, 374, 44],
        [3, 10, 396, 109],
      ],
    },
    {
      format: "milliseconds",
      text: "timestamp,input_length,output_length\n0,6758,500\n3001,7322,490\n",
      rows: [
        [2, 0, 6758, 500],
        [3, 3.001, 7322, 490],
      ],
    },
    {
      format: "JSON lines with fields that are not used",
      text: '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}\n{"timestamp":3001,"input_length":7322,"output_length":490,"hash_ids":[0]}\n',
      rows: [
        [1, 0, 6758, 500],
        [2, 3.001, 7322, 490],
      ],
    },
    {
      format: "JSON lines with dates and numbers in quotes",
      text: '\n{"TIMESTAMP":"2023-11-16 18:15:46","ContextTokens":"374","GeneratedTokens":44}\n\n{"TIMESTAMP":"2023-11-16 18:15:48","ContextTokens":5,"GeneratedTokens":6}',
      rows: [
        [2, 0, 374, 44],
        [4, 2, 5, 6],
      ],
    },
    {
      format: "quotes, doubled quotes and a line end within quotes",
      text: 'arrival_s,"note",input_tokens,output_tokens\n0,"a ""b"", c",1,2\n1,"d\ne","3",4\n2,f,5,6\n',
      rows: [
        [2, 0, 1, 2],
        [4, 1, 3, 4],
        [5, 2, 5, 6],
      ],
    },
    {
      format: "line ends of Windows, a byte order mark, empty lines, no line end at the end",
      text: "\uFEFF\r\narrival_s , input_tokens,output_tokens\r\n0,1,2\r\n\r\n1,3,4",
      rows: [
        [3, 0, 1, 2],
        [5, 1, 3, 4],
      ],
    },
  ])("reads $format, in pieces of any size", ({ text, rows }) => {
    for (const size of [1, 2, 3, 7, 50, 65_536]) expect(read(text, size)).toEqual({ rows, issues: [] });
  });

  it.each([
    { because: "nothing is in it", text: "", issue: { code: "trace_empty", line: 1, data: {} } },
    { because: "only blanks are in it", text: "\n \n\t\n", issue: { code: "trace_empty", line: 1, data: {} } },
    { because: "only the header is in it", text: header, issue: { code: "trace_no_rows", line: 2, data: {} } },
    {
      because: "a row has too few columns",
      text: `${header}0,1\n`,
      issue: { code: "trace_column_count", line: 2, data: { expected: 3, actual: 2 } },
    },
    {
      because: "a row has too many columns",
      text: `${header}0,1,2,3,4\n`,
      issue: { code: "trace_column_count", line: 2, data: { expected: 3, actual: 5 } },
    },
    {
      because: "tokens are negative",
      text: `${header}0,-374,44\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "input_tokens", value: "-374" } },
    },
    {
      because: "tokens are zero",
      text: `${header}0,374,0\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "output_tokens", value: "0" } },
    },
    {
      because: "tokens are no whole number",
      text: `${header}0,374,1.5\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "output_tokens", value: "1.5" } },
    },
    {
      because: "tokens are no number",
      text: `${header}0,NaN,1\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "input_tokens", value: "NaN" } },
    },
    {
      because: "tokens are more than 32 bits hold",
      text: `${header}0,1,3e9\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "output_tokens", value: "3e9" } },
    },
    {
      because: "tokens are missing",
      text: `${header}0,,1\n`,
      issue: { code: "trace_bad_tokens", line: 2, data: { column: "input_tokens", value: "" } },
    },
    {
      because: "the time is no number",
      text: `${header}soon,1,1\n`,
      issue: { code: "trace_bad_arrival", line: 2, data: { column: "arrival_s", value: "soon" } },
    },
    {
      because: "the time is before the start",
      text: `${header}-1,1,1\n`,
      issue: { code: "trace_bad_arrival", line: 2, data: { column: "arrival_s", value: "-1" } },
    },
    {
      because: "the date is none",
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-02-30 00:00:00,1,1\n",
      issue: { code: "trace_bad_arrival", line: 2, data: { column: "TIMESTAMP", value: "2023-02-30 00:00:00" } },
    },
    {
      because: "the rows are not sorted",
      text: `${header}5,1,1\n4,1,1\n4.5,1,1\n`,
      issue: { code: "trace_unsorted", line: 3, data: { previousSeconds: 5, seconds: 4 } },
    },
    {
      because: "dates are not sorted",
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-01-02 00:00:00,1,1\n2023-01-01 00:00:00,1,1\n",
      issue: { code: "trace_unsorted", line: 3, data: { previousSeconds: 0, seconds: -86_400 } },
    },
    {
      because: "the last line is cut off within a row",
      text: `${header}0,1,1\n1,2`,
      issue: { code: "trace_truncated", line: 3, data: { expected: 3, actual: 2, reason: "trace_column_count" } },
    },
    {
      because: "the last line is cut off before a value",
      text: `${header}0,1,1\n1,2,`,
      issue: { code: "trace_truncated", line: 3, data: { column: "output_tokens", value: "", reason: "trace_bad_tokens" } },
    },
    {
      because: "a quote is never closed",
      text: `${header}0,1,1\n1,"2,3\n4,5,6\n`,
      issue: { code: "trace_bad_csv", line: 4, data: { reason: "CSV_QUOTE_NOT_CLOSED" } },
    },
    {
      because: "a quote stands within a field",
      text: `${header}0,1,1\n1,2"",3\n2,1,"1"\n`,
      issue: { code: "trace_bad_csv", line: 3, data: { reason: "INVALID_OPENING_QUOTE" } },
    },
    {
      because: "a line is no JSON",
      text: '{"timestamp":0,"input_length":1,"output_length":1}\n{"timestamp":1,\n{"timestamp":1,"input_length":1,"output_length":1}\n',
      issue: { code: "trace_bad_json", line: 2, data: {} },
    },
    { because: "the first line is no JSON", text: '{"timestamp":1,\n', issue: { code: "trace_bad_json", line: 1, data: {} } },
    {
      because: "an object lacks a field",
      text: '{"timestamp":0,"input_length":1,"output_length":1}\n{"timestamp":1,"input_length":1}\n',
      issue: { code: "trace_missing_field", line: 2, data: { missing: ["output_length"], found: ["timestamp", "input_length"] } },
    },
    {
      because: "a value is of another kind",
      text: '{"timestamp":0,"input_length":[1],"output_length":1}\n',
      issue: { code: "trace_bad_tokens", line: 1, data: { column: "input_length", value: "[1]" } },
    },
    {
      because: "the last object is cut off",
      text: '{"timestamp":0,"input_length":1,"output_length":1}\n{"timestamp":1,"inp',
      issue: { code: "trace_truncated", line: 2, data: { reason: "trace_bad_json" } },
    },
  ])("refuses a file in which $because, in pieces of any size", ({ text, issue }) => {
    for (const size of [1, 5, 65_536]) expect(read(text, size).issues).toEqual([issue]);
  });

  it("names the columns found and the names accepted, for each column that is missing; names differ by case", () => {
    const { rows, issues } = read("Time,Requested tokens,output_tokens\n1,2,3\n");
    const found = ["Time", "Requested tokens", "output_tokens"];
    expect(rows).toEqual([]);
    expect(issues).toEqual([
      {
        code: "trace_missing_column",
        line: 1,
        data: { role: "arrival", found, accepted: ["TIMESTAMP", "arrival_s", "arrival_seconds", "timestamp", "Timestamp"] },
      },
      {
        code: "trace_missing_column",
        line: 1,
        data: {
          role: "promptTokens",
          found,
          accepted: ["ContextTokens", "input_tokens", "input_length", "prompt_tokens", "Request tokens"],
        },
      },
    ]);
  });

  it("leaves bad rows out, reports all of them, and goes on", () => {
    const { rows, issues } = read(`${header}0,1,1\nx,1,1\n2,0,1\n3,1\n4,1,1\n`);
    expect(rows).toEqual([
      [2, 0, 1, 1],
      [6, 4, 1, 1],
    ]);
    expect(issues.map(({ code, line }) => [code, line])).toEqual([
      ["trace_bad_arrival", 3],
      ["trace_bad_tokens", 4],
      ["trace_column_count", 5],
    ]);
  });

  it("gives up on a record that never ends, instead of holding the file", () => {
    let pieces = 0;
    const issues: Issue[] = [];
    const endless = () => ({ read: (n: number) => (pieces++ === 0 ? `${header}0,"` : "x".repeat(n)) });
    const rows = new TraceRows(endless, "t.csv", (issue) => issues.push(issue));
    expect(rows.next({ line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 })).toBe(false);
    expect(issues).toEqual([{ code: "trace_record_too_long", path: [], file: "t.csv", line: 2, data: {} }]);
    expect(pieces).toBeLessThan(100);
  });
});

describe("the parser for plain CSV", () => {
  const columns = resolveColumns(["a", "arrival_s", "output_tokens", "input_tokens"], { file: "t", line: 1 }) as TraceColumns;

  function all(create: (arrival: ArrivalReader) => RecordParser) {
    const parser = create(new ArrivalReader("seconds"));
    const row: RawRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0, problem: undefined };
    const rows: unknown[] = [];
    while (parser.next(row)) {
      const texts = [columns.arrival, columns.promptTokens, columns.outputTokens].map((column) => parser.fieldText(column));
      rows.push(row.problem === undefined ? { ...row, texts } : [row.line, row.problem]);
    }
    return [rows, parser.nextLine];
  }

  it("reads what csv-parse reads: same rows, problems, lines and texts", () => {
    const field = fc.oneof(fc.nat().map(String), fc.double({ noNaN: true }).map(String), fc.stringMatching(/^[ a-z0-9.+-]{0,8}$/));
    const line = fc
      .oneof({ weight: 5, arbitrary: fc.array(field, { minLength: 4, maxLength: 4 }) }, fc.array(field, { maxLength: 6 }))
      .map((fields) => fields.join(","));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.nat(5),
        (lines, lineEnd, isEnded, first) => {
          const before = "skipped,";
          const text = `${before}${lines.join(lineEnd)}${isEnded ? lineEnd : ""}after,it`;
          const block = { text, start: before.length, end: text.length - "after,it".length, line: first + 1 };
          expect(all((arrival) => new PlainCsvParser(block, columns, arrival))).toEqual(
            all((arrival) => new QuotedCsvParser(block, columns, arrival)),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
