import type { Issue, Json, MetricRequest } from "@replicast/sim-core";
import { isNode, isScalar, LineCounter, parseAllDocuments, visit } from "yaml";

/** Where an issue lies: a path into the policy's entry, or a position in a file it names. */
export type Place = Pick<Issue, "path" | "file" | "line" | "column">;

/**
 * Where a policy was told to ask for a metric. Policies answer with requests and not with places, so the place is where the same query
 * or name stands: in the entry itself, or in a file that the entry names.
 *
 * @param raw the policy's entry
 * @param texts files by the names the entry uses
 */
export function placeOf(request: MetricRequest, raw: Json, texts: ReadonlyMap<string, string>): Place {
  const wanted =
    request.kind === "promql" ? request.query : request.kind === "resource" || request.kind === "live" ? undefined : request.metric;
  if (wanted === undefined) return { path: [] };
  const path = pathOf(raw, wanted.trim());
  if (path !== undefined) return { path };
  for (const file of new Set(textsIn(raw))) {
    const position = positionIn(texts.get(file), wanted.trim());
    if (position !== undefined) return { path: [], file, ...position };
  }
  return { path: [] };
}

/**
 * Tells what the caller says about a file as a whole (it is no file, it may not be read …) at the place that names the file, where a
 * reader can mend it; issues that have a line stay where they are.
 */
export function atPlace(issues: readonly Issue[], place: Place): readonly Issue[] {
  return issues.map(({ file, ...issue }) => {
    if (file === undefined || issue.line !== undefined || place.file !== undefined)
      return { ...issue, ...(file === undefined ? {} : { file }) };
    return { ...issue, ...place, data: { ...issue.data, file } };
  });
}

/**
 * Where a field of a policy's entry stands. A path that begins with `spec` is one of the object that the entry names or holds; a field
 * that is not written is told at what it would stand in.
 *
 * @param deployment the one that is scaled: of several objects in a file the one that scales it counts
 */
export function placeInObject(path: Issue["path"], raw: Json, texts: ReadonlyMap<string, string>, deployment: string): Place {
  const entry = typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as { readonly [key: string]: Json }) : {};
  const file = typeof entry["manifest"] === "string" ? entry["manifest"] : undefined;
  if (path[0] !== "spec" || file === undefined) return { path: writtenPart(raw, path) };
  const position = fieldPosition(texts.get(file), path, deployment);
  return position === undefined ? { path: ["manifest"] } : { path, file, ...position };
}

/** The longest beginning of a path that a value has. */
function writtenPart(value: Json | undefined, path: Issue["path"]): Issue["path"] {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
  return [key, ...writtenPart((value as { readonly [key: string]: Json })[key], rest)];
}

function fieldPosition(
  text: string | undefined,
  path: Issue["path"],
  deployment: string,
): { readonly line: number; readonly column: number } | undefined {
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: "error" });
  const scalers = (Array.isArray(parsed) ? parsed : []).filter((document) => document.getIn(["spec", "scaleTargetRef"]) !== undefined);
  const document = scalers.find((each) => each.getIn(["spec", "scaleTargetRef", "name"]) === deployment) ?? scalers[0];
  for (let length = path.length; document !== undefined && length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return { line, column: col };
  }
  return undefined;
}

/** Path to the first text in a value that is the one wanted, blanks around it aside; undefined when there is none. */
export function pathOf(value: Json, wanted: string): Issue["path"] | undefined {
  if (typeof value === "string") return value.trim() === wanted ? [] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const rest = pathOf(member, wanted);
    if (rest !== undefined) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function positionIn(text: string | undefined, wanted: string): { readonly line: number; readonly column: number } | undefined {
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  let offset: number | undefined;
  for (const document of Array.isArray(documents) ? documents : []) {
    visit(document, {
      Scalar(key, node) {
        if (key === "key" || !isScalar(node) || typeof node.value !== "string" || node.value.trim() !== wanted) return;
        offset ??= node.range?.[0];
      },
    });
  }
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
