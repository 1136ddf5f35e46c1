import { describe, expect, it } from "vitest";
import { z } from "zod";
import { configParser, nearest, parseEntry } from "./parse.ts";
import { entryMessages } from "./parse-messages.ts";

const schema = z.strictObject({
  replicas: z.int().min(1).max(9),
  mode: z.enum(["slow", "fast"]).default("slow"),
  parts: z.array(z.strictObject({ size: z.number().positive(), label: z.string().optional() })).default([]),
  lead: z.union([z.number().min(0), z.literal("auto")]).default(0),
  past: z.union([z.array(z.number()), z.strictObject({ hourly: z.array(z.number()) })]).optional(),
});

function issuesOf(raw: unknown): readonly { readonly code: string; readonly path: string; readonly near?: unknown }[] {
  const parsed = parseEntry(schema, raw);
  if (parsed.ok) return [];
  return parsed.issues.map(({ code, path, data }) => ({
    code,
    path: path.join("."),
    ...(data?.["near"] === undefined ? {} : { near: data["near"] }),
  }));
}

describe("reading a policy entry", () => {
  it("leaves out the keys that only select the policy, and fills in defaults", () => {
    expect(parseEntry(schema, { kind: "x", name: "mine", deployment: "chat", replicas: 2 })).toEqual({
      ok: true,
      value: { replicas: 2, mode: "slow", parts: [], lead: 0 },
    });
  });

  it("reports every problem at once, each at its place", () => {
    expect(issuesOf({ replica: 3, mode: "fats", parts: [{ size: 0 }, { size: "big", lable: "x" }] })).toEqual([
      { code: "missing_key", path: "" },
      { code: "unknown_value", path: "mode" },
      { code: "out_of_range", path: "parts.0.size" },
      { code: "wrong_type", path: "parts.1.size" },
      { code: "unknown_key", path: "parts.1.lable", near: "label" },
      { code: "unknown_key", path: "replica", near: "replicas" },
    ]);
  });

  it.each([
    { raw: { replicas: 10 }, code: "out_of_range", path: "replicas", because: "the limit is 9" },
    { raw: { replicas: Number.NaN }, code: "out_of_range", path: "replicas", because: "not-a-number is a number of no use" },
    { raw: { replicas: 1, lead: -1 }, code: "out_of_range", path: "lead", because: "the number of the alternatives was meant" },
    { raw: { replicas: 1, lead: [] }, code: "wrong_type", path: "lead", because: "no alternative is a list" },
    { raw: { replicas: 1, past: { hours: [1] } }, code: "missing_key", path: "past", because: "the mapping was meant" },
    { raw: { replicas: 1, past: [1, "2"] }, code: "wrong_type", path: "past.1", because: "the list was meant" },
    { raw: null, code: "wrong_type", path: "", because: "an entry is a mapping" },
  ])("says $code at '$path' for $raw: $because", ({ raw, code, path }) => {
    expect(issuesOf(raw)).toContainEqual({ code, path });
  });

  it("has a text and a hint for every code it can report", () => {
    const raws = [{ replica: 3, mode: "fats", parts: [{ size: 0 }] }, null, { replicas: 99, lead: "soon" }];
    for (const raw of raws) {
      const parsed = parseEntry(schema, raw);
      for (const issue of parsed.ok ? [] : parsed.issues) {
        const message = entryMessages[issue.code]?.(issue);
        expect(message?.text, issue.code).toBeTruthy();
        expect(message?.hint, issue.code).toBeTruthy();
        expect(`${message?.text} ${message?.hint}`).not.toMatch(/undefined|NaN|\[object/);
      }
    }
  });

  it("says in words what is wrong and what was meant", () => {
    const parsed = parseEntry(schema, { replicas: 12, mod: "fast" });
    const texts = (parsed.ok ? [] : parsed.issues).map((issue) => entryMessages[issue.code]?.(issue));
    expect(texts).toEqual([
      { text: "replicas is 12", hint: "write at most 9" },
      { text: 'unknown key "mod"', hint: 'did you mean "mode"?' },
    ]);
  });
});

describe("what was probably meant", () => {
  it.each([
    { word: "seasonSecond", wants: "seasonSeconds", because: "one letter is missing" },
    { word: "timezone", wants: "timeZone", because: "case is no edit" },
    { word: "xyz", wants: undefined, because: "nothing is near" },
  ])("is $wants for $word: $because", ({ word, wants }) => {
    expect(nearest(word, ["seasonSeconds", "sampleSeconds", "timeZone"])).toBe(wants);
  });
});

describe("a parser made of a schema", () => {
  const parse = configParser(z.strictObject({ waitingPerReplica: z.number().positive().default(4) }));

  it("completes a configuration, and passes over what only selects the policy", () => {
    expect(parse({ kind: "mine", name: "a", deployment: "chat" })).toEqual({ ok: true, config: { waitingPerReplica: 4 } });
  });

  it("tells every wrong key and value at its place", () => {
    const parsed = parse({ waitingPerReplica: 0, waitingPerReplca: 1 });
    expect(parsed.ok ? [] : parsed.issues.map(({ code, path }) => [code, path])).toEqual([
      ["out_of_range", ["waitingPerReplica"]],
      ["unknown_key", ["waitingPerReplca"]],
    ]);
  });
});
