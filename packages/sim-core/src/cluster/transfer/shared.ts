import type { Issue } from "../../errors.ts";
import type { ClusterConfig } from "../config.ts";
import type { SharedBandwidth } from "./config.ts";

/** Every bandwidth that is shared by name, with where it stands below its deployment's `startup`. */
function mentions({ deployments }: ClusterConfig): readonly (SharedBandwidth & { readonly path: readonly (string | number)[] })[] {
  return deployments.flatMap(({ lifecycle }, index) =>
    [["pull", lifecycle.image?.shared] as const, ["load", lifecycle.weights?.shared] as const].flatMap(([key, shared]) =>
      shared === undefined ? [] : [{ ...shared, path: ["deployments", index, "startup", key, "shared", "bandwidth"] }],
    ),
  );
}

/** Bytes per second by name. */
export function sharedBandwidths(config: ClusterConfig): ReadonlyMap<string, number> {
  return new Map(mentions(config).map(({ name, bytesPerSecond }) => [name, bytesPerSecond]));
}

/** One base image, one size: where it is written again it must be the same. */
export function checkBases({ deployments }: ClusterConfig): readonly Issue[] {
  const first = new Map<string, number>();
  return deployments.flatMap(({ lifecycle }, index): Issue[] => {
    const base = lifecycle.image?.base;
    if (base === undefined) return [];
    const known = first.get(base.name) ?? base.bytes;
    first.set(base.name, known);
    if (known === base.bytes) return [];
    const path = ["deployments", index, "startup", "pull", "base", "bytes"];
    return [{ code: "base_sizes_differ", path, data: { name: base.name, bytes: base.bytes, firstBytes: known } }];
  });
}

/** One name, one bandwidth: where it is written again it must be the same. */
export function checkSharedBandwidths(config: ClusterConfig): readonly Issue[] {
  const first = new Map<string, number>();
  return mentions(config).flatMap(({ name, bytesPerSecond, path }): Issue[] => {
    const known = first.get(name) ?? bytesPerSecond;
    first.set(name, known);
    if (known === bytesPerSecond) return [];
    return [{ code: "shared_bandwidths_differ", path, data: { name, bytesPerSecond, firstBytesPerSecond: known } }];
  });
}
