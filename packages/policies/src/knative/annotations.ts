import type { Issue, IssuePath } from "@replicast/sim-core";
import { nearest } from "../parse.ts";
import { readSettings, type Setting } from "./settings.ts";

export const ANNOTATION_PREFIX = "autoscaling.knative.dev/";
const KPA_CLASS = "kpa.autoscaling.knative.dev";

export type AnnotationKey =
  | "target"
  | "target-utilization-percentage"
  | "window"
  | "panic-window-percentage"
  | "panic-threshold-percentage"
  | "target-burst-capacity"
  | "scale-down-delay"
  | "min-scale"
  | "max-scale"
  | "initial-scale"
  | "activation-scale"
  | "scale-to-zero-pod-retention-period";

/** What annotations hold numbers and durations. @see knative.dev/serving pkg/apis/autoscaling/annotation_validation.go */
export const ANNOTATIONS: { readonly [key in AnnotationKey]: Setting } = {
  target: { kind: "number", minimum: 0.01 },
  "target-utilization-percentage": { kind: "number", minimum: 1, maximum: 100 },
  window: { kind: "duration", minimum: 6, maximum: 3600, wholeSeconds: true },
  "panic-window-percentage": { kind: "number", minimum: 1, maximum: 100 },
  "panic-threshold-percentage": { kind: "number", minimum: 110, maximum: 1000 },
  "target-burst-capacity": { kind: "number", minimum: 0, or: -1 },
  "scale-down-delay": { kind: "duration", minimum: 0, maximum: 3600, wholeSeconds: true },
  "min-scale": { kind: "whole", minimum: 0 },
  "max-scale": { kind: "whole", minimum: 0 },
  "initial-scale": { kind: "whole", minimum: 0 },
  "activation-scale": { kind: "whole", minimum: 1 },
  "scale-to-zero-pod-retention-period": { kind: "duration", minimum: 0, maximum: 3600 },
};

/** Older spellings that are still read. @see knative.dev/serving pkg/apis/autoscaling/register.go */
const ALIASES: { readonly [spelling: string]: string } = {
  minScale: "min-scale",
  maxScale: "max-scale",
  initialScale: "initial-scale",
  activationScale: "activation-scale",
  scaleDownDelay: "scale-down-delay",
  targetUtilizationPercentage: "target-utilization-percentage",
  panicWindowPercentage: "panic-window-percentage",
  panicThresholdPercentage: "panic-threshold-percentage",
  targetBurstCapacity: "target-burst-capacity",
};

export type Metric = "concurrency" | "rps";

export interface Annotations {
  readonly values: { readonly [key in AnnotationKey]?: number };
  readonly metric: Metric;
  readonly aggregation: "linear" | "weighted-exponential";
}

/** The annotations of a revision; those of others are left alone. Issues `unknown_key`, `unknown_value`, `bad_format`, `out_of_range`. */
export function readAnnotations(all: Readonly<Record<string, string>>, path: IssuePath, add: (issue: Issue) => void): Annotations {
  const own: Record<string, string> = {};
  const known = [...Object.keys(ANNOTATIONS), "class", "metric", "metric-aggregation-algorithm"];
  for (const [name, text] of Object.entries(all)) {
    if (!name.startsWith(ANNOTATION_PREFIX)) continue;
    const key = ALIASES[name.slice(ANNOTATION_PREFIX.length)] ?? name.slice(ANNOTATION_PREFIX.length);
    if (known.includes(key)) {
      own[key] = text;
      continue;
    }
    const near = nearest(key, known);
    const data = { key: name, known, ...(near === undefined ? {} : { near: ANNOTATION_PREFIX + near }) };
    add({ code: "unknown_key", path: [...path, name], data });
  }
  const prefixed: Record<string, string> = {};
  const settings: Record<string, Setting> = {};
  for (const [key, text] of Object.entries(own)) prefixed[ANNOTATION_PREFIX + key] = text;
  for (const [key, setting] of Object.entries(ANNOTATIONS)) settings[ANNOTATION_PREFIX + key] = setting;
  const read = readSettings(prefixed, settings, path, add);
  const values = Object.fromEntries(Object.entries(read).map(([name, value]) => [name.slice(ANNOTATION_PREFIX.length), value]));
  const choice = <Value extends string>(key: string, allowed: readonly Value[], otherwise: Value): Value => {
    const text = own[key];
    if (text === undefined) return otherwise;
    const found = allowed.find((value) => value === text);
    if (found === undefined)
      add({ code: "unknown_value", path: [...path, ANNOTATION_PREFIX + key], data: { expected: allowed.join(" or "), actual: text } });
    return found ?? otherwise;
  };
  choice("class", [KPA_CLASS], KPA_CLASS);
  return {
    values,
    metric: choice("metric", ["concurrency", "rps"], "concurrency"),
    aggregation: choice("metric-aggregation-algorithm", ["linear", "weighted-exponential"], "linear"),
  };
}
