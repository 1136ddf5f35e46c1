import type { PodView } from "@replicast/sim-core";
import { quantile } from "./residuals.ts";

/** Start-ups kept: enough to tell the usual from the unlucky, few enough to follow a change of image or node pool. */
const KEPT = 20;
/** One late replica in ten is worth waiting less for than all are. */
const SHARE = 0.9;

/** What a policy has seen of its deployment's start-ups. Plain data; `counted` holds the pods that exist and were counted. */
export type StartUps = { readonly seconds: readonly number[]; readonly counted: readonly string[] };

export const NO_START_UPS: StartUps = { seconds: [], counted: [] };

/** Adds the time from creation to Ready of each pod that is Ready for the first time. Pods that were there, Ready, from the beginning took none. */
export function noteStartUps(before: StartUps, pods: readonly PodView[]): StartUps {
  const started = pods.filter(({ name, ready }) => ready?.status === true && !before.counted.includes(name));
  const there = before.counted.filter((name) => pods.some((pod) => pod.name === name));
  if (started.length === 0 && there.length === before.counted.length) return before;
  const took = started
    .map(({ createdSeconds, ready }) => (ready?.sinceSeconds ?? createdSeconds) - createdSeconds)
    .filter((seconds) => seconds > 0);
  return { seconds: [...before.seconds, ...took].slice(-KEPT), counted: [...there, ...started.map(({ name }) => name)] };
}

/** How long a start takes but for the slowest tenth, by what was seen; undefined before the first one. */
export function measuredStartSeconds({ seconds }: StartUps): number | undefined {
  return seconds.length === 0 ? undefined : quantile(seconds, SHARE);
}
