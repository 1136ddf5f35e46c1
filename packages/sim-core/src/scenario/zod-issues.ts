import type * as z from "zod";
import type { Issue, IssuePath, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";

/** What a schema found, as issues of ours; one issue per unknown key. */
export function toIssues(found: readonly z.core.$ZodIssue[], input: unknown): readonly Issue[] {
  return found.flatMap((issue) => convert(issue, [], input));
}

function convert(issue: z.core.$ZodIssue, parent: IssuePath, input: unknown): readonly Issue[] {
  const path = [...parent, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  const actual = brief(valueAt(input, path));
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownKeys(issue, path);
    case "invalid_union":
      return unionIssues(issue, path, input);
    case "invalid_type":
      if (actual === undefined) return [{ code: "missing_key", path, data: { key: lastOf(path) } }];
      return [{ code: "wrong_type", path, data: { expected: [issue.expected], actual } }];
    case "invalid_value":
      if (actual === undefined) return [{ code: "missing_key", path, data: { key: lastOf(path) } }];
      return [unknownValue(path, issue.values as readonly Json[], actual)];
    case "too_small":
      return [
        {
          code: isSized(issue.origin) ? "too_small_size" : "too_small",
          path,
          data: { minimum: Number(issue.minimum), exclusive: !issue.inclusive, actual: actual ?? null },
        },
      ];
    case "too_big":
      return [
        {
          code: isSized(issue.origin) ? "too_large_size" : "too_large",
          path,
          data: { maximum: Number(issue.maximum), exclusive: !issue.inclusive, actual: actual ?? null },
        },
      ];
    case "invalid_key":
    case "invalid_format":
      return [{ code: "invalid_name", path, data: { actual: actual ?? lastOf(path) } }];
    case "custom":
      return [customIssue(issue.params?.["issue"] as CustomIssue, path, actual)];
    default:
      return [{ code: "wrong_type", path, data: { expected: [issue.code], actual: actual ?? null } }];
  }
}

interface CustomIssue {
  readonly code: string;
  readonly data?: { readonly [key: string]: Json };
}

function customIssue({ code, data }: CustomIssue, path: IssuePath, actual: Json | undefined): Issue {
  return { code, path, data: { ...(actual === undefined ? {} : { actual }), ...data } };
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: IssuePath): readonly Issue[] {
  // `strict` puts the known keys into the message, the only place a schema may speak through.
  const known = JSON.parse(issue.message) as string[];
  return issue.keys.map((key) => ({ code: "unknown_key", path: [...path, key], data: { key, known, nearest: nearestNames(key, known) } }));
}

/** What is allowed keeps its type: 1 and "1" are different things to write. */
function unknownValue(path: IssuePath, allowed: readonly Json[], actual: Json): Issue {
  const near = nearestNames(String(actual), allowed.map(String));
  return {
    code: "unknown_value",
    path,
    data: { actual, allowed, nearest: near.flatMap((name) => allowed.filter((value) => String(value) === name)) },
  };
}

function isSized(origin: string): boolean {
  return origin === "string" || origin === "array";
}

/**
 * A union refuses a value once per branch. The writer meant one of them: the branch whose type fits and that finds
 * least wrong; when no type fits, all types are named.
 */
function unionIssues(issue: z.core.$ZodIssueInvalidUnion, path: IssuePath, input: unknown): readonly Issue[] {
  if (issue.discriminator !== undefined) return [discriminatorIssue(issue, path, input)];
  const branches = issue.errors.map((errors) => errors.flatMap((error) => convert(error, path, input)));
  const fitting = branches.filter((issues) => !issues.some((found) => found.path.length === path.length && isOfType(found)));
  const best = [...fitting].sort((a, b) => faults(a) - faults(b))[0];
  if (best !== undefined) return best;
  const flat = branches.flat().filter((found) => found.path.length === path.length);
  const choice = flat.find((found) => found.code === "unknown_value");
  if (choice !== undefined) return [choice];
  if (flat.some((found) => found.code === "missing_key")) return [{ code: "missing_key", path, data: { key: lastOf(path) } }];
  const expected = [...new Set(flat.flatMap((found) => (found.data?.["expected"] as readonly string[] | undefined) ?? []))];
  return [{ code: "wrong_type", path, data: { expected, actual: brief(valueAt(input, path)) ?? null } }];
}

/** How far a branch is from what was written; a misspelt key of its own speaks for a branch, not against it. */
function faults(issues: readonly Issue[]): number {
  return issues.reduce(
    (sum, { code, data }) =>
      sum + (code === "unknown_key" && ((data?.["nearest"] as readonly string[] | undefined)?.length ?? 0) > 0 ? 0 : 1),
    0,
  );
}

/** An issue that says "this value is no member of the branch at all". */
function isOfType({ code }: Issue): boolean {
  return code === "wrong_type" || code === "missing_key" || code === "unknown_value";
}

function discriminatorIssue(issue: z.core.$ZodIssueInvalidUnion, path: IssuePath, input: unknown): Issue {
  const actual = brief(valueAt(input, path));
  if (actual === undefined) return { code: "missing_key", path, data: { key: lastOf(path), allowed: options(issue) } };
  return unknownValue(path, options(issue), actual);
}

function options(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return ((issue as { readonly options?: readonly unknown[] }).options ?? []).map(String);
}

function valueAt(input: unknown, path: IssuePath): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

/** A value as a message can show it: scalars as they are, the rest by their kind. */
function brief(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  // JSON has no NaN and no infinity.
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return String(value);
  return value as Json;
}

function lastOf(path: IssuePath): string | number {
  return path.at(-1) ?? "";
}
