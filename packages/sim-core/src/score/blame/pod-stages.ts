import type { StartPart } from "../../domain/facts.ts";
import type { PodRecord } from "../result.ts";
import { type BlameCause, causeCode } from "./causes.ts";

const PART_CAUSES: Readonly<Record<Exclude<StartPart, "routable">, BlameCause>> = {
  node: "node",
  bind: "node",
  pull: "pull",
  unpack: "pull",
  container: "load",
  download: "load",
  load: "load",
  compile: "load",
  capture: "load",
  warmUp: "warmUp",
  probe: "probe",
  backOff: "fault",
  restart: "fault",
  endpoints: "endpoints",
};

/** A pod's time from `fromSeconds` until `untilSeconds` with one cause why no request could reach it. */
export interface Outage {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  /** Code of the cause. */
  readonly cause: number;
  /** When the pod could be reached after all; Infinity: never. */
  readonly reachableSeconds: number;
}

/** When a pod could be reached, and what it was held up by when it could not although it was there to be. */
export interface PodTimes {
  readonly reachable: readonly (readonly [fromSeconds: number, untilSeconds: number])[];
  readonly outages: readonly Outage[];
}

/** @param pod its stages and the parts of its start */
export function podTimes(pod: Pick<PodRecord, "stages" | "parts">): PodTimes {
  const { stages, parts } = pod;
  const leftSeconds = stages.find(([, stage]) => stage === "Draining" || stage === "Gone")?.[0] ?? Number.POSITIVE_INFINITY;
  const firstReady = stages.find(([, stage]) => stage === "Ready")?.[0] ?? Number.POSITIVE_INFINITY;
  const routable = parts?.find(([, part]) => part === "routable")?.[0] ?? (parts === undefined ? firstReady : Number.POSITIVE_INFINITY);
  const outages: Outage[] = [];
  (parts ?? []).forEach(([fromSeconds, part], i) => {
    const untilSeconds = Math.min(parts?.[i + 1]?.[0] ?? leftSeconds, leftSeconds);
    if (part === "routable" || untilSeconds <= fromSeconds) return;
    outages.push({ fromSeconds, untilSeconds, cause: causeCode(PART_CAUSES[part]), reachableSeconds: Math.min(routable, leftSeconds) });
  });
  const reachable: [number, number][] = [];
  let since = routable;
  stages.forEach(([atSeconds, stage], i) => {
    if (stage !== "Interrupted" || atSeconds < routable) return;
    const untilSeconds = Math.min(stages.slice(i).find(([, next]) => next === "Ready")?.[0] ?? leftSeconds, leftSeconds);
    if (atSeconds > since) reachable.push([since, atSeconds]);
    outages.push({ fromSeconds: atSeconds, untilSeconds, cause: causeCode("fault"), reachableSeconds: untilSeconds });
    since = untilSeconds;
  });
  if (since < leftSeconds) reachable.push([since, leftSeconds]);
  return { reachable, outages };
}
