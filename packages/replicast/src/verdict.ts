import { formatPercent, formatUsd } from "@replicast/report";
import type { RunResult } from "@replicast/sim-core";

/**
 * The outcome of a comparison in one sentence: who wins, for how much, by how much, and what the tempting alternative would
 * break.
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
  const cheaper = ranking.filter((run) => !run.slo.met && run.cost.monthlyUsd < winner.cost.monthlyUsd);
  const tempting = cheaper.reduce<RunResult | undefined>(
    (least, run) => (least && least.cost.monthlyUsd <= run.cost.monthlyUsd ? least : run),
    undefined,
  );
  return `${praise(winner, meeting, ranking.length)}${tempting === undefined ? "" : `; ${temptation(tempting)}`}.`;
}

function praise(winner: RunResult, meeting: readonly RunResult[], total: number): string {
  const price = `${formatUsd(winner.cost.monthlyUsd)} a month`;
  const [, next] = meeting;
  if (total === 1) return `${winner.policy} meets the SLO for ${price}`;
  if (next === undefined) return `${winner.policy} is the only policy that meets the SLO, for ${price}`;
  const ties = meeting.filter((run) => run.cost.monthlyUsd === winner.cost.monthlyUsd);
  if (ties.length > 1) {
    const others = ties.slice(1).map(({ policy }) => policy);
    const isAhead = ties.slice(1).every((run) => run.slo.violations > winner.slo.violations);
    const tied = `${winner.policy} and ${others.join(" and ")} meet the SLO for the same ${price}`;
    return isAhead ? `${tied}, ${winner.policy} with the fewest violations` : tied;
  }
  return `${winner.policy} meets the SLO for ${price}, ${difference(winner, next)}, the next best that does`;
}

function difference(winner: RunResult, next: RunResult): string {
  const saving = 1 - winner.cost.monthlyUsd / next.cost.monthlyUsd;
  return `${formatPercent(saving)} less than ${next.policy} (${formatUsd(next.cost.monthlyUsd)})`;
}

function temptation(run: RunResult): string {
  return `${run.policy} would cost ${formatUsd(run.cost.monthlyUsd)} but misses it (${within(run)})`;
}

function missedVerdict(cheapest: RunResult, ranking: readonly RunResult[]): string {
  const price = `${formatUsd(cheapest.cost.monthlyUsd)} a month (${within(cheapest)})`;
  if (ranking.length === 1) return `${cheapest.policy} misses the SLO, for ${price}.`;
  const closest = ranking.reduce((best, run) => ((run.slo.attainment ?? 0) > (best.slo.attainment ?? 0) ? run : best));
  const opening = `No policy meets the SLO; ${cheapest.policy} is the cheapest at ${price}`;
  return closest === cheapest
    ? `${opening}.`
    : `${opening}, ${closest.policy} comes closest for ${formatUsd(closest.cost.monthlyUsd)} (${within(closest)}).`;
}

function within({ slo }: RunResult): string {
  return slo.attainment === null ? "no request counted" : `${formatPercent(slo.attainment)} of requests within every objective`;
}
