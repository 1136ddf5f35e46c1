import type { PodRecord, PodStage } from "@replicast/sim-core";
import { COLD_START_STAGES } from "./words.ts";

/** From creation to readiness of one pod. */
export interface ColdStart {
  readonly pod: PodRecord;
  readonly createdSeconds: number;
  /** Created → first Ready, seconds; null when it never became ready. */
  readonly totalSeconds: number | null;
  /** Seconds in each stage before the first Ready, 0 where it was not entered. */
  readonly partSeconds: Readonly<Partial<Record<PodStage, number>>>;
}

/** Cold starts of the pods that were created during the run; those that begin ready had none. */
export function coldStarts(pods: readonly PodRecord[]): readonly ColdStart[] {
  return pods.flatMap((pod) => {
    const [first] = pod.stages;
    if (first === undefined || first[1] === "Ready") return [];
    const readyAt = pod.stages.findIndex(([, stage]) => stage === "Ready");
    const partSeconds: Partial<Record<PodStage, number>> = {};
    for (let index = 0; index < (readyAt < 0 ? pod.stages.length - 1 : readyAt); index++) {
      const [seconds, stage] = pod.stages[index] ?? first;
      const until = pod.stages[index + 1]?.[0] ?? seconds;
      partSeconds[stage] = (partSeconds[stage] ?? 0) + until - seconds;
    }
    const ready = pod.stages[readyAt];
    return [{ pod, createdSeconds: first[0], totalSeconds: ready === undefined ? null : ready[0] - first[0], partSeconds }];
  });
}

/** Mean seconds of each part over the pods that became ready, in the order of {@link COLD_START_STAGES}. */
export function meanParts(starts: readonly ColdStart[]): readonly (number | null)[] {
  const finished = starts.filter((start) => start.totalSeconds !== null);
  return COLD_START_STAGES.map(({ stage }) =>
    finished.length === 0 ? null : finished.reduce((total, start) => total + (start.partSeconds[stage] ?? 0), 0) / finished.length,
  );
}
