import type { RunResult } from "@replicast/sim-core";
import { formatCount, formatSeconds } from "./format.ts";
import { padTo } from "./text.ts";
import { meanDelays, type Waterfall, waterfalls } from "./waterfall.ts";

/** Columns of the bars. */
const DEFAULT_BAR_WIDTH = 60;

/** How often, and how late after the load, replicas could be reached. */
export function waterfallHeading(all: readonly Waterfall[]): string {
  const complete = all.filter(({ isComplete }) => isComplete).length;
  const total = meanDelays(all).reduce((sum, { seconds }) => sum + seconds, 0);
  return `Why capacity was late: ${formatSeconds(total)} in the mean of ${formatCount(complete, "replica")}`;
}

/**
 * Where the time went between the load and the replica that carries it, in the mean of all that were started: one bar a part,
 * each beginning where the one before ends. Empty when no replica was started.
 * @param options.width columns of the bars, ≥ 10; default 60
 */
export function renderWaterfall(
  run: Pick<RunResult, "pods" | "nodes" | "deployments" | "decisions">,
  options: { readonly width?: number } = {},
): readonly string[] {
  const all = waterfalls(run);
  const means = meanDelays(all);
  const total = means.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return [];
  const width = options.width ?? DEFAULT_BAR_WIDTH;
  const nameWidth = Math.max(...means.map(({ name }) => name.length));
  let done = 0;
  const bars = means.map(({ name, seconds }) => {
    const from = Math.min(width - 1, Math.round((done / total) * width));
    done += seconds;
    const to = Math.max(from + 1, Math.round((done / total) * width));
    const bar = `${" ".repeat(from)}${"█".repeat(to - from)}`;
    return `${padTo(name, nameWidth, "left")}  ${padTo(bar, width, "left")}  ${formatSeconds(seconds)}`;
  });
  return [`${waterfallHeading(all)}.`, "", ...bars];
}
