import type { RequestHindrance } from "../../record/violated-spans.ts";

/**
 * What a late request, or an idle replica, is put down to. In the order of a load's way to a replica that answers: what came before the
 * decision, the decision, the replica's start, the request itself.
 */
export type BlameCause =
  | "foresight"
  | "scrape"
  | "poll"
  | "metric"
  | "tolerance"
  | "stabilization"
  | "rate"
  | "cooldown"
  | "min"
  | "max"
  | "paused"
  | "forecast"
  | "rule"
  | "headroom"
  | "node"
  | "pull"
  | "load"
  | "warmUp"
  | "probe"
  | "endpoints"
  | "fault"
  | "drainCut"
  | "routing"
  | "cascade"
  | "burst"
  | "coldReplica"
  | "sharedGpu"
  | "preemption"
  | "ownLength"
  | "unknownModel"
  | "unexplained";

/** Earliest first: of causes with equally many seconds, the earliest gets the blame. */
export const BLAME_CAUSES: readonly BlameCause[] = [
  "foresight",
  "scrape",
  "poll",
  "metric",
  "tolerance",
  "stabilization",
  "rate",
  "cooldown",
  "min",
  "max",
  "paused",
  "forecast",
  "rule",
  "headroom",
  "node",
  "pull",
  "load",
  "warmUp",
  "probe",
  "endpoints",
  "fault",
  "drainCut",
  "routing",
  "cascade",
  "burst",
  "coldReplica",
  "sharedGpu",
  "preemption",
  "ownLength",
  "unknownModel",
  "unexplained",
];

/** Position of a cause, as per-second arrays keep it; 0 there stands for none. */
export function causeCode(cause: BlameCause): number {
  return BLAME_CAUSES.indexOf(cause) + 1;
}

/** The cause at a code > 0. */
export function causeAt(code: number): BlameCause {
  return BLAME_CAUSES[code - 1] as BlameCause;
}

/** What a request says of itself; "none": nothing. */
export const HINDRANCE_CAUSES: Readonly<Record<Exclude<RequestHindrance, "none">, BlameCause>> = {
  routing: "routing",
  coldReplica: "coldReplica",
  ownLength: "ownLength",
  preemption: "preemption",
  drainCut: "drainCut",
  fault: "fault",
  cascade: "cascade",
  sharedGpu: "sharedGpu",
};
