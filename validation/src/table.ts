import { FIGURE_NAMES } from "replicast";
import { groupBy } from "./group-by.ts";
import { type JudgedRun, medianMagnitude } from "./judge.ts";
import { type PublishedErrors, renderPublished } from "./published.ts";
import { alignColumns, markdownTable, percent, signedPercent } from "./text.ts";

const LATENCIES = ["ttft", "tpot", "e2e"] as const;

/** Median absolute errors of mean figures over several runs; NaN without one. */
export interface Summary {
  readonly model: string;
  readonly runs: number;
  readonly ttft: number;
  readonly tpot: number;
  readonly e2e: number;
  /** Median over the runs of the mean absolute error request by request. */
  readonly perRequestE2e: number;
}

/** Over all runs that were not fitted, model by model; a run with known prefix hits counts once, with them. */
export function summarise(runs: readonly JudgedRun[]): readonly Summary[] {
  const models = [...new Set(runs.map(({ model }) => model))];
  return models.flatMap((model) => {
    const unseen = runs.filter((run) => run.model === model && !run.isFitted && run.prefixHits !== "left out");
    if (unseen.length === 0) return [];
    const mean = (latency: (typeof LATENCIES)[number]): number =>
      medianMagnitude(unseen.map(({ figures }) => figures[latency].mean?.error));
    return [
      {
        model,
        runs: unseen.length,
        ttft: mean("ttft"),
        tpot: mean("tpot"),
        e2e: mean("e2e"),
        perRequestE2e: medianMagnitude(unseen.map(({ perRequestE2e }) => perRequestE2e.mean)),
      },
    ];
  });
}

/** Every figure of every run, what others published for it, then the medians. */
export function renderRuns(runs: readonly JudgedRun[], published: readonly PublishedErrors[]): string {
  const cases = [...groupBy(runs, (run) => run.case)].flatMap(([id, judged]) => [
    ...judged.map(renderRun),
    ...published.filter((each) => each.case === id).map(renderPublished),
  ]);
  return `${cases.join("\n\n")}\n\n${renderSummary(summarise(runs))}\n`;
}

function labelOf({ model, isFitted, prefixHits }: JudgedRun): string {
  return [model, ...(isFitted ? ["in-sample"] : []), ...(prefixHits === "none" ? [] : [`prefix hits ${prefixHits}`])].join(", ");
}

function renderRun(run: JudgedRun): string {
  const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;
  const figures = LATENCIES.flatMap((latency) =>
    FIGURE_NAMES.flatMap((name) => {
      const figure = run.figures[latency][name];
      if (figure === undefined) return [];
      return [[`${latency} ${name}`, milliseconds(figure.measured), milliseconds(figure.simulated), signedPercent(figure.error)]];
    }),
  );
  const { measured, simulated, error } = run.throughput;
  const { perRequestE2e: byRequest } = run;
  return [
    `${run.case}  ${run.run}  ${run.requests} requests  model: ${labelOf(run)}`,
    alignColumns([
      ["", "measured", "simulated", "error"],
      ...figures,
      ["throughput", `${measured.toFixed(3)}/s`, `${simulated.toFixed(3)}/s`, signedPercent(error)],
    ]),
    `e2e request by request: ${percent(byRequest.mean)} in the mean, ${percent(byRequest.median)} in the median`,
    ...(Number.isNaN(run.impliedOverheadSeconds)
      ? []
      : [`mean ttft would agree with ${milliseconds(run.impliedOverheadSeconds)} before the scheduler`]),
  ]
    .join("\n")
    .replaceAll("\n", "\n  ");
}

function renderSummary(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ model, runs, ttft, tpot, e2e, perRequestE2e }) => [
    model,
    String(runs),
    ...[ttft, tpot, e2e, perRequestE2e].map(percent),
  ]);
  return `median absolute error over the runs that were not fitted\n${alignColumns([["model", "runs", "mean TTFT", "mean TPOT", "mean E2E", "E2E by request"], ...rows])}`;
}

/** The errors of every run as a Markdown table, the medians below: what the documentation shows. */
export function renderMarkdown(runs: readonly JudgedRun[]): string {
  const of = ({ figures }: JudgedRun): readonly string[] =>
    LATENCIES.flatMap((latency) => (["mean", "p99"] as const).map((name) => signedPercent(figures[latency][name]?.error ?? Number.NaN)));
  const rows = runs.map((run) => [run.run, labelOf(run), ...of(run), percent(run.perRequestE2e.mean), signedPercent(run.throughput.error)]);
  const medians = summarise(runs).map(({ model, runs: count, ttft, tpot, e2e, perRequestE2e }) => [
    `**median of ${count} not fitted**`,
    model,
    ...[ttft, tpot, e2e].flatMap((error) => [percent(error), ""]),
    percent(perRequestE2e),
    "",
  ]);
  const head = ["run", "model", "TTFT mean", "P99", "TPOT mean", "P99", "E2E mean", "P99", "E2E by request", "throughput"];
  return markdownTable(head, [...rows, ...medians], 2);
}
