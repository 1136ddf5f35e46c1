import type { RunResult } from "@replicast/sim-core";
import { formatNumber, formatSeconds, NO_VALUE } from "./format.ts";
import { usdColumn } from "./format-columns.ts";
import { fitTo, plainText, wrapTo } from "./text.ts";
import { draw, fitColumns, type TableOptions, type TextColumn } from "./text-columns.ts";
import { DELAY_PARTS, meanDelays, waterfalls } from "./waterfall.ts";

const LONGEST_NAME = 32;
/** Of columns that are never left out before those that are. */
const KEPT = Number.MAX_VALUE;

/** What a unit of work costs under each policy, and what went into tokens that reached nobody. */
export function unitCostLines(runs: readonly RunResult[], width: number, options: TableOptions): readonly string[] {
  const perTokens = usdColumn(runs.map(({ cost }) => cost.perMillionOutputTokensUsd));
  const perRequest = usdColumn(runs.map(({ cost }) => cost.perGoodRequestUsd));
  const wasted = usdColumn(runs.map(({ cost }) => cost.wastedTokensUsd ?? null));
  return drawn(
    [
      policies("dollars of the run", runs),
      column("per 1M output tokens", 4, runs.map(({ cost }) => perTokens(cost.perMillionOutputTokensUsd))), // biome-ignore format: one row
      column("per good request", 3, runs.map(({ cost }) => perRequest(cost.perGoodRequestUsd))), // biome-ignore format: one row
      column("tokens for nothing", 2, runs.map(({ wastedTokens }) => formatNumber(wastedTokens))), // biome-ignore format: one row
      column("their cost", 1, runs.map(({ cost }) => wasted(cost.wastedTokensUsd ?? null))), // biome-ignore format: one row
    ],
    width,
    options,
  );
}

/**
 * Why capacity was late under each policy: the mean seconds of each part over the replicas that were started and reached. Where
 * the width does not hold all parts the shortest are left out, and named. Empty when no policy started a replica.
 */
export function latenessLines(runs: readonly RunResult[], width: number, options: TableOptions): readonly string[] {
  const means = runs.map((run) => meanDelays(waterfalls(run)));
  if (means.every((parts) => parts.length === 0)) return [];
  const columns = DELAY_PARTS.flatMap(({ part, name }) => {
    const seconds = means.map((parts) => parts.find((each) => each.part === part)?.seconds);
    const longest = Math.max(0, ...seconds.map((each) => each ?? 0));
    return longest === 0 ? [] : [column(name, longest, seconds.map(orNone))];
  });
  const totals = means.map((parts) => (parts.length === 0 ? undefined : parts.reduce((sum, { seconds }) => sum + seconds, 0)));
  return drawn([policies("late, in the mean", runs), ...columns, column("in total", KEPT, totals.map(orNone))], width, options);
}

const orNone = (seconds: number | undefined): string => (seconds === undefined ? NO_VALUE : formatSeconds(seconds));

function policies(heading: string, runs: readonly RunResult[]): TextColumn {
  return {
    heading,
    side: "left",
    weight: KEPT,
    cells: runs.map((run) => ({ text: fitTo(plainText(run.policy), LONGEST_NAME), tone: "strong" })),
  };
}

function column(heading: string, weight: number, cells: readonly string[]): TextColumn {
  return { heading, side: "right", weight, cells: cells.map((text) => ({ text })) };
}

function drawn(columns: readonly TextColumn[], width: number, options: TableOptions): readonly string[] {
  const { kept, dropped } = fitColumns(columns, width);
  const missing = dropped.length === 0 ? [] : wrapTo(`Not shown at this width: ${dropped.join(", ")}.`, width);
  return ["", ...draw(kept, options), ...missing];
}
