import { isNode } from "yaml";
import type { Issue, IssuePath } from "../errors.ts";
import type { Origin, ReadManifest } from "./manifests/applied.ts";
import { applyManifests, manifestNames } from "./manifests/apply.ts";
import { applyPools, poolManifestNames } from "./manifests/apply-pools.ts";
import { otherKindOfFile } from "./not-a-scenario.ts";
import { applyOverrides, labelOf, type Override } from "./overrides.ts";
import { isDoubtful, salvageSpec } from "./salvage.ts";
import { scenarioField } from "./schema.ts";
import { MAX_ALIASES, readSource, type ScenarioSource } from "./source.ts";
import type { ScenarioSpec } from "./spec.ts";
import { toIssues } from "./zod-issues.ts";

/** A scenario file that was read, and how to say where an issue about it lies. */
export interface ParsedScenario {
  readonly spec: ScenarioSpec;
  /** Completes issues that have a path into the file with file, line and column. */
  readonly locate: (issues: readonly Issue[]) => readonly Issue[];
  /** What the manifests of its deployments hold that the simulation leaves out. */
  readonly warnings: readonly Issue[];
  /** What was taken from manifests, in words: for the plan's assumptions. */
  readonly assumptions: readonly string[];
}

/** What is left of a scenario without its faulty parts; good only for finding more issues in the rest. */
export interface SalvagedScenario extends ParsedScenario {
  /** True for an issue that may follow from the loss of the faulty parts. */
  readonly isDoubtful: (issue: Issue) => boolean;
}

export type ParseScenarioResult =
  | ({ readonly ok: true } & ParsedScenario)
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly salvaged?: SalvagedScenario };

/**
 * Reads the text of a scenario file. Every issue is found and has a position: unknown keys point at the key, wrong
 * values at the value. Meaning across entries (references, memory, thresholds) is checked by `buildPlan`.
 * @param file name for messages
 * @param set `path=value` texts, applied before reading
 * @param readManifest text of a manifest that a deployment names
 */
export function parseScenario(
  text: string,
  file: string,
  set: readonly string[] = [],
  readManifest: ReadManifest = () => undefined,
): ParseScenarioResult {
  const source = readSource(text, file);
  if (source.issues.length > 0) return { ok: false, issues: source.issues };
  const other = otherKindOfFile(source.value, file);
  if (other !== undefined) return { ok: false, issues: [other] };
  const { overrides, issues } = applyOverrides(source.document, set);
  const written: unknown = overrides.length > 0 ? source.document.toJS({ maxAliasCount: MAX_ALIASES }) : source.value;
  const workloads = applyManifests(written, readManifest);
  const pools = applyPools(workloads.value, readManifest);
  const { value } = pools;
  const stated = [...workloads.issues, ...pools.issues];
  const assumptions = [...workloads.assumptions, ...pools.assumptions];
  const place: Place = { source, overrides, origins: [...workloads.origins, ...pools.origins], relocate: pools.relocate };
  const locate = (found: readonly Issue[]): readonly Issue[] => found.map((issue) => withPosition(issue, place));
  const warnings = stated.filter(({ severity }) => severity === "warning");
  const refused = stated.filter(({ severity }) => severity !== "warning");
  const result = scenarioField.safeParse(value);
  const earlier = [...issues, ...locate(refused)];
  const rest = { locate, warnings, assumptions };
  if (result.success && earlier.length === 0) return { ok: true, spec: result.data, ...rest };
  if (result.success) return { ok: false, issues: earlier, salvaged: { spec: result.data, ...rest, isDoubtful: () => false } };
  const found = toIssues(result.error.issues, value);
  const spec = salvageSpec(value, found);
  return {
    ok: false,
    issues: [...earlier, ...inOrder(locate(found.filter((issue) => !isLeftOut(issue, refused, place))))],
    ...(spec === undefined ? {} : { salvaged: { spec, ...rest, isDoubtful: (issue) => isDoubtful(issue, found) } }),
  };
}

/** Names of the manifests that the deployments and node pools of a scenario's text are read from; empty where the text cannot be read. */
export function manifestsOf(text: string, file: string, set: readonly string[] = []): readonly string[] {
  const source = readSource(text, file);
  if (source.issues.length > 0) return [];
  applyOverrides(source.document, set);
  const value: unknown = source.document.toJS({ maxAliasCount: MAX_ALIASES });
  return [...new Set([...manifestNames(value), ...poolManifestNames(value)])];
}

/** A key that a manifest would have given, had it been readable. */
function isLeftOut({ code, path: applied }: Issue, refused: readonly Issue[], { relocate }: Place): boolean {
  const path = relocate(applied);
  const isOfManifest = path[0] === "deployments" || path[0] === "nodePools";
  return code === "missing_key" && isOfManifest && refused.some((issue) => issue.path[0] === path[0] && issue.path[1] === path[1]);
}

/** What says where a value comes from. */
interface Place {
  readonly source: ScenarioSource;
  readonly overrides: readonly Override[];
  readonly origins: readonly Origin[];
  /** A path into the scenario with its node pools written out → into the file. */
  readonly relocate: (path: IssuePath) => IssuePath;
}

function withPosition(found: Issue, { source, overrides, origins, relocate }: Place): Issue {
  if (found.file !== undefined) return found;
  const origin = origins.find(({ path }) => isPrefix(path, found.path));
  const issue = { ...found, path: relocate(found.path) };
  if (origin !== undefined) return { ...issue, ...origin.position };
  // A key that nobody knows is an override's, too, when the override reaches into it.
  const override = overrides.find(
    ({ path }) =>
      isPrefix(path, issue.path) || (issue.code === "unknown_key" && isPrefix(issue.path, path) && !isWritten(source, issue.path)),
  );
  if (override !== undefined) return { ...issue, file: labelOf(override.text) };
  const { column, ...position } = source.locate(issue.path, issue.code === "unknown_key" ? "key" : "value");
  return { ...issue, ...position, ...(column === undefined ? {} : { column }) };
}

/** False for what an override made. */
function isWritten({ document }: ScenarioSource, path: IssuePath): boolean {
  const node: unknown = document.getIn(path, true);
  return isNode(node) && node.range !== undefined && node.range !== null;
}

function isPrefix(prefix: IssuePath, path: IssuePath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => String(step) === String(path[index]));
}

/** In the order of the file, so that a reader mends it from top to bottom. */
function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return [...issues].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
