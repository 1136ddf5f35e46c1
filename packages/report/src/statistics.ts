import type { ComparedMeasure, ComparisonResult, Estimate, PairStatistics, PolicyStatistics, StatisticsResult } from "@replicast/sim-core";
import { formatLimitShare, formatNumber, formatPercent, formatUsd, formatWholeUsd, NO_VALUE } from "./format.ts";

/** How sentences speak of a measure. */
interface MeasureWords {
  readonly noun: string;
  readonly less: string;
  readonly more: string;
  /** A size, as in "$310" or "0.4 points". */
  readonly size: (value: number) => string;
  /** A mean with its interval, as in "$30,000 ± $400". */
  readonly estimate: (estimate: Estimate) => string;
}

/** Cents only where the mean has them, and where the half-width would be nothing without. */
function halfWidthUsd(halfWidth: number, mean: number): string {
  return Math.abs(mean) < 99.995 || halfWidth < 1 ? formatUsd(halfWidth) : formatWholeUsd(halfWidth);
}

const points = (share: number): string => `${formatNumber(Math.abs(share) * 100)} points`;

export const MEASURE_WORDS: Readonly<Record<ComparedMeasure, MeasureWords>> = {
  monthlyUsd: {
    noun: "bill",
    less: "costs {} a month less than",
    more: "costs {} a month more than",
    size: (usd) => formatUsd(Math.abs(usd)),
    estimate: ({ mean, halfWidth }) => `${formatUsd(mean)} ± ${halfWidthUsd(halfWidth, mean)}`,
  },
  attainment: {
    noun: "attainment",
    less: "attains the SLO for {} fewer requests than",
    more: "attains the SLO for {} more requests than",
    size: points,
    estimate: ({ mean, halfWidth }) => `${formatPercent(mean)} ± ${formatNumber(halfWidth * 100)}`,
  },
  violations: {
    noun: "violations",
    less: "has {} fewer violations than",
    more: "has {} more violations than",
    size: (count) => formatNumber(Math.abs(count)),
    estimate: ({ mean, halfWidth }) => `${formatNumber(mean)} ± ${formatNumber(halfWidth)}`,
  },
};

/** A measure of a policy as tables show it. */
export function measureText({ measures }: PolicyStatistics, measure: ComparedMeasure): string {
  const { estimate } = measures[measure];
  return estimate === null ? NO_VALUE : MEASURE_WORDS[measure].estimate(estimate);
}

/** Policies best first: those that meet the SLO in most replications, then by mean bill; equal ones keep the scenario's order. */
export function rankedStatistics({ policies, replications }: StatisticsResult): readonly PolicyStatistics[] {
  const isGood = ({ sloMetIn }: PolicyStatistics): boolean => 2 * sloMetIn > replications;
  return [...policies].sort((a, b) => Number(isGood(b)) - Number(isGood(a)) || billOf(a) - billOf(b));
}

const billOf = ({ measures }: PolicyStatistics): number => measures.monthlyUsd.estimate?.mean ?? 0;

/** What the replications show, in one sentence: who comes first, for how much, and whether that is shown against the next. */
export function statisticsVerdict({ statistics }: ComparisonResult): string {
  if (statistics === undefined) throw new TypeError("a verdict over replications needs them");
  const [winner, next] = rankedStatistics(statistics);
  if (winner === undefined) throw new TypeError("a verdict needs a policy");
  const { replications, confidence } = statistics;
  const met = `${formatNumber(winner.sloMetIn)} of ${formatNumber(replications)} replications`;
  const claim =
    2 * winner.sloMetIn > replications
      ? `${winner.policy} meets the SLO in ${met} and costs`
      : `No policy meets the SLO in most replications; ${winner.policy} is the cheapest (it meets it in ${met}) and costs`;
  const rest = next === undefined ? "" : `; ${againstNext(statistics, winner, next)}`;
  return `${claim} ${measureText(winner, "monthlyUsd")} a month${rest} (${formatLimitShare(confidence)} intervals).`;
}

