import { formatNumber, formatPercent, formatUsd } from "@replicast/report";
import type { RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";

/**
 * The outcome of a comparison in one sentence: who wins, for how much, by how much, and what the tempting alternative would
 * break. Policies whose bills read the same are named together, with what put one before the other.
 *
 * @param ranking runs, best first; at least one
 */
export function verdictSentence(ranking: readonly RunResult[]): string {
  const [winner] = ranking;
  if (winner === undefined) throw new TypeError("a verdict needs a run");
  return winner.slo.met ? metVerdict(winner, ranking) : missedVerdict(winner, ranking);
}

function metVerdict(winner: RunResult, ranking: readonly RunResult[]): string {
  const meeting = ranking.filter((run) => run.slo.met);
  const cheaper = ranking.filter((run) => !run.slo.met && monthlyTotalUsd(run) < monthlyTotalUsd(winner));
  const tempting = cheaper.reduce<RunResult | undefined>(
    (least, run) => (least && monthlyTotalUsd(least) <= monthlyTotalUsd(run) ? least : run),
    undefined,
  );
  return `${praise(winner, meeting, ranking.length)}${tempting === undefined ? "" : `; ${temptation(tempting)}`}.`;
}

function praise(winner: RunResult, meeting: readonly RunResult[], total: number): string {
  if (total === 1) return `${winner.policy} meets the SLO for ${monthly(winner)}`;
  if (meeting.length === 1) return `${winner.policy} is the only policy that meets the SLO, for ${monthly(winner)}`;
  const equals = asDearAs(winner, meeting);
  const next = meeting.find((run) => !equals.includes(run));
  const margin = next === undefined ? "" : `, ${difference(winner, next)}, the next best that does`;
  const [, second] = equals;
  if (second === undefined) return `${winner.policy} meets the SLO for ${monthly(winner)}${margin}`;
  return `${listed(equals)} meet the SLO for the same ${monthly(winner)}${margin}; ${tieBreak(winner, second)}`;
}

/** The runs whose bill reads the same, best first. */
function asDearAs(winner: RunResult, runs: readonly RunResult[]): readonly RunResult[] {
  return runs.filter((run) => monthly(run) === monthly(winner));
}

/** What put the first before the second although their bills read the same; in the order of the ranking's rules. */
function tieBreak(first: RunResult, second: RunResult): string {
  if (monthlyTotalUsd(first) !== monthlyTotalUsd(second)) return `${first.policy} is cheaper by less than these figures show`;
  const [fewer, more] = [first.slo.violations, second.slo.violations];
  if (fewer === more) return "they fail equally many requests, so their order is the scenario's";
  return `${first.policy} comes first because it fails fewer requests (${formatNumber(fewer)} against ${formatNumber(more)})`;
}

function difference(winner: RunResult, next: RunResult): string {
  const saving = 1 - monthlyTotalUsd(winner) / monthlyTotalUsd(next);
  return `${formatPercent(saving)} less than ${next.policy} (${formatUsd(monthlyTotalUsd(next))})`;
}

function temptation(run: RunResult): string {
  return `${run.policy} would cost ${formatUsd(monthlyTotalUsd(run))} but misses it (${within(run)})`;
}

function missedVerdict(cheapest: RunResult, ranking: readonly RunResult[]): string {
  if (ranking.length === 1) return `${cheapest.policy} misses the SLO and costs ${monthly(cheapest)} (${within(cheapest)}).`;
  const equals = asDearAs(cheapest, ranking);
  const alike = equals.length === ranking.length && equals.every((run) => within(run) === within(cheapest));
  if (alike) return `No policy meets the SLO; ${listed(ranking)} each cost ${monthly(cheapest)} (${within(cheapest)}).`;
  const closest = ranking.reduce((best, run) => ((run.slo.attainment ?? 0) > (best.slo.attainment ?? 0) ? run : best));
  const opening =
    equals.length > 1
      ? `No policy meets the SLO; ${listed(equals)} are the cheapest at ${monthly(cheapest)} each`
      : `No policy meets the SLO; ${cheapest.policy} is the cheapest at ${monthly(cheapest)}`;
  if (within(closest) === within(cheapest)) return `${opening}, and none comes closer (${within(cheapest)}).`;
  const closer = `${closest.policy} comes closest for ${formatUsd(monthlyTotalUsd(closest))} (${within(closest)})`;
  return equals.length > 1 ? `${opening}; ${closer}.` : `${opening} (${within(cheapest)}), ${closer}.`;
}

function monthly(run: RunResult): string {
  const isPriced = (run.quality?.badAnswerUsd ?? 0) > 0;
  return `${formatUsd(monthlyTotalUsd(run))} a month${isPriced ? " with the price of its bad answers" : ""}`;
}

/** "A and B", "A, B and C". */
function listed(runs: readonly RunResult[]): string {
  const names = runs.map(({ policy }) => policy);
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function within({ slo, quality }: RunResult): string {
  if (quality?.met === false && quality.adequateShare !== null) return `only ${formatPercent(quality.adequateShare)} of its answers do`;
  return slo.attainment === null ? "no request counted" : `${formatPercent(slo.attainment)} of requests within every objective`;
}
