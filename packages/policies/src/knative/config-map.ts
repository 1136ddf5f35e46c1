import type { Issue, IssuePath } from "@replicast/sim-core";
import { nearest } from "../parse.ts";
import { readSettings, type Setting } from "./settings.ts";

/** Keys of the config map `config-autoscaler`. @see knative.dev/serving pkg/autoscaler/config/config.go */
export const CONFIG_MAP: {
  readonly [key in ConfigMapKey]: Setting & { readonly defaultValue: number };
} = {
  "container-concurrency-target-percentage": { kind: "number", minimum: 0, exclusive: true, maximum: 100, defaultValue: 70 },
  "container-concurrency-target-default": { kind: "number", minimum: 0.01, defaultValue: 100 },
  "requests-per-second-target-default": { kind: "number", minimum: 0.01, defaultValue: 200 },
  "target-burst-capacity": { kind: "number", minimum: 0, or: -1, defaultValue: 211 },
  "stable-window": { kind: "duration", minimum: 6, maximum: 3600, wholeSeconds: true, defaultValue: 60 },
  "panic-window-percentage": { kind: "number", minimum: 1, maximum: 100, defaultValue: 10 },
  "panic-threshold-percentage": { kind: "number", minimum: 110, maximum: 1000, defaultValue: 200 },
  "max-scale-up-rate": { kind: "number", minimum: 1, exclusive: true, defaultValue: 1000 },
  "max-scale-down-rate": { kind: "number", minimum: 1, exclusive: true, defaultValue: 2 },
  "enable-scale-to-zero": { kind: "boolean", defaultValue: 1 },
  "scale-to-zero-grace-period": { kind: "duration", minimum: 6, defaultValue: 30 },
  "scale-to-zero-pod-retention-period": { kind: "duration", minimum: 0, defaultValue: 0 },
  "activator-capacity": { kind: "number", minimum: 1, defaultValue: 100 },
  "initial-scale": { kind: "whole", minimum: 0, defaultValue: 1 },
  "allow-zero-initial-scale": { kind: "boolean", defaultValue: 0 },
  "min-scale": { kind: "whole", minimum: 0, defaultValue: 0 },
  "max-scale": { kind: "whole", minimum: 0, defaultValue: 0 },
  "scale-down-delay": { kind: "duration", minimum: 0, maximum: 3600, wholeSeconds: true, defaultValue: 0 },
};

export type ConfigMapKey =
  | "container-concurrency-target-percentage"
  | "container-concurrency-target-default"
  | "requests-per-second-target-default"
  | "target-burst-capacity"
  | "stable-window"
  | "panic-window-percentage"
  | "panic-threshold-percentage"
  | "max-scale-up-rate"
  | "max-scale-down-rate"
  | "enable-scale-to-zero"
  | "scale-to-zero-grace-period"
  | "scale-to-zero-pod-retention-period"
  | "activator-capacity"
  | "initial-scale"
  | "allow-zero-initial-scale"
  | "min-scale"
  | "max-scale"
  | "scale-down-delay";

/** Every key with a number; durations in seconds, booleans as 1 and 0. */
export type ConfigMap = { readonly [key in ConfigMapKey]: number };

/** The config map with its defaults; issues `unknown_key`, `bad_format`, `out_of_range`. */
export function readConfigMap(data: Readonly<Record<string, string>>, path: IssuePath, add: (issue: Issue) => void): ConfigMap {
  const known = Object.keys(CONFIG_MAP);
  for (const key of Object.keys(data)) {
    if (known.includes(key) || key === "_example") continue;
    const near = nearest(key, known);
    add({ code: "unknown_key", path: [...path, key], data: { key, known, ...(near === undefined ? {} : { near }) } });
  }
  const defaults = Object.fromEntries(Object.entries(CONFIG_MAP).map(([key, { defaultValue }]) => [key, defaultValue])) as ConfigMap;
  return { ...defaults, ...readSettings(data, CONFIG_MAP, path, add) };
}
