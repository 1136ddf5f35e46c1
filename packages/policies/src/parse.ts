import type { Issue, IssuePath, Json, ParseResult } from "@replicast/sim-core";
import { z } from "zod";

/** Keys of a scenario's policy entry that say which policy it is and for whom; no policy's own business. */
const ENTRY_KEYS: readonly string[] = ["kind", "name", "deployment"];
/** Codes that, at the place of alternatives itself, say that another alternative was meant. */
const WRONG_KIND: readonly string[] = ["wrong_type", "unknown_value"];
/** Key names at most this many edits apart are offered as what was meant. */
const NEAR_EDITS = 3;

/** A whole number ≥ 0, as replica counts are; the upper limit only catches slips of the keyboard. */
export const replicaCount: z.ZodInt = z.int().min(0).max(100_000);

/** A duration in seconds > 0. */
export const positiveSeconds: z.ZodNumber = z.number().positive().max(100_000_000);

/** What a schema makes of a policy's configuration, or every issue with it. Keys that only select the policy are left out. */
export function parseEntry<T>(
  schema: z.ZodType<T>,
  raw: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] } {
  const own = isRecord(raw) ? Object.fromEntries(Object.entries(raw).filter(([key]) => !ENTRY_KEYS.includes(key))) : raw;
  const parsed = schema.safeParse(own);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: parsed.error.issues.flatMap((issue) => toIssues(issue, own, schema, [])) };
}

/**
 * A policy's `parseConfig` out of a schema: every issue of an entry at its place, keys that nobody knows with what was meant. The type
 * of the configuration is the schema's.
 */
export function configParser<T>(schema: z.ZodType<T>): (raw: unknown) => ParseResult<T> {
  return (raw) => {
    const parsed = parseEntry(schema, raw);
    return parsed.ok ? { ok: true, config: parsed.value } : parsed;
  };
}

/** A parse result out of a configuration and what was found on the way. Warnings do not refuse it. */
export function parseResult<T>(config: T, found: readonly Issue[]): ParseResult<T> {
  if (found.some((issue) => issue.severity !== "warning")) return { ok: false, issues: found };
  return found.length === 0 ? { ok: true, config } : { ok: true, config, warnings: found };
}

/** The word of a list that was most likely meant, or undefined. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.min(NEAR_EDITS, Math.ceil(word.length / 2)) + 1;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Insertions, deletions and substitutions between two words. @see Wagner and Fischer, "The string-to-string correction problem", 1974 */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitute, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}

function toIssues(issue: z.core.$ZodIssue, raw: unknown, schema: z.ZodType, prefix: IssuePath): readonly Issue[] {
  const path: IssuePath = [...prefix, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  const data = issueData(issue);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, keysAt(schema, path)));
    case "invalid_type":
    case "invalid_value":
    case "invalid_union":
      if (!isPresent(raw, path)) return [{ code: "missing_key", path: path.slice(0, -1), data: { key: String(path.at(-1) ?? "") } }];
      if (issue.code === "invalid_union") return unionIssues(issue, raw, schema, path);
      return [
        {
          code: issue.code === "invalid_type" ? typeCode(valueAt(raw, path), data) : "unknown_value",
          path,
          data: { ...data, actual: shown(valueAt(raw, path)) },
        },
      ];
    case "too_small":
    case "too_big":
      return [{ code: "out_of_range", path, data: { ...data, actual: shown(valueAt(raw, path)) } }];
    default:
      return [{ code: "bad_format", path, data: { expected: issue.message, actual: shown(valueAt(raw, path)) } }];
  }
}

/** An entry that fits no member is told by the member that came furthest, so that a slip inside it is what is reported. */
function unionIssues(issue: z.core.$ZodIssueInvalidUnion, raw: unknown, schema: z.ZodType, path: IssuePath): readonly Issue[] {
  const members = issue.errors.map((errors) => errors.flatMap((error) => toIssues(error, raw, schema, path)));
  const deepest = members.filter((found) => found.every((one) => !(WRONG_KIND.includes(one.code) && one.path.length === path.length)));
  if (deepest.length > 0) return deepest.reduce((best, found) => (found.length < best.length ? found : best));
  const expected = [...new Set(members.flat().map((one) => String(one.data?.["expected"] ?? "")))].filter((one) => one !== "");
  return [{ code: "wrong_type", path, data: { expected: expected.join(" or "), actual: shown(valueAt(raw, path)) } }];
}

function unknownKey(path: IssuePath, key: string, known: readonly string[]): Issue {
  const near = nearest(key, known);
  return { code: "unknown_key", path: [...path, key], data: { key, known: [...known], ...(near === undefined ? {} : { near }) } };
}

/** A fraction where a whole number belongs, or a number past all bounds, has the right type but a wrong value. */
function typeCode(value: unknown, data: { readonly [key: string]: Json }): string {
  return typeof value === "number" && (data["expected"] === "int" || data["expected"] === "number") ? "out_of_range" : "wrong_type";
}

function issueData(issue: z.core.$ZodIssue): { readonly [key: string]: Json } {
  switch (issue.code) {
    case "invalid_type":
      return { expected: issue.expected };
    case "invalid_value":
      return { expected: issue.values.map(String).join(" or ") };
    case "too_small":
      return { minimum: Number(issue.minimum), inclusive: issue.inclusive ?? true };
    case "too_big":
      return { maximum: Number(issue.maximum), inclusive: issue.inclusive ?? true };
    default:
      return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(raw: unknown, path: IssuePath): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[part] : undefined),
    raw,
  );
}

function isPresent(raw: unknown, path: IssuePath): boolean {
  return path.length === 0 || valueAt(raw, path) !== undefined;
}

/** A value as an issue may carry it: scalars as they are, anything else by its kind. */
function shown(value: unknown): Json {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : "nothing";
}

/** Keys the schema knows at a path; the union of them where it has alternatives. */
function keysAt(schema: unknown, path: IssuePath): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly)
    return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((option) => keysAt(option, path)))];
  if (schema instanceof z.ZodArray) return keysAt(schema.element, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  const [head, ...rest] = path;
  return head === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[head as string], rest);
}
