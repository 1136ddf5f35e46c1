import type { Issue, IssuePath } from "../errors.ts";
import { applyOverrides, labelOf, type Override } from "./overrides.ts";
import { scenarioField } from "./schema.ts";
import { MAX_ALIASES, readSource, type ScenarioSource } from "./source.ts";
import type { ScenarioSpec } from "./spec.ts";
import { toIssues } from "./zod-issues.ts";

/** A scenario file that was read, and how to say where an issue about it lies. */
export interface ParsedScenario {
  readonly spec: ScenarioSpec;
  /** Completes issues that have a path into the file with file, line and column. */
  readonly locate: (issues: readonly Issue[]) => readonly Issue[];
}

/** What is left of a scenario without its faulty parts; good only for finding more issues in the rest. */
export interface SalvagedScenario extends ParsedScenario {
  /** True for a path into an entry that lost a part: what is found there may follow from the loss. */
  readonly isDamaged: (path: IssuePath) => boolean;
}

export type ParseScenarioResult =
  | ({ readonly ok: true } & ParsedScenario)
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly salvaged?: SalvagedScenario };

/**
 * Reads the text of a scenario file. Every issue is found and has a position: unknown keys point at the key, wrong
 * values at the value. Meaning across entries (references, memory, thresholds) is checked by `buildPlan`.
 * @param file name for messages
 * @param set `path=value` texts, applied before reading
 */
export function parseScenario(text: string, file: string, set: readonly string[] = []): ParseScenarioResult {
  const source = readSource(text, file);
  if (source.issues.length > 0) return { ok: false, issues: source.issues };
  const { overrides, issues } = applyOverrides(source.document, set);
  const value: unknown = overrides.length > 0 ? source.document.toJS({ maxAliasCount: MAX_ALIASES }) : source.value;
  const locate = (found: readonly Issue[]): readonly Issue[] => found.map((issue) => withPosition(issue, source, overrides));
  const result = scenarioField.safeParse(value);
  if (result.success && issues.length === 0) return { ok: true, spec: result.data, locate };
  if (result.success) return { ok: false, issues, salvaged: { spec: result.data, locate, isDamaged: () => false } };
  const found = toIssues(result.error.issues, value);
  const spec = salvage(value, found);
  return {
    ok: false,
    issues: [...issues, ...inOrder(locate(found))],
    ...(spec === undefined ? {} : { salvaged: { spec, locate, isDamaged: (path) => found.some((issue) => sameEntry(issue.path, path)) } }),
  };
}

/** Reads the scenario without its faulty keys, so that one misspelt key does not hide a missing trace; undefined when that leaves too little. */
function salvage(value: unknown, issues: readonly Issue[]): ScenarioSpec | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (const { path } of issues) {
    if (!removeAt(copy, path)) return undefined;
  }
  const result = scenarioField.safeParse(copy);
  return result.success ? result.data : undefined;
}

function removeAt(root: unknown, path: IssuePath): boolean {
  let parent = root;
  for (const step of path.slice(0, -1)) parent = isObject(parent) ? parent[step] : undefined;
  const key = path.at(-1);
  // An entry of a list cannot go: the paths of those behind it would shift.
  return isObject(parent) && !Array.isArray(parent) && key !== undefined && delete parent[key];
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

/** Entries of a list are told apart, keys of the top level too. */
function sameEntry(a: IssuePath, b: IssuePath): boolean {
  return a[0] === b[0] && (typeof a[1] !== "number" || typeof b[1] !== "number" || a[1] === b[1]);
}

function withPosition(issue: Issue, source: ScenarioSource, overrides: readonly Override[]): Issue {
  if (issue.file !== undefined) return issue;
  const override = overrides.find(({ path }) => isPrefix(path, issue.path));
  if (override !== undefined) return { ...issue, file: labelOf(override.text) };
  const { column, ...position } = source.locate(issue.path, issue.code === "unknown_key" ? "key" : "value");
  return { ...issue, ...position, ...(column === undefined ? {} : { column }) };
}

function isPrefix(prefix: IssuePath, path: IssuePath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => String(step) === String(path[index]));
}

/** In the order of the file, so that a reader mends it from top to bottom. */
function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return [...issues].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
