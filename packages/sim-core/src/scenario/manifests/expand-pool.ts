import type { Issue, IssuePath, Json } from "../../errors.ts";
import { parseBytes } from "../../units/bytes.ts";
import type { Position } from "../source.ts";
import type { ReadManifest } from "./applied.ts";
import { chooseObject, versionIssues } from "./choose-object.ts";
import { type ManifestObject, readManifestObjects } from "./documents.ts";
import { isRecord, type Node, nodeAt, numberAt, textAt, valueAt } from "./node.ts";
import { limitsIn, type NodePoolLimits, readNodePool, requirementsOf } from "./node-pool.ts";
import { checkNodePool } from "./node-pool-shape.ts";
import { ObjectErrors } from "./object-shape.ts";
import { answerTo, labelsOf } from "./offering.ts";
import { placeText, Stated, type StatedValue } from "./stated.ts";

/** A limit over the offerings of a NodePool, as a scenario would write it. */
export interface PoolQuota {
  readonly value: Node;
  readonly position: Position;
}

/** What an entry of a scenario's node pools stands for. */
export interface ExpandedPool {
  readonly entries: readonly { readonly value: unknown; readonly offering?: number }[];
  /** How deployments may call them together. */
  readonly base?: string;
  readonly names: readonly string[];
  readonly object?: ManifestObject;
  readonly taken: readonly StatedValue[];
  readonly quota?: PoolQuota;
  readonly issues: readonly Issue[];
  readonly assumptions: readonly string[];
}

/** Reads the NodePool that an entry names, and makes a pool of each offering that it allows. */
export function expandPool(pool: unknown, path: IssuePath, read: ReadManifest): ExpandedPool {
  const asWritten = (issues: readonly Issue[]): ExpandedPool => ({
    entries: [{ value: pool }],
    names: [],
    taken: [],
    issues,
    assumptions: [],
  });
  const file = textAt(pool, ["manifest"]);
  if (!isRecord(pool)) return asWritten([]);
  if (file === undefined || file === "")
    return asWritten(pool["offerings"] === undefined ? [] : [{ code: "offerings_without_manifest", path: [...path, "offerings"] }]);
  const text = read(file);
  if (text === undefined) return asWritten([{ code: "deployment_manifest_missing", path: [...path, "manifest"], data: { file } }]);
  const { objects, issues } = readManifestObjects(text, file);
  if (issues.length > 0) return asWritten(issues.map((issue) => ({ ...issue, path })));
  const chosen = chooseObject(objects, "NodePool", textAt(pool, ["name"]), file);
  if ("code" in chosen) return asWritten([{ ...chosen, path }]);
  const found = nodePoolIssues(chosen).map((issue) => ({ ...issue, path }));
  return found.every(({ severity }) => severity === "warning") ? expandBy(chosen, pool, path, found) : asWritten(found);
}

/** What a NodePool is refused for by itself, and what of it the server would drop. */
export function nodePoolIssues(object: ManifestObject): readonly Issue[] {
  const wrong = versionIssues(object, "karpenter.sh/v1");
  if (wrong.length > 0) return wrong;
  const errors = new ObjectErrors(object);
  checkNodePool(object, errors);
  return errors.issues;
}

/** One of the machines that a scenario's entry lists; the entry itself where it lists none. */
interface Candidate {
  readonly own: Node;
  readonly whole: Node;
  readonly offering?: number;
  /** Why the NodePool does not buy it. */
  readonly against?: string;
}

function expandBy(object: ManifestObject, pool: Node, path: IssuePath, warnings: readonly Issue[]): ExpandedPool {
  const stated = new Stated(object);
  const base = textAt(pool, ["name"]) ?? object.name;
  stated.set(["karpenter", "nodePool"], base, ["metadata", "name"]);
  readNodePool(object, stated);
  const limits = limitsIn(object, stated);
  const candidates = candidatesOf(pool, object, limits, stated);
  const kept = candidates.filter(({ against }) => against === undefined);
  const names = kept.map((candidate) => (kept.length === 1 ? base : `${base}-${offeringName(candidate)}`));
  const quota = quotaOf(limits, names, kept, object, stated);
  const issues = [...warnings, ...stated.issues.map((issue) => ({ ...issue, path }))];
  const taken = stated.values.filter(({ key }) => isOpen(pool, key));
  if (kept.length === 0) {
    const data = { name: object.name, reasons: [...new Set(candidates.map(({ against }) => against ?? ""))] };
    const none: Issue = { code: "node_pool_without_offering", path: [...path, "manifest"], data };
    return { entries: [{ value: pool }], names: [], taken: [], issues: [...issues, none], assumptions: [] };
  }
  return {
    entries: kept.map(({ whole, offering }, index) => ({
      value: completed({ ...whole, name: names[index] as string }, taken, limits),
      ...(offering === undefined ? {} : { offering }),
    })),
    base,
    names,
    object,
    taken,
    ...(quota === undefined ? {} : { quota }),
    issues,
    assumptions: wordsOf(base, object, taken, stated, candidates),
  };
}

