import { type Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Issue, IssuePath } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";

/** One `path=value` that was set, for messages about it. */
export interface Override {
  readonly path: IssuePath;
  /** As the user wrote it. */
  readonly text: string;
}

/**
 * Sets values in a scenario before it is read: `duration=1h`, `nodePools.h100.max=4`, `deployments[0].replicas=3`,
 * `policies.baseline.replicas=5`. An entry of a list is named by its index or by its `name`; the value is YAML. A key that is
 * not in the file yet is added, the schema then judges it. A step may stand in brackets and quotes, as in
 * `policies["fixed 2.5"].replicas`; names of metrics, which hold dots, need none: `thresholds.cost.monthlyUsd`.
 * @returns what was set, and issues `invalid_override`, `unknown_override_path`
 */
export function applyOverrides(
  document: Document,
  texts: readonly string[],
): { readonly overrides: readonly Override[]; readonly issues: readonly Issue[] } {
  const overrides: Override[] = [];
  const issues: Issue[] = [];
  for (const text of texts) {
    const file = labelOf(text);
    const equals = WRITTEN_PATH.exec(text)?.[0].length ?? 0;
    const value = parseDocument(text.slice(equals + 1), { prettyErrors: false });
    if (equals < 1 || value.errors.length > 0) {
      issues.push({ code: "invalid_override", path: [], file, data: { actual: text } });
      continue;
    }
    const resolved = resolvePath(document, splitPath(text.slice(0, equals)));
    if ("unknown" in resolved) {
      issues.push({ code: "unknown_override_path", path: [], file, data: { ...resolved } });
      continue;
    }
    document.setIn(resolved.path, value.contents);
    overrides.push({ path: resolved.path, text });
  }
  return { overrides, issues };
}

/** How an override appears where a file name would. */
export function labelOf(text: string): string {
  return `--set ${text}`;
}

/** All before the first equals sign that stands in no quotes. */
const WRITTEN_PATH = /^(?:\[(?:"[^"]*"|'[^']*')\]|[^=])+(?==)/;

function splitPath(text: string): readonly string[] {
  // Every second and third part is what stood in quotes, of either kind.
  return text.split(/\[(?:"([^"]*)"|'([^']*)')\]/).flatMap((part: string | undefined, index, parts) => {
    if (part === undefined) return [];
    if (index % 3 !== 0) return [part];
    const between = part.replaceAll(/\[(\d+)\]/g, ".$1");
    const unquoted = index > 0 ? between.replace(/^\./, "") : between;
    return unquoted === "" && parts.length > 1 ? [] : unquoted.split(".");
  });
}

type Resolved =
  | { readonly path: IssuePath }
  | { readonly unknown: string; readonly known: readonly string[]; readonly nearest: readonly string[] };

function resolvePath(document: Document, steps: readonly string[]): Resolved {
  const path: (string | number)[] = [];
  for (let at = 0; at < steps.length; at++) {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isSeq(node)) {
      const names = node.items.map((item) => (isMap(item) ? String(item.get("name") ?? "") : ""));
      const found = entryOf(names, steps.slice(at));
      if (found === undefined) return unknown(steps[at] as string, names);
      path.push(found.index);
      at += found.steps - 1;
    } else if (node === undefined || isMap(node)) {
      const key = keyOf(node, path, steps.slice(at));
      path.push(key.name);
      at += key.steps - 1;
    } else {
      return unknown(steps[at] as string, isScalar(node) ? [] : steps.slice(0, at));
    }
  }
  return { path };
}

/**
 * A key of an object: keys may contain dots, so the longest run of steps that is one wins. A new key is one step, but for a threshold's,
 * which is the name of a metric.
 */
function keyOf(node: unknown, path: IssuePath, steps: readonly string[]): { readonly name: string; readonly steps: number } {
  for (let length = steps.length; length > 1; length--) {
    const name = steps.slice(0, length).join(".");
    if (isMap(node) && node.has(name)) return { name, steps: length };
  }
  const isMetric = path.length === 1 && path[0] === "thresholds" && !(isMap(node) && node.has(steps[0] as string));
  const length = isMetric ? steps.length : 1;
  return { name: steps.slice(0, length).join("."), steps: length };
}

/** A list's entry by index or by name; names may contain dots, so the longest run of steps that is a name wins. */
function entryOf(names: readonly string[], steps: readonly string[]): { readonly index: number; readonly steps: number } | undefined {
  for (let length = steps.length; length > 0; length--) {
    const index = names.indexOf(steps.slice(0, length).join("."));
    if (index >= 0) return { index, steps: length };
  }
  const index = Number(steps[0]);
  return Number.isInteger(index) && index >= 0 && index < names.length ? { index, steps: 1 } : undefined;
}

function unknown(step: string, names: readonly string[]): Resolved {
  const known = [...new Set(names)].filter((entry) => entry !== "");
  return { unknown: step, known, nearest: nearestNames(step, known) };
}
