import type { LedgerSnapshot } from "../record/ledger.ts";
import type { Recorder } from "../record/recorder.ts";
import type { RecordedDecision } from "../scaling/control-loop.ts";
import type { NodeRecord, PodRecord } from "./result.ts";

/** What a finished run left behind, as the score reads it. */
export interface RunFacts {
  readonly recorder: Recorder;
  readonly ledger: LedgerSnapshot;
  readonly decisions: readonly RecordedDecision[];
  readonly undecided: Readonly<Record<string, number>>;
  /** Per deployment. */
  readonly replicas: readonly {
    readonly desired: readonly (readonly [number, number])[];
    readonly existing: readonly (readonly [number, number])[];
    readonly ready: readonly (readonly [number, number])[];
    readonly preemptions: number;
    readonly prefixQueriedTokens: number;
    readonly prefixHitTokens: number;
  }[];
  readonly pods: readonly (Omit<PodRecord, "nodePool"> & { readonly node: string | null })[];
  readonly nodes: readonly NodeRecord[];
  readonly steps: number;
  readonly events: number;
}
