import type { ComparisonResult, ForesightResult, ForesightRun, PolicyRegret, RegretRung } from "@replicast/sim-core";
import { formatCount, formatNumber, formatPercent, formatWholeUsd, NO_VALUE } from "./format.ts";
import { percentColumn } from "./format-columns.ts";
import { rankedRuns } from "./summary.ts";
import { fitTo, plainText, wrapTo } from "./text.ts";
import { type Cell, draw, fitColumns, paint, type TableOptions, type TextColumn } from "./text-columns.ts";

const DEFAULT_WIDTH = 120;
const LONGEST_NAME = 32;
const MICRO = 1_000_000;

/** How reports call a cause of regret, in the order in which causes are taken away. */
export const CAUSE_NAMES: Readonly<Record<RegretRung["cause"], string>> = {
  metricAge: "metric age",
  pollPeriod: "poll period",
  damping: "damping",
  limits: "min and max",
  rule: "the rule",
};

/** What was taken away, so that its cost showed. */
export const CAUSE_MEANINGS: Readonly<Record<RegretRung["cause"], string>> = {
  metricAge: "samples of every second, read as soon as they are there",
  pollPeriod: "a look every second",
  damping: "no stabilisation, cooldown or step limit",
  limits: "no least and no most replicas",
  rule: "what is left: the rule by which it decides, against knowing",
};

/** One part of what a policy costs, dollars per month; below zero: it saved that. */
export interface BillPart {
  readonly part: string;
  readonly usd: number;
}

/** A policy's bill from the ground up: the lower bound, what nobody can avoid, what it could have avoided. They add up to the bill. */
export function billParts(foresight: ForesightResult, regret: PolicyRegret): readonly BillPart[] {
  const { lowerBound, unavoidable } = foresight;
  const part = (name: string, microUsd: number): BillPart => ({ part: name, usd: microUsd / MICRO });
  return [
    part("lower bound", lowerBound.monthlyMicroUsd),
    part("integrality", unavoidable.integralityMicroUsd),
    part("cold starts", unavoidable.coldStartMicroUsd),
    ...(regret.rungs === null
      ? [part("avoidable", regret.monthlyMicroUsd)]
      : regret.rungs.map(({ cause, monthlyMicroUsd }) => part(CAUSE_NAMES[cause], monthlyMicroUsd))),
  ];
}

/** The regrets of a comparison in the order of its ranking. */
export function rankedRegrets(result: ComparisonResult): readonly PolicyRegret[] {
  const regrets = new Map(result.foresight?.policies.map((regret) => [regret.policy, regret]));
  return rankedRuns(result).flatMap(({ policy }) => regrets.get(policy) ?? []);
}

/** What perfect foresight would have done, in sentences. */
export function foresightSentences(foresight: ForesightResult): readonly string[] {
  const { lowerBound, clairvoyant, instant, unavoidable } = foresight;
  const verdict = (run: ForesightRun): string =>
    `${run.sloMet ? "meets" : "misses"} the SLO (${formatPercent(run.attainment)}, ${formatCount(run.violationMinutes, "violation minute")})`;
  const short = clairvoyant.schedules.reduce((sum, { shortSeconds }) => sum + shortSeconds, 0);
  return [
    `Nothing that meets the SLO costs less than ${money(lowerBound.monthlyMicroUsd)} a month${boundReason(foresight)}.`,
    `The best schedule that knows the traffic costs ${money(clairvoyant.monthlyMicroUsd)} and ${verdict(clairvoyant)}: ` +
      `${signed(unavoidable.coldStartMicroUsd)} for cold starts, ${signed(unavoidable.integralityMicroUsd)} as replicas are whole, batches not always full and arrivals not even. ` +
      `With replicas that are there at once it would cost ${money(instant.monthlyMicroUsd)}.`,
    ...(short > 0
      ? [`In ${formatNumber(short / 60)} min the load asked for more than could be ready by then, or than the pools hold.`]
      : []),
    ...foresight.notes,
  ];
}

/** The least that meets the SLO, and how far above it each policy is; none where foresight says more, or nothing is known. */
export function boundSentences(result: ComparisonResult): readonly string[] {
  const { lowerBound, foresight } = result;
  if (lowerBound === undefined || foresight !== undefined) return [];
  const above = rankedRuns(result).map(
    ({ policy, cost }) => `${plainText(policy)} ${signed(Math.round(cost.monthlyUsd * MICRO) - lowerBound.monthlyMicroUsd)}`,
  );
  return [
    `Nothing that meets the SLO costs less than ${money(lowerBound.monthlyMicroUsd)} a month${boundReason({ lowerBound })}. Against that: ${above.join(", ")}.`,
  ];
}

function boundReason({ lowerBound }: Pick<ForesightResult, "lowerBound">): string {
  if (lowerBound.binding === "floor") return ": that much is paid in any case";
  const whom = lowerBound.binding === "availability" ? "availability" : lowerBound.binding.toUpperCase();
  return `: ${formatNumber(lowerBound.requests)} requests must be good by ${whom}, each at the least step time it can take`;
}

/** Perfect foresight and the regret of each policy, for a terminal. Ends with a line end. */
export function renderForesightTable(result: ComparisonResult, options: TableOptions = {}): string {
  return `${foresightLines(result, options).join("\n")}\n`;
}

/** The same as lines; none where it was not asked for. */
export function foresightLines(result: ComparisonResult, options: TableOptions): readonly string[] {
  const { foresight } = result;
  if (foresight === undefined) return [];
  const width = options.width ?? DEFAULT_WIDTH;
  const lines = foresightSentences(foresight).flatMap((text, index) => {
    const wrapped = wrapTo(plainText(text), width);
    return index === 0 ? wrapped.map((line) => paint({ text: line, tone: "strong" }, options)) : wrapped;
  });
  return [...lines, "", ...overview(result, foresight, options), ...causes(result, options)];
}

