import type { Hindrance } from "../../scaling/policy.ts";
import type { LatencyMetric } from "../config.ts";

/** What nothing that meets the SLO can cost less than. */
export interface LowerBound {
  /** Dollars over the run. */
  readonly runUsd: number;
  /** Which requirement asks for it; "floor": what is paid in any case. */
  readonly binding: LatencyMetric | "availability" | "floor";
  /** Good requests it asks for at least. */
  readonly requests: number;
  /** Paid in any case: smallest sizes of node pools, commitments; dollars over the run. */
  readonly floorUsd: number;
}

/** A lower bound extrapolated to a month. */
export type MonthlyBound = LowerBound & {
  /** Millionths of a dollar. */
  readonly monthlyMicroUsd: number;
};

/** A difference between two runs. */
export interface RegretAmount {
  /** Millionths of a dollar per month, whole: parts add up to their sum exactly. */
  readonly monthlyMicroUsd: number;
  /** Requests that missed an objective. */
  readonly violations: number;
  readonly violationMinutes: number;
}

/** A schedule that knew the traffic, as the simulator ran it. */
export interface ForesightRun extends RegretAmount {
  readonly attainment: number | null;
  readonly sloMet: boolean;
  /** The load it was made for, as a multiple of what the replicas are said to carry: below 1 it counts on good luck, above on bad. */
  readonly loadFactor: number;
  /** Schedules that were tried. */
  readonly trials: number;
  readonly schedules: readonly {
    readonly deployment: string;
    /** Replicas asked for, from which time on, seconds. */
    readonly steps: readonly (readonly [fromSeconds: number, replicas: number])[];
    /** Time in which the load asked for more than could be ready at all, seconds. */
    readonly shortSeconds: number;
  }[];
}

/** What one cause adds: the run with it minus the run without. */
export interface RegretRung extends RegretAmount {
  /** "rule": what is left when every hindrance is gone. */
  readonly cause: Hindrance | "rule";
  /** There was nothing of it to take away. */
  readonly isAbsent: boolean;
}

/** How far a policy is from perfect foresight. Below zero: it beats it. */
export interface PolicyRegret extends RegretAmount {
  readonly policy: string;
  /** In the order in which causes were taken away; they add up to the whole. Null: not asked for. */
  readonly rungs: readonly RegretRung[] | null;
}

/** The distance of a scenario's policies to perfect foresight. */
export interface ForesightResult {
  readonly lowerBound: MonthlyBound;
  readonly clairvoyant: ForesightRun;
  /** The same if replicas were there at once. */
  readonly instant: ForesightRun;
  /** What the clairvoyant pays above the lower bound, per month. */
  readonly unavoidable: {
    readonly monthlyMicroUsd: number;
    /** Clairvoyant − instant. */
    readonly coldStartMicroUsd: number;
    /** Instant − lower bound: whole replicas that last some time, batches that are not always full, arrivals that are not even. */
    readonly integralityMicroUsd: number;
  };
  /** In the scenario's order. */
  readonly policies: readonly PolicyRegret[];
  /** What to know when reading the figures. */
  readonly notes: readonly string[];
}