function againstNext({ pairs, replications }: StatisticsResult, winner: PolicyStatistics, next: PolicyStatistics): string {
  const pair = pairs.find(
    ({ measure, first, second }) =>
      measure === "monthlyUsd" &&
      ((first === winner.policy && second === next.policy) || (first === next.policy && second === winner.policy)),
  );
  if (pair === undefined || pair.difference === null) return `nothing is shown against ${next.policy}`;
  if (pair.finding === "same") return `${next.policy} costs the same in every replication`;
  const meets = `meets the SLO in ${formatNumber(next.sloMetIn)} of ${formatNumber(replications)}`;
  if (pair.finding === "notShown")
    return `a difference of its bill from that of ${next.policy}, which ${meets}, is not shown (${sizeText(pair)})`;
  const isCheaper = (pair.finding === "less") === (pair.first === winner.policy);
  return `${next.policy}, which ${meets}, costs ${sizeText(pair)} ${isCheaper ? "more" : "less"}`;
}

/** The size of a difference with the half-width of its interval, as in "$1,940 ± $310". */
function sizeText({ measure, difference }: PairStatistics): string {
  if (difference === null) return NO_VALUE;
  const { size } = MEASURE_WORDS[measure];
  if (measure === "monthlyUsd") return `${size(difference.mean)} ± ${halfWidthUsd(difference.halfWidth, difference.mean)}`;
  if (measure === "violations") return `${size(difference.mean)} ± ${size(difference.halfWidth)}`;
  return `${formatNumber(Math.abs(difference.mean) * 100)} ± ${size(difference.halfWidth)}`;
}

/** One sentence for every two policies, in the order of the experiment. */
export function pairSentences({ pairs }: StatisticsResult): readonly string[] {
  const bills = pairs.filter(({ measure }) => measure === "monthlyUsd");
  return bills.map(({ first, second }) => {
    const ofPair = pairs.filter((pair) => pair.first === first && pair.second === second);
    const [head, ...others] = ofPair.map((pair, index) => pairPhrase(pair, index === 0));
    return `${[head, ...others].join("; ")}.`;
  });
}

function pairPhrase(pair: PairStatistics, isFirst: boolean): string {
  const { measure, first, second, finding, lessIn, moreIn, compared } = pair;
  const words = MEASURE_WORDS[measure];
  const between = isFirst ? ` between ${first} and ${second}` : "";
  if (finding === "same") return `${isFirst ? "No" : "no"} difference of ${words.noun}${between} in any replication`;
  if (finding === "notShown") return `${isFirst ? "A" : "a"} difference of ${words.noun}${between} is not shown${openReason(pair)}`;
  const verb = (finding === "less" ? words.less : words.more).replace("{}", sizeText(pair));
  const times = `in ${formatNumber(finding === "less" ? lessIn : moreIn)} of ${formatNumber(compared)} replications`;
  return `${first} ${verb} ${second} (${times})`;
}

function openReason(pair: PairStatistics): string {
  const { difference, pValue, replicationsToShow } = pair;
  if (difference === null || pValue === null) return "";
  const sign = difference.mean < 0 ? "-" : "";
  const isCorrectionAlone = difference.low > 0 || difference.high < 0;
  const reason = isCorrectionAlone ? ", which is not enough after correction for the number of comparisons" : "";
  const advice = replicationsToShow === null ? "" : `; about ${formatNumber(replicationsToShow)} replications could show one of this size`;
  return ` (${sign}${sizeText(pair)}${reason}${advice})`;
}

/** How many replications other precisions of the bill would take. */
export function adviceSentence({ precision: { advice, reached } }: StatisticsResult): string {
  const [first, ...others] = advice.map(({ precision, replications }) => ({
    share: formatLimitShare(precision),
    count: replications === null ? "more than a million" : `about ${formatNumber(replications)}`,
  }));
  if (first === undefined) return "";
  const known = reached === null ? "" : `Bills and their differences are known to within ${formatPercent(reached)} of a bill. `;
  const rest = others.map(({ share, count }) => `, of ${share} ${count}`).join("");
  return `${known}A precision of ${first.share} would take ${first.count} replications${rest}.`;
}

/** Over what the figures are taken. */
export function experimentSentence({ replications, confidence, comparisons, seeds }: StatisticsResult): string {
  return (
    `${formatNumber(replications)} replications of each policy with seeds ${seeds[0]} to ${seeds[seeds.length - 1]}, alike for all policies; ` +
    `${formatLimitShare(confidence)} intervals of paired differences; findings hold for all ${formatNumber(comparisons)} comparisons together (Holm).`
  );
}
