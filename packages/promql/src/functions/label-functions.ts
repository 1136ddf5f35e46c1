import type { Call } from "../ast.ts";
import { type Evaluation, execError, requireDistinct } from "../evaluation.ts";
import { labelValue } from "../labels.ts";
import { type AnchoredRegex, compileRegex } from "../regex/regex.ts";
import type { Labels } from "../series.ts";
import type { Vector } from "../value.ts";

/** `label_replace(v, destination, replacement, source, pattern)`: elements that do not match stay as they are. */
export function labelReplace(call: Call, vector: Vector, texts: readonly string[], evaluation: Evaluation): Vector {
  const [destination = "", replacement = "", source = "", pattern = ""] = texts;
  const regex = compilePattern(call, pattern);
  if (destination === "") throw execError("invalid destination label name in label_replace(): ", call);
  return relabel(call, vector, evaluation, (labels) => {
    const groups = regex.groups(labelValue(labels, source));
    return groups ? { ...labels, [destination]: expandTemplate(replacement, groups, regex) } : labels;
  });
}

/** `label_join(v, destination, separator, source…)`. */
export function labelJoin(call: Call, vector: Vector, texts: readonly string[], evaluation: Evaluation): Vector {
  const [destination = "", separator = "", ...sources] = texts;
  if (sources.includes("")) throw execError("invalid source label name in label_join(): ", call);
  if (destination === "") throw execError("invalid destination label name in label_join(): ", call);
  return relabel(call, vector, evaluation, (labels) => ({
    ...labels,
    [destination]: sources.map((source) => labelValue(labels, source)).join(separator),
  }));
}

function relabel(call: Call, { labels, values }: Vector, evaluation: Evaluation, change: (labels: Labels) => Labels): Vector {
  return requireDistinct({ labels: labels.map((set) => evaluation.query.store.intern(change(set))), values }, call);
}

function compilePattern(call: Call, pattern: string): AnchoredRegex {
  try {
    return compileRegex(pattern);
  } catch {
    throw execError(`invalid regular expression in label_replace(): ${pattern}`, call);
  }
}

/** Fills in `$1`, `${1}`, `$name` and `${name}`; `$$` is a dollar sign, and an unknown group is empty, as in Go. */
export function expandTemplate(template: string, groups: readonly string[], regex: AnchoredRegex): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole: string, braced?: string, bare?: string) => {
    if (whole === "$$") return "$";
    const name = braced ?? bare ?? "";
    const index = /^\d+$/.test(name) ? Number(name) : regex.groupIndex(name);
    return groups[index] ?? "";
  });
}
