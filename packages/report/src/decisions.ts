import type { DecisionRecord } from "@replicast/sim-core";

/** One decision, or a run of repeats of it. */
export interface DecisionFold {
  /** Of the first one. */
  readonly timeSeconds: number;
  /** Of the last one. */
  readonly untilSeconds: number;
  /** How many firings said the same. */
  readonly repeats: number;
  readonly deployment: string;
  readonly timer: string;
  readonly specReplicas: number;
  readonly desiredReplicas: number;
  readonly readyReplicas: number;
  /** desired − spec replicas. */
  readonly change: number;
  readonly reason: string;
  /** Of the first one. */
  readonly evidence: DecisionRecord["evidence"];
}

/** Collapses decisions that repeat the one before them for the same deployment and timer: same replicas asked, same reason. */
export function foldDecisions(decisions: readonly DecisionRecord[]): readonly DecisionFold[] {
  const folds: Writable<DecisionFold>[] = [];
  const latest = new Map<string, Writable<DecisionFold>>();
  for (const decision of decisions) {
    const key = JSON.stringify([decision.deployment, decision.timer]);
    const before = latest.get(key);
    if (before !== undefined && isRepeat(before, decision)) {
      before.repeats++;
      before.untilSeconds = decision.timeSeconds;
      continue;
    }
    const fold = { ...decision, untilSeconds: decision.timeSeconds, repeats: 1, change: decision.desiredReplicas - decision.specReplicas };
    latest.set(key, fold);
    folds.push(fold);
  }
  return folds;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function isRepeat(before: DecisionFold, decision: DecisionRecord): boolean {
  return (
    before.reason === decision.reason &&
    before.specReplicas === decision.specReplicas &&
    before.desiredReplicas === decision.desiredReplicas
  );
}

/** The folds worth showing when there is room for `limit`: those that change the replicas first, then the earliest of the rest; in order of time. */
export function pickDecisions(folds: readonly DecisionFold[], limit: number): readonly DecisionFold[] {
  if (folds.length <= limit) return folds;
  const indexed = folds.map((fold, index) => ({ fold, index }));
  const ordered = [...indexed.filter(({ fold }) => fold.change !== 0), ...indexed.filter(({ fold }) => fold.change === 0)];
  return ordered
    .slice(0, limit)
    .sort((a, b) => a.index - b.index)
    .map(({ fold }) => fold);
}
