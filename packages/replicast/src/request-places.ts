import type { Issue, Json, MetricRequest } from "@replicast/sim-core";
import { isScalar, LineCounter, parseAllDocuments, visit } from "yaml";

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
  const wanted = request.kind === "promql" ? request.query : request.kind === "resource" ? undefined : request.metric;
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
