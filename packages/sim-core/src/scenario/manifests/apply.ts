import type { Issue, IssuePath, Json } from "../../errors.ts";
import type { AppliedManifests, Origin, ReadManifest } from "./applied.ts";
import { type ManifestObject, readManifestObjects } from "./documents.ts";
import { isRecord, listAt, type Node, textAt, valueAt } from "./node.ts";
import { nodeObjectIssues } from "./node-manifests.ts";
import { presetFor } from "./served-model.ts";
import { placeText, type Stated, type StatedValue } from "./stated.ts";
import { isReadByPolicy, WORKLOAD_KINDS } from "./surroundings.ts";
import { readWorkload } from "./workload.ts";

/** Names of the manifests that a scenario's deployments are read from. */
export function manifestNames(value: unknown): readonly string[] {
  const names = listAt(value, ["deployments"]).map((deployment) => valueAt(deployment, ["manifest"]));
  return [...new Set(names.filter((name) => typeof name === "string" && name !== ""))] as readonly string[];
}

/**
 * Completes deployments by the manifests they name; what the scenario says itself stays. Codes of issues: `deployment_manifest_missing`,
 * `deployment_manifest_no_workload`, `deployment_manifest_ambiguous`, `deployment_manifest_api_version`, `deployment_manifest_no_container`,
 * `manifest_…`, and those of YAML.
 */
export function applyManifests(value: unknown, read: ReadManifest): AppliedManifests {
  const deployments = listAt(value, ["deployments"]);
  if (!isRecord(value) || manifestNames(value).length === 0) return { value, issues: [], origins: [], assumptions: [] };
  const applied = deployments.map((deployment, index) => applyTo(deployment, index, value, read));
  const policyFiles = listAt(value, ["policies"]).flatMap((policy) => stringsIn(policy));
  const issues = applied.flatMap((one) => one.issues).filter((issue) => !isReadByPolicy(issue, policyFiles));
  return {
    value: { ...value, deployments: applied.map((one) => one.value) },
    issues: issues.filter((issue, index) => issues.findIndex((other) => isSame(issue, other)) === index),
    origins: applied.flatMap(({ origins }) => origins),
    assumptions: [...new Set(applied.flatMap(({ assumptions }) => assumptions))],
  };
}

/**
 * What is wrong with the workloads and node pools of a manifest by itself, and what of them is not simulated. What only a scenario can complete (the model,
 * the GPU) is no error here.
 * @returns empty for a file without either
 */
export function checkManifest(text: string, file: string): readonly Issue[] {
  const { objects, issues } = readManifestObjects(text, file);
  if (issues.length > 0) return issues;
  const workloads = objects.filter(({ kind }) => WORKLOAD_KINDS.includes(kind));
  const found = workloads.flatMap((object) => readWorkload(object, objects, { model: undefined, pools: [] }));
  const ofWorkloads = found.flatMap((stated) => stated.issues).filter(({ code }) => !NEEDS_SCENARIO.includes(code));
  const all = [...ofWorkloads, ...nodeObjectIssues(objects)];
  return all
    .filter((issue, index) => all.findIndex((other) => isSame(issue, other)) === index)
    .map((issue) => (issue.code === "manifest_model_unknown" ? { ...issue, severity: "warning" } : issue));
}

const NEEDS_SCENARIO: readonly string[] = ["manifest_gpu_unknown", "manifest_policy_unread"];

/** Two deployments may read one file. */
function isSame(a: Issue, b: Issue): boolean {
  return JSON.stringify({ ...a, path: [] }) === JSON.stringify({ ...b, path: [] });
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return isRecord(value) ? Object.values(value).flatMap(stringsIn) : [];
}

function applyTo(written: unknown, index: number, scenario: Node, read: ReadManifest): AppliedManifests {
  const file = isRecord(written) ? written["manifest"] : undefined;
  const nothing = { value: written, issues: [], origins: [], assumptions: [] };
  if (!isRecord(written) || typeof file !== "string" || file === "") return nothing;
  const path = ["deployments", index];
  const text = read(file);
  if (text === undefined)
    return { ...nothing, issues: [{ code: "deployment_manifest_missing", path: [...path, "manifest"], data: { file } }] };
  const { objects, issues } = readManifestObjects(text, file);
  if (issues.length > 0) return { ...nothing, issues: issues.map((issue) => ({ ...issue, path })) };
  const chosen = chooseWorkload(objects, textAt(written, ["name"]), file);
  if ("code" in chosen) return { ...nothing, issues: [{ ...chosen, path }] };
  const name = textAt(written, ["name"]) ?? chosen.name;
  const pools = listAt(scenario, ["nodePools"]).flatMap((pool) => {
    const [poolName, gpu] = [textAt(pool, ["name"]), textAt(pool, ["gpu"])];
    return poolName === undefined || gpu === undefined ? [] : [{ name: poolName, gpu }];
  });
  const all = readWorkload(chosen, objects, { model: written["model"], pools });
  const merged = merge(written, all, path);
  return {
    value: merged.value,
    issues: all.flatMap(({ issues: found }) => found).map((issue) => ({ ...issue, path })),
    origins: merged.origins,
    assumptions: wordsOf(name, chosen, all, merged.taken),
  };
}

