import type { TimetableStep } from "@replicast/policies";
import type { RunResult } from "@replicast/sim-core";

/** Replicas wanted in a slot on, until the next entry. */
export interface SlotReplicas {
  readonly replicas: Int32Array;
  readonly slotSeconds: number;
}

/**
 * A timetable under which replicas are ready when they are wanted: more are asked for so long before as the next ones of a run take
 * to start, fewer at the time itself.
 * @param startSeconds of the n-th replica that is started in the run
 */
export function departures(
  { replicas, slotSeconds }: SlotReplicas,
  initial: number,
  startSeconds: (ordinal: number) => number,
): readonly TimetableStep[] {
  const asked: { readonly fromSeconds: number; readonly untilSeconds: number; readonly replicas: number }[] = [];
  const changes = new Set<number>([0]);
  let before = initial;
  let started = 0;
  replicas.forEach((wanted, slot) => {
    const atSeconds = slot * slotSeconds;
    if (wanted > before) {
      const longest = Math.max(...Array.from({ length: wanted - before }, (_, i) => startSeconds(started + i)));
      const fromSeconds = Math.max(0, Math.floor(atSeconds - longest));
      asked.push({ fromSeconds, untilSeconds: atSeconds, replicas: wanted });
      changes.add(fromSeconds);
      started += wanted - before;
    }
    if (wanted !== before) changes.add(atSeconds);
    before = wanted;
  });
  const steps: TimetableStep[] = [];
  for (const atSeconds of [...changes].sort((a, b) => a - b)) {
    const planned = replicas[Math.floor(atSeconds / slotSeconds)] ?? 0;
    const ahead = asked.reduce(
      (most, ask) => (ask.fromSeconds <= atSeconds && atSeconds < ask.untilSeconds ? Math.max(most, ask.replicas) : most),
      0,
    );
    const count = Math.max(planned, ahead);
    if (steps.at(-1)?.[1] !== count) steps.push([atSeconds, count]);
  }
  return steps;
}

/** How long the n-th replica that was started in a run took from its creation until requests could reach it, seconds; gaps: it never got there. */
export function startsOf({ pods }: Pick<RunResult, "pods">, deployment: string): readonly (number | undefined)[] {
  return pods
    .filter((pod) => pod.deployment === deployment && pod.parts !== undefined)
    .map(({ stages, parts = [] }) => {
      const end = parts.find(([, part]) => part === "routable")?.[0];
      const begin = stages[0]?.[0];
      return end === undefined || begin === undefined ? undefined : end - begin;
    });
}