interface OverviewRow {
  readonly name: string;
  readonly microUsd: number;
  readonly sloMet: boolean | null;
  readonly attainment: number | null;
  readonly violationMinutes: number | null;
  readonly regret: PolicyRegret | null;
}

function overview(result: ComparisonResult, foresight: ForesightResult, options: TableOptions): readonly string[] {
  const rows = overviewRows(result, foresight);
  const attainment = percentColumn(rows.map((row) => row.attainment));
  const column = (
    heading: string,
    weight: number,
    cell: (row: OverviewRow) => string | Cell,
    side: "left" | "right" = "right",
  ): TextColumn => ({
    heading,
    side,
    weight,
    cells: rows.map((row) => {
      const value = cell(row);
      return typeof value === "string" ? { text: value } : value;
    }),
  });
  return drawFitting(
    [
      column("", 99, ({ name }) => ({ text: fitTo(plainText(name), LONGEST_NAME), tone: "strong" }), "left"),
      column("bill/month", 98, ({ microUsd }) => money(microUsd)),
      column("SLO", 90, ({ sloMet }) => sloCell(sloMet), "left"),
      column("attainment", 80, (row) => (row.sloMet === null ? "" : attainment(row.attainment))),
      column("viol. min", 85, ({ violationMinutes }) => (violationMinutes === null ? "" : formatNumber(violationMinutes))),
      column("regret/month", 97, ({ regret }) => (regret === null ? "" : signed(regret.monthlyMicroUsd))),
      column("more viol. min", 95, ({ regret }) => (regret === null ? "" : signedNumber(regret.violationMinutes))),
    ],
    options,
  );
}

function overviewRows(result: ComparisonResult, { lowerBound, clairvoyant, instant }: ForesightResult): readonly OverviewRow[] {
  const runs = new Map(result.runs.map((run) => [run.policy, run]));
  const known = (name: string, run: ForesightRun): OverviewRow => ({ name, microUsd: run.monthlyMicroUsd, regret: null, ...run });
  return [
    { name: "lower bound", microUsd: lowerBound.monthlyMicroUsd, sloMet: null, attainment: null, violationMinutes: null, regret: null },
    known("clairvoyant, instant starts", instant),
    known("clairvoyant", clairvoyant),
    ...rankedRegrets(result).map((regret): OverviewRow => {
      const slo = runs.get(regret.policy)?.slo;
      return {
        name: regret.policy,
        microUsd: clairvoyant.monthlyMicroUsd + regret.monthlyMicroUsd,
        sloMet: slo?.met ?? null,
        attainment: slo?.attainment ?? null,
        violationMinutes: slo?.violationMinutes ?? null,
        regret,
      };
    }),
  ];
}

function sloCell(isMet: boolean | null): Cell {
  if (isMet === null) return { text: "" };
  return isMet ? { text: "met", tone: "good" } : { text: "missed", tone: "bad" };
}

/** Regret cause by cause, in dollars and in violation minutes. */
function causes(result: ComparisonResult, options: TableOptions): readonly string[] {
  const regrets = rankedRegrets(result).flatMap(({ policy, rungs }) => (rungs === null ? [] : [{ policy, rungs }]));
  const [first] = regrets;
  if (first === undefined) return [];
  const table = (heading: string, cell: (rung: RegretRung) => string): readonly string[] => [
    "",
    ...drawFitting(
      [
        {
          heading,
          side: "left",
          weight: 99,
          cells: regrets.map(({ policy }) => ({ text: fitTo(plainText(policy), LONGEST_NAME), tone: "strong" })),
        },
        ...first.rungs.map(
          ({ cause }, index): TextColumn => ({
            heading: CAUSE_NAMES[cause],
            side: "right",
            weight: 90 - index,
            cells: regrets.map(({ rungs }) => ({ text: rungs[index] === undefined ? "" : cell(rungs[index]) })),
          }),
        ),
      ],
      options,
    ),
  ];
  const order = first.rungs.map(({ cause }) => `${CAUSE_NAMES[cause]} (${CAUSE_MEANINGS[cause]})`).join("; ");
  return [
    ...table("dollars/month by cause", (rung) => (rung.isAbsent ? NO_VALUE : signed(rung.monthlyMicroUsd))),
    ...table("violation minutes by cause", (rung) => (rung.isAbsent ? NO_VALUE : signedNumber(rung.violationMinutes))),
    "",
    ...wrapTo(
      `Causes are taken away one after the other, each from what is left: ${order}. Below zero: it did good. ${NO_VALUE}: the policy has nothing of it.`,
      options.width ?? DEFAULT_WIDTH,
    ),
  ];
}

function drawFitting(columns: readonly TextColumn[], options: TableOptions): readonly string[] {
  const width = options.width ?? DEFAULT_WIDTH;
  const { kept, dropped } = fitColumns(columns, width);
  const missing = dropped.length === 0 ? [] : wrapTo(`Not shown at this width: ${dropped.join(", ")}.`, width);
  return [...draw(kept, options), ...missing];
}

/** Dollars, whole. */
export const money = (microUsd: number): string => formatWholeUsd(microUsd / MICRO);

/** Dollars, whole, with their sign. */
export function signed(microUsd: number): string {
  const text = money(Math.abs(microUsd));
  if (text === money(0)) return text;
  return microUsd < 0 ? `−${text}` : `+${text}`;
}

/** A count with its sign. */
export function signedNumber(value: number): string {
  if (value === 0) return "0";
  return value < 0 ? `−${formatNumber(-value)}` : `+${formatNumber(value)}`;
}
