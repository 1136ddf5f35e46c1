import type { LedgerSnapshot } from "../record/ledger.ts";
import type { Recorder } from "../record/recorder.ts";
import type { RecordedDecision, UndecidedFiring } from "../scaling/control-loop.ts";
import type { NodeRecord, PodRecord, StreamResult } from "./result.ts";

/** What a finished run left behind, as the score reads it. */
export interface RunFacts {
  readonly recorder: Recorder;
  readonly ledger: LedgerSnapshot;
  readonly decisions: readonly RecordedDecision[];
  readonly undecided: Readonly<Record<string, number>>;
  /** The same, one by one. */
  readonly undecidedFirings: readonly UndecidedFiring[];
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
  /** Per stream of traffic. */
  readonly streams: readonly (Pick<StreamResult, "name" | "deployment" | "sent" | "delayed" | "unsent"> & {
    readonly delaySeconds: number;
    readonly delaySecondsMax: number;
  })[];
  readonly refusedRetries: number;
  readonly steps: number;
  readonly events: number;
}
