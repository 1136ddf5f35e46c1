import { FIGURE_NAMES } from "replicast";
import { type JudgedRun, median } from "./judge.ts";

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

/** Over all runs that were not fitted, model by model. */
export function summarise(runs: readonly JudgedRun[]): readonly Summary[] {
  const models = [...new Set(runs.map(({ model }) => model))];
  return models.flatMap((model) => {
    const unseen = runs.filter((run) => run.model === model && !run.isFitted);
    if (unseen.length === 0) return [];
    const of = (values: readonly (number | undefined)[]): number =>
      median(values.filter((value) => value !== undefined && !Number.isNaN(value)).sort((a, b) => (a as number) - (b as number)) as number[]);
    const mean = (latency: (typeof LATENCIES)[number]): number =>
      of(unseen.map(({ figures }) => (figures[latency].mean === undefined ? undefined : Math.abs(figures[latency].mean.error))));
    return [
      {
        model,
        runs: unseen.length,
        ttft: mean("ttft"),
        tpot: mean("tpot"),
        e2e: mean("e2e"),
        perRequestE2e: of(unseen.map(({ perRequestE2e }) => perRequestE2e.mean)),
      },
    ];
  });
}

/** Every figure of every run, then the medians. */
export function renderRuns(runs: readonly JudgedRun[]): string {
  return `${runs.map(renderRun).join("\n\n")}\n\n${renderSummary(summarise(runs))}\n`;
}

function renderRun(run: JudgedRun): string {
  const title = `${run.case}  ${run.run}  ${run.model} model${run.isFitted ? ", in-sample" : ""}, ${run.requests} requests`;
  const rows = LATENCIES.flatMap((latency) =>
    FIGURE_NAMES.flatMap((name) => {
      const figure = run.figures[latency][name];
      if (figure === undefined) return [];
      const [measured, simulated] = [figure.measured, figure.simulated].map((seconds) => `${(seconds * 1000).toFixed(2)} ms`);
      return [`  ${`${latency} ${name}`.padEnd(12)} ${measured?.padStart(14)} ${simulated?.padStart(14)} ${signed(figure.error)}`];
    }),
  );
  const { throughput, perRequestE2e } = run;
  return [
    title,
    `  ${"".padEnd(12)} ${"measured".padStart(14)} ${"simulated".padStart(14)}    error`,
    ...rows,
    `  ${"throughput".padEnd(12)} ${throughput.measured.toFixed(3).padStart(12)}/s ${throughput.simulated.toFixed(3).padStart(12)}/s ${signed(throughput.error)}`,
    `  e2e request by request: ${percent(perRequestE2e.mean)} in the mean, ${percent(perRequestE2e.median)} in the median`,
  ].join("\n");
}

function renderSummary(summaries: readonly Summary[]): string {
  const lines = summaries.map(
    ({ model, runs, ttft, tpot, e2e, perRequestE2e }) =>
      `${model.padEnd(8)} ${String(runs).padStart(4)} ${[ttft, tpot, e2e, perRequestE2e].map((error) => percent(error).padStart(16)).join("")}`,
  );
  return [
    "median absolute error over the runs that were not fitted",
    `model    runs ${["mean TTFT", "mean TPOT", "mean E2E", "E2E by request"].map((name) => name.padStart(16)).join("")}`,
    ...lines,
  ].join("\n");
}

/** The errors of every run as a Markdown table, the medians below: what the documentation shows. */
export function renderMarkdown(runs: readonly JudgedRun[]): string {
  const of = ({ figures }: JudgedRun): readonly string[] =>
    LATENCIES.flatMap((latency) =>
      (["mean", "p99"] as const).map((name) => {
        const figure = figures[latency][name];
        return figure === undefined ? "–" : signed(figure.error).trim();
      }),
    );
  const rows = runs.map((run) =>
    cells([run.run, run.isFitted ? `${run.model}, in-sample` : run.model, ...of(run), percent(run.perRequestE2e.mean), signed(run.throughput.error).trim()]),
  );
  const medians = summarise(runs).map(({ model, runs: count, ttft, tpot, e2e, perRequestE2e }) =>
    cells([`**median of ${count} not fitted**`, model, percent(ttft), "", percent(tpot), "", percent(e2e), "", percent(perRequestE2e), ""]),
  );
  const head = ["run", "model", "TTFT mean", "P99", "TPOT mean", "P99", "E2E mean", "P99", "E2E by request", "throughput"];
  return [cells(head), cells(["---", "---", ...head.slice(2).map(() => "---:")]), ...rows, ...medians].join("\n");
}

const cells = (values: readonly string[]): string => `| ${values.join(" | ")} |`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const signed = (share: number): string => `${share >= 0 ? "+" : "−"}${percent(Math.abs(share))}`.padStart(9);
