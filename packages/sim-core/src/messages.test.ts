import { describe, expect, it } from "vitest";
import type { Issue } from "./errors.ts";
import { allIssueCodes, describeIssue, formatIssues } from "./messages.ts";
import { parseScenario } from "./scenario/parse.ts";

describe("formatIssues", () => {
  it("writes place, severity, code, path, text and hint", () => {
    const issues: readonly Issue[] = [
      {
        code: "unknown_key",
        path: ["deployments", 0, "replcas"],
        file: "a.yaml",
        line: 3,
        column: 5,
        data: { key: "replcas", known: ["replicas"], nearest: ["replicas"] },
      },
      {
        code: "requests_too_long",
        severity: "warning",
        path: ["traffic", 0],
        file: "a.yaml",
        line: 9,
        column: 1,
        data: { percent: 0.5, maxModelTokens: 4096 },
      },
    ];
    expect(formatIssues(issues)).toBe(
      [
        'a.yaml:3:5: error[unknown_key]: deployments[0].replcas: unknown key "replcas"',
        '  hint: did you mean "replicas"?',
        "a.yaml:9:1: warning[requests_too_long]: traffic[0]: about 0.5 % of the requests exceed maxModelTokens 4096: they are rejected",
        "  hint: raise engine.maxModelTokens, as the server's --max-model-len",
      ].join("\n"),
    );
  });

  it("leaves out what an issue has not got", () => {
    expect(formatIssues([{ code: "trace_empty", path: [], file: "t.csv", line: 1 }])).toMatch(
      /^t\.csv:1: error\[trace_empty\]: the trace is empty\n/,
    );
    expect(formatIssues([{ code: "empty_window", path: [], data: { from: "x" } }])).toBe('error[empty_window]: empty window {"from":"x"}');
  });

  it("asks other packages' catalogues for their codes, and spells out a code nobody knows", () => {
    const catalogues = [{ strange_thing: ({ path }: Issue) => ({ text: `strange at ${path.length}` }) }];
    expect(formatIssues([{ code: "strange_thing", path: [] }], { catalogues })).toBe("error[strange_thing]: strange at 0");
    expect(describeIssue({ code: "strange_thing", path: [], data: { a: 1 } }).text).toBe('strange thing {"a":1}');
  });

  it("does not take a property of every object for a message", () => {
    expect(describeIssue({ code: "constructor", path: [] }).text).toBe("constructor");
  });
});

it("does not repeat a path that the text begins with", () => {
  const issue = (text: string): string =>
    formatIssues([{ code: "x", path: ["spec", "a"] }], { catalogues: [{ x: () => ({ text, hint: "mend it" }) }] });
  expect(issue("spec.a: Required value")).toBe("error[x]: spec.a: Required value\n  hint: mend it");
  expect(issue("must be 1")).toBe("error[x]: spec.a: must be 1\n  hint: mend it");
});

it.each([
  { nearest: ["L40S"], hint: 'did you mean "L40S"? Or give gpuMemory' },
  { nearest: [], hint: "known: H100, L4, or give gpuMemory" },
])("offers the memory of a GPU beside $hint", ({ nearest, hint }) => {
  expect(describeIssue({ code: "unknown_gpu", path: [], data: { actual: "x", known: ["H100", "L4"], nearest } }).hint).toBe(hint);
});

it.each([
  { path: ["spec", "triggers"], says: "spec.triggers: Required value", because: "the text begins with the path" },
  {
    path: ["policies", 1, "spec", "triggers"],
    says: "policies[1].spec.triggers: Required value",
    because: "it begins with the path's end",
  },
  { path: ["policies", 1, "file"], says: "policies[1].file: spec.triggers: Required value", because: "it begins with another path" },
])("says a path once: $because", ({ path, says }) => {
  const catalogue = { x: () => ({ text: "spec.triggers: Required value" }) };
  expect(formatIssues([{ code: "x", path }], { catalogues: [catalogue] })).toBe(`error[x]: ${says}`);
});

it("lets nothing that a file holds write to the terminal, or break the line", () => {
  const issue: Issue = {
    code: "unknown_metric",
    path: ["a\u001b[31m"],
    file: "b\u202e.yaml",
    data: { metric: "c", nearest: ["d\n  e\u009b"] },
  };
  expect(formatIssues([issue])).toBe(
    'b\ufffd.yaml: error[unknown_metric]: a\ufffd[31m: there is no metric "c"\n  hint: did you mean "d\\n  e\ufffd"?',
  );
});

describe("allIssueCodes", () => {
  it("lists every code once, sorted, each with a text and a hint that need no data", () => {
    const codes = allIssueCodes([{ missing_key: () => ({ text: "not asked" }), a_first: () => ({ text: "first", hint: "hint" }) }]);
    expect(codes[0]).toEqual({ code: "a_first", text: "first", hint: "hint" });
    expect(codes.map(({ code }) => code)).toEqual([...new Set(codes.map(({ code }) => code))].sort());
    for (const { code, text, hint } of codes) {
      expect([code, text]).toEqual([code, expect.not.stringMatching(/undefined|\[object|^$/)]);
      expect([code, hint]).toEqual([code, expect.stringMatching(/^(?!.*(undefined|\[object)).{4,}/s)]);
    }
    expect(codes.find(({ code }) => code === "missing_key")?.text).toBe('"<key>" is missing');
  });
});

describe("what a reader sees", () => {
  it.each([
    { text: "duration: 90", says: 'scenario.yaml:1:11: error[missing_unit]: duration: 90 has no unit\n  hint: write it as in "90s"' },
    {
      text: "duration: 1 hour",
      says: 'error[invalid_duration]: duration: "1 hour" is no duration\n  hint: write it as in "90s", "5m", "1h30m", "250ms"',
    },
    { text: "name: [1]", says: "error[wrong_type]: name: expected text, found a list" },
    { text: "durtion: 1h", says: 'error[unknown_key]: durtion: unknown key "durtion"\n  hint: did you mean "duration"?' },
    { text: "slo: {}", says: "error[no_objective]: slo: no latency objective is given" },
    { text: "traffic: []", says: "error[too_small_size]: traffic: needs at least 1 entry" },
    { text: "start: 2026-01-01", says: "without an offset; timeZone names the zone" },
    { text: "name: 7", says: 'expected text, found 7\n  hint: write it in quotes: "7"' },
    { text: "policies:", says: "expected a list, found nothing\n  hint: give the key a value, or remove it" },
    { text: "costs: { a: -.inf }", says: "expected text or a number, found -Infinity\n  hint: write a finite number" },
    { text: "seed: [1]", says: "expected a number or text, found a list\n  hint: mind the indentation" },
    { text: "replicast: 2", says: "2 is not allowed here\n  hint: did you mean 1?" },
    { text: "duration: 400d", says: "must be less than or equal to 366d, found 400d" },
    { text: "a: [1", says: "is a bracket, a brace or a quote left open above" },
    { text: "\ta: 1", says: "Tabs are not allowed as indentation\n  hint: indent with spaces" },
    { text: "a: b: {{ .Values.x }", says: "if this is a template ({{ … }}), render it first" },
    { text: "duration: 1h\nduration: 2h", says: 'scenario.yaml:2:1: error[duplicate_key]: the key "duration" stands here twice' },
  ])("of $text", ({ text, says }) => {
    const result = parseScenario(text, "scenario.yaml");
    expect(formatIssues(result.ok ? [] : result.issues)).toContain(says);
  });
});