/** The one workload of a file, or the one with the deployment's name. */
function chooseWorkload(objects: readonly ManifestObject[], name: string | undefined, file: string): ManifestObject | Issue {
  const workloads = objects.filter(({ kind }) => WORKLOAD_KINDS.includes(kind));
  const named = workloads.length > 1 ? workloads.filter((object) => object.name === name) : workloads;
  const [chosen] = named;
  if (chosen !== undefined && named.length === 1) return chosen;
  const found = objects.map((object) => `${object.kind || "?"} ${object.name}`.trim());
  const code = workloads.length > 1 ? "deployment_manifest_ambiguous" : "deployment_manifest_no_workload";
  return { code, path: [], file, line: 1, column: 1, data: { found, known: WORKLOAD_KINDS, ...(name === undefined ? {} : { name }) } };
}

interface Merged {
  readonly value: Node;
  readonly origins: readonly Origin[];
  readonly taken: readonly StatedValue[];
}

/** Sets what the scenario leaves out; the first object that states a value counts. */
function merge(written: Node, all: readonly Stated[], path: IssuePath): Merged {
  let value = written;
  const taken: StatedValue[] = [];
  for (const stated of all.flatMap(({ values }) => values)) {
    if (!isOpen(value, stated.key)) continue;
    value = withValue(value, stated.key, stated.value);
    taken.push(stated);
  }
  const model = value["model"];
  // Coefficients that were measured beat an estimate; a shape that the scenario names itself asks for the estimate.
  const isChoice = isRecord(written["model"]) && (written["model"]["shape"] !== undefined || written["model"]["latency"] !== undefined);
  const preset = isRecord(model) && !isChoice ? presetFor(model) : undefined;
  if (preset !== undefined) value = { ...value, model: preset };
  const origins = taken.map(({ key, position }) => ({ path: [...path, ...key], position }));
  const modelOrigin = origins.find(({ path: [, , key] }) => key === "model");
  if (preset !== undefined && modelOrigin !== undefined) origins.push({ path: [...path, "model"], position: modelOrigin.position });
  return { value, origins, taken };
}

/** Nothing is written at the key, and nothing but objects above it. */
function isOpen(value: Node, key: readonly string[]): boolean {
  if (valueAt(value, key) !== undefined) return false;
  return key.slice(0, -1).every((_, depth) => {
    const above = valueAt(value, key.slice(0, depth + 1));
    return above === undefined || isRecord(above);
  });
}

/** A copy: objects of a scenario may be shared through aliases. */
function withValue(value: Node, [first = "", ...rest]: readonly string[], leaf: Json): Node {
  const below = value[first];
  return { ...value, [first]: rest.length === 0 ? leaf : withValue(isRecord(below) ? below : {}, rest, leaf) };
}

function wordsOf(name: string, object: ManifestObject, all: readonly Stated[], taken: readonly StatedValue[]): readonly string[] {
  const place = object.locate([]);
  const idle = [...new Set(all.flatMap((stated) => [...stated.idle]))].sort();
  return [
    `${name}: ${object.kind} ${object.name} of ${placeText(place)}.`,
    ...taken.map(({ key, value, position, because }) => {
      const shown = isRecord(value)
        ? (textAt(value, ["name"]) ?? JSON.stringify(value))
        : Array.isArray(value)
          ? value.join(", ")
          : String(value);
      return `${name}: ${key.join(".")} is ${shown}, from ${placeText(position)}${because === undefined ? "" : ` (${because})`}.`;
    }),
    ...all.flatMap(({ notes }) => notes.map((note) => `${name}: ${note}.`)),
    ...(idle.length === 0 ? [] : [`${name}: of the manifest, these change nothing here: ${idle.join(", ")}.`]),
  ];
}
