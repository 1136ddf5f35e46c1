import type { Issue } from "../../errors.ts";
import type { ReadManifest } from "./applied.ts";
import { chooseObject } from "./choose-object.ts";
import { type ManifestObject, readManifestObjects } from "./documents.ts";
import type { ExpandedPool } from "./expand-pool.ts";
import { listAt, textAt, valueAt } from "./node.ts";
import { isTolerated, taintsOf } from "./node-pool.ts";

/**
 * Warns of deployments whose manifest does not tolerate a taint of the NodePool they are to run on: in a cluster no pod of theirs would get
 * there. A deployment without a manifest is taken to tolerate everything.
 */
export function untoleratedTaints(scenario: unknown, pools: readonly ExpandedPool[], read: ReadManifest): readonly Issue[] {
  const tainted = pools.filter(({ object }) => object !== undefined && taintsOf(object).length > 0);
  if (tainted.length === 0) return [];
  return listAt(scenario, ["deployments"]).flatMap((deployment, index) => {
    const workload = workloadOf(deployment, read);
    if (workload === undefined) return [];
    const mayUse = listAt(deployment, ["nodePools"]);
    return tainted.flatMap((pool) => {
      if (mayUse.length > 0 && ![pool.base, ...pool.names].some((name) => mayUse.includes(name))) return [];
      return issuesOf(workload, pool.object as ManifestObject, ["deployments", index]);
    });
  });
}

function issuesOf(workload: ManifestObject, nodePool: ManifestObject, path: readonly (string | number)[]): readonly Issue[] {
  const tolerations = listAt(workload.value, ["spec", "template", "spec", "tolerations"]);
  return taintsOf(nodePool).flatMap((taint): readonly Issue[] => {
    if (isTolerated(taint, tolerations)) return [];
    const text = `${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`;
    const data = { workload: workload.name, nodePool: nodePool.name, taint: text };
    return [{ code: "taint_not_tolerated", severity: "warning", path, ...nodePool.locate(taint.path), data }];
  });
}

function workloadOf(deployment: unknown, read: ReadManifest): ManifestObject | undefined {
  const file = textAt(deployment, ["manifest"]);
  const text = file === undefined ? undefined : read(file);
  if (file === undefined || text === undefined) return undefined;
  const { objects } = readManifestObjects(text, file);
  const found = ["Deployment", "StatefulSet"].map((kind) => chooseObject(objects, kind, textAt(deployment, ["name"]), file));
  return found.find((each): each is ManifestObject => !("code" in each) && valueAt(each.value, ["spec", "template"]) !== undefined);
}
