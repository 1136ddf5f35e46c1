import type { RunResult } from "@replicast/sim-core";

/** What another decision would have changed, from that moment to the end of the run: the policy's future less the other one. */
export interface ForkValue {
  /** Dollars of the run that the other decision saves; below 0: it costs more. */
  readonly billUsd: number;
  /** The same, as part of a month. */
  readonly monthlyUsd: number;
  /** Requests fewer that miss an objective; below 0: more do. */
  readonly violations: number;
  readonly violationMinutes: number;
}

/** A decision, and another one in its place. */
export interface ForkedDecision {
  readonly deployment: string;
  readonly atSeconds: number;
  /** As the policy gave it. */
  readonly reason: string;
  /** Replicas asked for before the decision. */
  readonly specReplicas: number;
  /** What the policy asked for. */
  readonly decidedReplicas: number;
  /** What is asked for instead. */
  readonly forkedReplicas: number;
  readonly value: ForkValue;
}

/** Two futures of one run that differ by one decision. Plain JSON. */
export interface ForkResult extends ForkedDecision {
  readonly schema: "replicast/fork/v1";
  readonly version: string;
  readonly scenario: RunResult["scenario"];
  readonly policy: string;
  /** For so long later decisions were bound to the other one, seconds. */
  readonly holdSeconds: number;
  /** As the policy decided. */
  readonly base: RunResult;
  readonly fork: RunResult;
}

/** The value of changing each decision of a run, one at a time. Plain JSON. */
export interface ForksResult {
  readonly schema: "replicast/forks/v1";
  readonly version: string;
  readonly scenario: RunResult["scenario"];
  readonly policy: string;
  readonly holdSeconds: number;
  readonly base: RunResult;
  /** In order of time. */
  readonly forks: readonly ForkedDecision[];
}
