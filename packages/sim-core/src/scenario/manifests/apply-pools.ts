import type { IssuePath } from "../../errors.ts";
import type { AppliedManifests, Origin, ReadManifest } from "./applied.ts";
import { type ExpandedPool, expandPool, type PoolQuota } from "./expand-pool.ts";
import { isRecord, listAt, type Node, nodeAt, valueAt } from "./node.ts";
import { applySchedules, scheduleManifests } from "./scheduled-machine.ts";
import { untoleratedTaints } from "./taints.ts";

/** A scenario whose node pools are written out, and how to speak of them as they were written. */
export interface AppliedPools extends AppliedManifests {
  /** A path into the scenario as applied → into the scenario as written. */
  readonly relocate: (path: IssuePath) => IssuePath;
}

/** Names of the manifests that a scenario's node pools are read from. */
export function poolManifestNames(value: unknown): readonly string[] {
  const names = listAt(value, ["nodePools"]).flatMap((pool) => [valueAt(pool, ["manifest"]), ...scheduleManifests(pool)]);
  return names.filter((name): name is string => typeof name === "string" && name !== "");
}

/**
 * Completes node pools by the manifests they name: a NodePool of Karpenter, of whose offerings each becomes a pool, and ScheduledMachines.
 * What the scenario says itself stays. Codes of issues: `deployment_manifest_missing`, `deployment_manifest_api_version`, `object_…`,
 * `offerings_without_manifest`, `node_pool_without_offering`, `manifest_not_modelled`, `taint_not_tolerated`, and those of YAML.
 */
export function applyPools(value: unknown, read: ReadManifest): AppliedPools {
  const pools = listAt(value, ["nodePools"]);
  const isPlain = (pool: unknown): boolean => valueAt(pool, ["manifest"]) === undefined && valueAt(pool, ["offerings"]) === undefined;
  if (!isRecord(value) || (poolManifestNames(value).length === 0 && pools.every(isPlain)))
    return { value, issues: [], origins: [], assumptions: [], relocate: (path) => path };
  const expanded = pools.map((pool, index) => expandPool(pool, ["nodePools", index], read));
  const written = expanded.flatMap(({ entries }, source) => entries.map(({ offering }): Written => ({ source, offering: offering ?? -1 })));
  const scheduled = applySchedules(
    expanded.flatMap(({ entries }) => entries.map((entry) => entry.value)),
    read,
  );
  const limited = withQuotas(
    { ...value, nodePools: scheduled.entries },
    expanded.flatMap(({ quota }) => (quota === undefined ? [] : [quota])),
  );
  const relocate = (path: IssuePath): IssuePath => asWritten(path, written, pools);
  return {
    value: limited.value,
    issues: [
      ...expanded.flatMap(({ issues }) => issues),
      ...scheduled.issues.map((issue) => ({ ...issue, path: relocate(issue.path) })),
      ...untoleratedTaints(value, expanded, read),
    ],
    origins: [...originsOf(expanded), ...scheduled.origins, ...limited.origins],
    assumptions: [...expanded.flatMap(({ assumptions }) => assumptions), ...scheduled.assumptions],
    relocate,
  };
}

/** Where a pool of the applied scenario stands in the written one; −1: it is no offering of a list. */
interface Written {
  readonly source: number;
  readonly offering: number;
}

function asWritten(path: IssuePath, written: readonly Written[], pools: readonly unknown[]): IssuePath {
  const [list, index, key, ...rest] = path;
  const place = list === "nodePools" ? written[Number(index)] : undefined;
  if (place === undefined) return path;
  const own: IssuePath = ["offerings", place.offering];
  const isOfOffering = key !== undefined && place.offering >= 0 && valueAt(pools[place.source], [...own, key]) !== undefined;
  return ["nodePools", place.source, ...(isOfOffering ? own : []), ...(key === undefined ? [] : [key, ...rest])];
}

function originsOf(expanded: readonly ExpandedPool[]): readonly Origin[] {
  const pools = expanded.flatMap(({ entries, taken }) => entries.map(() => taken));
  return pools.flatMap((taken, index) => taken.map(({ key, position }) => ({ path: ["nodePools", index, ...key], position })));
}

/** The limits of NodePools are quotas over their offerings. */
function withQuotas(value: Node, quotas: readonly PoolQuota[]): { readonly value: Node; readonly origins: readonly Origin[] } {
  const { autoscaler } = value;
  const before = valueAt(autoscaler, ["quotas"]);
  const isReadable = autoscaler === undefined || (isRecord(autoscaler) && (before === undefined || Array.isArray(before)));
  if (quotas.length === 0 || !isReadable) return { value, origins: [] };
  const own = Array.isArray(before) ? (before as readonly unknown[]) : [];
  const all = [...own, ...quotas.map((quota) => quota.value)];
  const origins = quotas.map(({ position }, index) => ({ path: ["autoscaler", "quotas", own.length + index], position }));
  return { value: { ...value, autoscaler: { ...nodeAt(value, ["autoscaler"]), quotas: all } }, origins };
}
