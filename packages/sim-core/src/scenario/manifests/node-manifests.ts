import type { Issue } from "../../errors.ts";
import type { ManifestObject } from "./documents.ts";
import { nodePoolIssues } from "./expand-pool.ts";
import { limitsIn, readNodePool } from "./node-pool.ts";
import { scheduledMachineIssues } from "./scheduled-machine.ts";
import { Stated } from "./stated.ts";

/** Kinds that node pools are read from. */
export const NODE_KINDS: readonly string[] = ["NodePool", "ScheduledMachine"];

/** What is wrong with the objects of a file that node pools are read from, by themselves, and what of them is not simulated. */
export function nodeObjectIssues(objects: readonly ManifestObject[]): readonly Issue[] {
  return objects.flatMap((object): readonly Issue[] => {
    if (object.kind === "ScheduledMachine") return scheduledMachineIssues(object);
    if (object.kind !== "NodePool") return [];
    const issues = nodePoolIssues(object);
    if (issues.some(({ severity }) => severity !== "warning")) return issues;
    const stated = new Stated(object);
    readNodePool(object, stated);
    limitsIn(object, stated);
    return [...issues, ...stated.issues];
  });
}
