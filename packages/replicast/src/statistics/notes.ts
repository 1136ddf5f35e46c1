import { formatNumber, formatPercent } from "@replicast/report";
import type { Plan, PrecisionStatistics, WarmUpStatistics } from "@replicast/sim-core";
import type { PolicyOutcomes } from "./pairs.ts";
import { FIRST_LOOK } from "./sequential.ts";

/** What the notes are about. */
export interface ExperimentFacts {
  readonly replications: number;
  readonly confidence: number;
  readonly precision: PrecisionStatistics;
  readonly looks: readonly number[];
  readonly warmUp: WarmUpStatistics | undefined;
  readonly policies: readonly PolicyOutcomes[];
}

/** What a reader should know of how far an experiment's figures carry. */
export function experimentNotes(plan: Plan, facts: ExperimentFacts): readonly string[] {
  return [...replayNotes(plan), ...alikeNotes(facts), ...fewNotes(facts), ...precisionNotes(facts), ...warmUpNotes(facts)];
}

/** A trace is the same in every replication: its intervals say nothing of other days. */
function replayNotes({ traffic }: Plan): readonly string[] {
  const replayed = traffic.filter(({ kind }) => kind === "trace").length;
  if (replayed === 0) return [];
  const what = replayed === traffic.length ? "The traffic is a trace, and" : "Part of the traffic is a trace that";
  return [`${what} arrives alike in every replication: the intervals hold for these arrivals, not for other days.`];
}

function alikeNotes({ policies, replications }: ExperimentFacts): readonly string[] {
  const alike = policies.filter(({ outcomes }) =>
    outcomes.every(({ monthlyUsd, violations }) => monthlyUsd === outcomes[0]?.monthlyUsd && violations === outcomes[0]?.violations),
  );
  if (alike.length === 0) return [];
  const names = alike.map(({ policy }) => policy).join(", ");
  return [`All ${replications} replications of ${names} have the same bill and the same violations: chance moves neither.`];
}

function fewNotes({ replications }: ExperimentFacts): readonly string[] {
  if (replications >= FIRST_LOOK) return [];
  return [`${replications} replications: an interval from fewer than ${FIRST_LOOK} leans on their being normally distributed.`];
}

function precisionNotes({ precision: { wanted, reached, advice }, looks, replications, confidence }: ExperimentFacts): readonly string[] {
  if (wanted === null) return [];
  const rule =
    `The precision was looked at after ${looks.map(formatNumber).join(", ")} replications. ` +
    `Stopping when an interval happens to be short costs it up to one and a half points of its nominal ${formatPercent(confidence)}.`;
  if (reached !== null && reached <= wanted) return [rule];
  const needed = advice.find(({ precision }) => precision === wanted)?.replications ?? null;
  const more = needed === null ? "more than a million" : `about ${formatNumber(needed)}`;
  return [
    rule,
    `The precision of ${formatPercent(wanted)} was not reached with ${formatNumber(replications)} replications; it would take ${more}.`,
  ];
}

function warmUpNotes({ warmUp }: ExperimentFacts): readonly string[] {
  if (warmUp === undefined) return [];
  const minutes = formatNumber(warmUp.seconds / 60);
  const found = warmUp.method === "mser5" ? "found by MSER-5" : "as given";
  const left = `Attainment and violations leave out the first ${minutes} min (${found}); the bill and whether the SLO is met cover the whole run.`;
  return warmUp.isSettled
    ? [left]
    : [left, "Requests in flight did not settle within the first half of the run: there may be no steady state to ask for."];
}