function candidatesOf(pool: Node, object: ManifestObject, limits: NodePoolLimits, stated: Stated): readonly Candidate[] {
  const { offerings, ...rest } = pool;
  const isListed = Array.isArray(offerings) && offerings.length > 0 && offerings.every(isRecord);
  const untold = new Map<string, IssuePath>();
  const list = isListed ? (offerings as readonly Node[]) : [{}];
  const candidates = list.map((own, offering): Candidate => {
    const whole = isListed ? { ...rest, ...own } : pool;
    const against = reasonAgainst(object, whole, limits, untold);
    return { own, whole, ...(isListed ? { offering } : {}), ...(against === undefined ? {} : { against }) };
  });
  for (const [key, path] of untold)
    stated.notModelled(`the requirement on ${key}`, path, "taken as met: say in labels what the machines have");
  return candidates;
}

/** The first requirement or limit that keeps a machine out. @param untold where requirements go that nothing is known about */
function reasonAgainst(object: ManifestObject, whole: Node, limits: NodePoolLimits, untold: Map<string, IssuePath>): string | undefined {
  const labels = labelsOf(whole);
  for (const requirement of requirementsOf(object)) {
    const answer = answerTo(requirement, labels);
    const { key, operator, values, path } = requirement;
    if (answer === "untold") untold.set(key, path);
    if (answer === "unmet") return `${key} ${operator}${values.length === 0 ? "" : ` ${values.join(", ")}`}`;
  }
  return nodesWithin(limits, whole) < 1 ? "limits" : undefined;
}

/** Nodes of a machine that the limits allow; Infinity where none binds. */
function nodesWithin(limits: NodePoolLimits, whole: Node): number {
  const sizes = sizesOf(whole);
  const allowed = (["gpus", "nodes", "cpu", "memory"] as const).flatMap((key) => {
    const [limit, size] = [limits[key], sizes[key]];
    return limit === undefined || size === undefined || size === 0 ? [] : [Math.floor(limit / size)];
  });
  return Math.min(...allowed, Number.POSITIVE_INFINITY);
}

/** What one node takes of each limit, as far as the scenario says. */
function sizesOf(whole: Node): { readonly [Key in keyof NodePoolLimits]: number | undefined } {
  const [gpus, cpu] = [numberAt(whole, ["gpusPerNode"]), numberAt(whole, ["cpu"])];
  return { gpus, cpu, nodes: 1, memory: parseBytes(textAt(whole, ["memory"]) ?? "") };
}

/** p5.48xlarge-us-east-1a-spot, or what the scenario calls it. */
function offeringName({ own, whole, offering = 0 }: Candidate): string {
  const name = textAt(own, ["name"]);
  if (name !== undefined) return name;
  const parts = [textAt(whole, ["instanceType"]), textAt(own, ["zone"]), textAt(whole, ["capacity"]) === "spot" ? "spot" : undefined];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? String(offering) : known.join("-");
}

/** Most nodes of a pool. @see scenario schema: max */
const MAX_NODES = 10_000;

function completed(entry: Node, taken: readonly StatedValue[], limits: NodePoolLimits): Node {
  let value: Node = { ...entry };
  for (const { key, value: leaf } of taken) {
    const [first = "", second] = key;
    value = { ...value, [first]: second === undefined ? leaf : { ...nodeAt(value, [first]), [second]: leaf } };
  }
  const nodes = nodesWithin(limits, entry);
  return value["max"] !== undefined || nodes === Number.POSITIVE_INFINITY ? value : { ...value, max: Math.min(nodes, MAX_NODES) };
}

/** Nothing is written at the key, and nothing but an object above it. */
function isOpen(pool: Node, [first = "", second]: readonly string[]): boolean {
  if (pool[first] === undefined) return true;
  return second !== undefined && isRecord(pool[first]) && valueAt(pool, [first, second]) === undefined;
}

/** The limits over all offerings; one whose sizes are not all known cannot bind, which is warned of. */
function quotaOf(
  limits: NodePoolLimits,
  names: readonly string[],
  kept: readonly Candidate[],
  object: ManifestObject,
  stated: Stated,
): PoolQuota | undefined {
  const quota: { [key: string]: Json } = {};
  for (const key of ["gpus", "nodes", "cpu", "memory"] as const) {
    const limit = limits[key];
    if (limit === undefined) continue;
    if (kept.some(({ whole }) => sizesOf(whole)[key] === undefined))
      stated.notModelled(`the limit of ${key}`, ["spec", "limits", key], `give ${key} of one node in every offering`);
    else quota[key] = key === "memory" ? `${Math.floor(limit)}B` : key === "cpu" ? limit : Math.floor(limit);
  }
  if (Object.keys(quota).length === 0 || names.length === 0) return undefined;
  return { value: { nodePools: names, ...quota }, position: object.locate(["spec", "limits"]) };
}

function wordsOf(
  base: string,
  object: ManifestObject,
  taken: readonly StatedValue[],
  stated: Stated,
  candidates: readonly Candidate[],
): readonly string[] {
  const out = candidates.filter(({ against }) => against !== undefined);
  const idle = [...stated.idle].sort();
  return [
    `${base}: NodePool ${object.name} of ${placeText(object.locate([]))}.`,
    ...taken.map(({ key, value, position }) => `${base}: ${key.join(".")} is ${shown(value)}, from ${placeText(position)}.`),
    ...out.map((candidate) => `${base}: ${offeringName(candidate)} is left out by ${candidate.against} of ${object.name}.`),
    ...(idle.length === 0 ? [] : [`${base}: of the manifest, these change nothing here: ${idle.join(", ")}.`]),
  ];
}

const shown = (value: Json): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
