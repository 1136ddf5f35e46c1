import type { Issue, IssuePath } from "../errors.ts";
import { PRESET_IDS } from "../serving/presets.ts";
import { scenarioField } from "./schema.ts";
import type { ScenarioSpec } from "./spec.ts";
import { toIssues } from "./zod-issues.ts";

/** Rounds of mending: a mended part may show what it hid. */
const MAX_ROUNDS = 4;
/** More faults than this are no slips; looking for further ones would help nobody. */
const MAX_FAULTS = 30;

const MODEL = PRESET_IDS[0] as string;
/** Values that a faulty place is given until one fits, so that the rest can be looked at. Their results are never reported. */
const STAND_INS: readonly unknown[] = [
  "1h",
  "1/s",
  1,
  24,
  "1GB",
  "1GB/s",
  "standIn",
  "2026-01-05T00:00:00",
  MODEL,
  true,
  [[0, 1], [1, 1]], // biome-ignore format: a pair of pairs
  [{ arrivals: { kind: "poisson", rate: "1/s" }, lengths: { prompt: 1, output: 1 } }],
  { arrivals: { kind: "poisson", rate: "1/s" }, lengths: { prompt: 1, output: 1 } },
  { kind: "poisson", rate: "1/s" },
  { prompt: 1, output: 1 },
  [{ name: "standIn", model: MODEL, replicas: 1 }],
  { name: "standIn", model: MODEL, replicas: 1 },
  [{ name: "standIn", gpu: "H100", gpusPerNode: 8, pricePerGpuHour: 1, max: 1 }],
  { name: "standIn", gpu: "H100", gpusPerNode: 8, pricePerGpuHour: 1, max: 1 },
  [{ name: "standIn", kind: "fixed", replicas: 1 }],
  { name: "standIn", kind: "fixed", replicas: 1 },
  { ttft: "p(95)<1s" },
  { as: "standIn", query: "1" },
  { kind: "metricsOutage", from: "1s", to: "2s" },
];

/** Issues that rest on entries elsewhere: not to be believed when those were faulty. Names: only when the entries' names were. */
const RESTS_ON: Readonly<Record<string, { readonly lists: readonly string[]; readonly names?: true }>> = {
  which_deployment: { lists: ["deployments"], names: true },
  unknown_deployment: { lists: ["deployments"], names: true },
  unknown_model: { lists: ["deployments", "models"], names: true },
  trace_without_sessions: { lists: ["traffic"] },
  trace_without_model: { lists: ["traffic", "deployments", "models"] },
  trace_unknown_models: { lists: ["traffic", "deployments", "models"] },
  manifest_target_differs: { lists: ["deployments"], names: true },
  manifest_namespace_differs: { lists: ["deployments"], names: true },
  unknown_policy: { lists: ["policies"], names: true },
  unknown_node_pool: { lists: ["nodePools"], names: true },
  duplicate_name: { lists: [] },
  no_node_pool: { lists: ["nodePools", "deployments"] },
  replica_larger_than_node: { lists: ["nodePools", "deployments"] },
  initial_replicas_do_not_fit: { lists: ["nodePools", "deployments"] },
  gpu_mismatch: { lists: ["nodePools", "deployments"] },
  unknown_gpu: { lists: ["deployments"] },
  unknown_metric: { lists: ["derive", "costs"] },
  no_single_trace: { lists: ["traffic"] },
  requests_too_long: { lists: ["traffic", "deployments"] },
  season_never_complete: { lists: ["duration"] },
  trace_outside_run: { lists: ["traffic", "duration"] },
};

/** Issues about a value alone, whatever stands around it. */
const ABOUT_ITSELF: readonly string[] = [
  "unknown_gpu",
  "unknown_policy_kind",
  "unknown_time_zone",
  "manifest_file_missing",
  "trace_missing",
  "bad_threshold",
  "bad_threshold_value",
  "bad_aggregation",
  "not_an_objective",
  "unknown_metric",
  "unknown_function",
  "expression_syntax",
  "expression_not_allowed",
  "invalid_query",
  "metric_not_exported",
];

/**
 * Reads a scenario with its faulty parts left out, or replaced where something must stand, so that one misspelt key does not hide a
 * missing trace; undefined when that leads nowhere.
 */
export function salvageSpec(value: unknown, issues: readonly Issue[]): ScenarioSpec | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(value));
  let faults = issues;
  for (let round = 0; round < MAX_ROUNDS && faults.length <= MAX_FAULTS; round++) {
    for (const { code, path } of faults) {
      const parent = valueAt(copy, path.slice(0, -1));
      const key = path.at(-1);
      if (!isObject(parent) || key === undefined) return undefined;
      // An entry of a list cannot go: the paths of those behind it would shift.
      if (code === "missing_key" || Array.isArray(parent)) standIn(copy, path);
      else delete parent[key];
    }
    const result = scenarioField.safeParse(copy);
    if (result.success) return result.data;
    faults = toIssues(result.error.issues, copy);
  }
  return undefined;
}

/** True for an issue that may follow from what was left out or replaced, and not from what was written. */
export function isDoubtful({ code, path, file }: Issue, faults: readonly Issue[]): boolean {
  const rests = Object.hasOwn(RESTS_ON, code) ? RESTS_ON[code] : undefined;
  if (rests?.lists.some((list) => faults.some((fault) => fault.path[0] === list && (rests.names !== true || isOfName(fault.path))))) {
    return true;
  }
  if (file !== undefined) return false;
  if (ABOUT_ITSELF.includes(code)) return faults.some((fault) => isPrefix(fault.path, path) || isPrefix(path, fault.path));
  return faults.some((fault) => isSameEntry(fault.path, path));
}

function isOfName(path: IssuePath): boolean {
  return path.length <= 2 || path[2] === "name";
}

/** Keys of the top level are told apart, and the entries of lists and objects there. */
function isSameEntry(a: IssuePath, b: IssuePath): boolean {
  return a[0] === b[0] && (a[1] === undefined || b[1] === undefined || a[1] === b[1]);
}

/** Puts something that fits in a place, or in the place around it when nothing fits. */
function standIn(root: unknown, path: IssuePath): void {
  for (let depth = path.length; depth > 0; depth--) {
    const place = path.slice(0, depth);
    const parent = valueAt(root, place.slice(0, -1));
    if (!isObject(parent)) continue;
    const key = place.at(-1) as string | number;
    const before = parent[key];
    for (const candidate of STAND_INS) {
      parent[key] = candidate;
      if (fits(root, place)) return;
    }
    parent[key] = before;
  }
}

function fits(root: unknown, place: IssuePath): boolean {
  const result = scenarioField.safeParse(root);
  // A union speaks of the whole of what it does not understand: an issue above the place is one about it, too.
  return result.success || !toIssues(result.error.issues, root).some(({ path }) => isPrefix(place, path) || isOpenEnd(path, place));
}

function isPrefix(prefix: IssuePath, path: IssuePath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}

/** Above the place, but not at the root or at a whole list. */
function isOpenEnd(path: IssuePath, place: IssuePath): boolean {
  return path.length > 1 && path.length < place.length && isPrefix(path, place);
}

function valueAt(root: unknown, path: IssuePath): unknown {
  return path.reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), root);
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}
