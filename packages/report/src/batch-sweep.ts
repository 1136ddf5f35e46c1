import type { BatchSweep, BatchSweepSeries } from "@replicast/sim-core";
import { formatNumber, formatPercent, formatSeconds } from "./format.ts";
import { plainText, wrapTo } from "./text.ts";
import { draw, type TableOptions, type TextColumn } from "./text-columns.ts";

const DEFAULT_WIDTH = 120;

/** One line per load: the best limit, and the goodput over limits. Ends with a line end. */
export function renderSweepTable(sweep: BatchSweep, options: TableOptions = {}): string {
  const deployments = [...new Set(sweep.series.map(({ deployment }) => deployment))];
  const width = options.width ?? DEFAULT_WIDTH;
  const parts = deployments.map((deployment) => {
    const series = sweep.series.filter((candidate) => candidate.deployment === deployment);
    const title = `${plainText(deployment)}: requests/s of one replica that meet the SLO, by batch limit`;
    return [...wrapTo(title, width), "", ...draw(sweepColumns(series), options)].join("\n");
  });
  const note =
    "The best limit is the smallest one whose goodput is within 1 % of the load's best; * marks limits that meet the SLO's target share.";
  return `${parts.join("\n\n")}\n\n${wrapTo(note, width).join("\n")}\n`;
}

function sweepColumns(series: readonly BatchSweepSeries[]): readonly TextColumn[] {
  const column = (heading: string, cell: (row: BatchSweepSeries) => string): TextColumn => ({
    heading,
    side: "right",
    weight: 1,
    cells: series.map((row) => ({ text: cell(row) })),
  });
  const limits = series[0]?.points.map(({ limit }) => limit) ?? [];
  const isScaled = series.some(({ answers }) => answers !== 1);
  return [
    ...(isScaled ? [column("answers", ({ answers }) => `× ${formatNumber(answers)}`)] : []),
    column("load/s", ({ requestsPerSecond }) => formatNumber(requestsPerSecond)),
    column("best", ({ bestLimit }) => String(bestLimit)),
    column("mean E2E", (row) => formatSeconds(bestPoint(row)?.meanE2eSeconds ?? null)),
    column("TPOT p95", (row) => formatSeconds(bestPoint(row)?.tpotP95Seconds ?? null)),
    column("attainment", (row) => formatPercent(bestPoint(row)?.attainment ?? null)),
    ...limits.map((limit, index) => column(String(limit), ({ points }) => goodput(points[index]))),
  ];
}

function bestPoint({ points, bestLimit }: BatchSweepSeries): BatchSweepSeries["points"][number] | undefined {
  return points.find(({ limit }) => limit === bestLimit);
}

function goodput(point: BatchSweepSeries["points"][number] | undefined): string {
  if (point === undefined) return "";
  return formatNumber(point.goodputPerSecond) + (point.meetsSlo ? "*" : " ");
}
