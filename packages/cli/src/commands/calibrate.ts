import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { nearestNames } from "@replicast/sim-core/score";
import { type Command, Option } from "commander";
import {
  type CalibratedRun,
  type Calibration,
  calibrate,
  InputError,
  type Issue,
  type LoadedScenario,
  type MeasuredRun,
  peakConcurrency,
  readBenchmark,
  type Server,
  splitRun,
} from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { openScenario } from "../open-scenario.ts";
import { createRefusals } from "../refusals.ts";
import { showIssues } from "../session.ts";

interface CalibrateOptions {
  readonly scenario: string;
  readonly deployment?: string;
  readonly holdOut: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Part of each run that is fitted when no run is held out. */
const FITTED_SHARE = 0.7;
/** A run that had this share of the batch limit open has seen what a full batch does. */
const SATURATED_SHARE = 0.9;
const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

/** `calibrate <files>`: latency coefficients from measured runs of one replica. */
export function calibrateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command("calibrate")
    .argument("<file...>", "runs of one replica: rows per request (CSV), vllm bench serve (detailed JSON) or GuideLLM (benchmarks.json)")
    .description("fit a latency model to measured runs and print it as YAML for a scenario")
    .requiredOption("--scenario <scenario>", "whose deployment was measured: its engine's limits, and the model the search starts from")
    .option("--deployment <name>", "which of its deployments (default: the first)")
    .addOption(
      new Option("--hold-out <file>", "a run to judge by and not to fit; repeatable")
        .argParser(collect)
        .default([], "the last 30 % of each run"),
    )
    .option("--json", "print the fit and all errors as JSON")
    .option("--quiet", "no warnings")
    .action(async (files: readonly string[], options: CalibrateOptions) => {
      const refusals = createRefusals();
      const runs = (await refusals.collect(() => readRuns(files, io))) ?? [];
      const heldOut = (await refusals.collect(() => readRuns(options.holdOut, io))) ?? [];
      const scenario = await refusals.collect(() => openScenario(options.scenario, { set: [], plugin: [] }, io));
      refusals.throwAny();
      const server = serverOf(scenario as LoadedScenario, options.deployment); // else it was refused
      if (options.quiet !== true) showIssues(checkSaturation(runs, server), io);
      const parts = runs.map((run) => splitRun(run, FITTED_SHARE));
      const fit =
        heldOut.length > 0
          ? calibrate(server, runs, heldOut)
          : calibrate(
              server,
              parts.map(([first]) => first),
              parts.map(([, rest]) => rest),
            );
      io.out(options.json === true ? `${JSON.stringify(fit)}\n` : renderFit(fit));
      done(EXIT_CODES.good);
    });
}

/** @throws InputError with the problems of every file */
function readRuns(files: readonly string[], { workingFolder }: Io): readonly MeasuredRun[] {
  const issues: Issue[] = [];
  const runs = files.flatMap((file) => {
    const path = resolve(workingFolder, file);
    if (!existsSync(path)) {
      issues.push({ code: "benchmark_missing", path: [], file, data: { file } });
      return [];
    }
    const bytes = readFileSync(path);
    const read = readBenchmark(file, (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
    if ("runs" in read) return read.runs;
    issues.push(...read.issues);
    return [];
  });
  if (issues.length > 0) throw new InputError(issues);
  return runs;
}

function serverOf({ plan }: LoadedScenario, name: string | undefined): Server {
  const deployment = name === undefined ? plan.deployments[0] : plan.deployments.find((each) => each.name === name);
  if (deployment !== undefined) return { plan, deployment };
  const known = plan.deployments.map((each) => each.name);
  throw new InputError([
    {
      code: "unknown_deployment_option",
      path: [],
      file: "--deployment",
      data: { actual: name ?? "", known, nearest: nearestNames(name ?? "", known) },
    },
  ]);
}

function checkSaturation(runs: readonly MeasuredRun[], { deployment }: Server): readonly Issue[] {
  const peak = Math.max(0, ...runs.map(peakConcurrency));
  const { maxSequences } = deployment.serving.engine;
  if (peak >= SATURATED_SHARE * maxSequences) return [];
  return [{ code: "no_saturated_run", severity: "warning", path: [], data: { peak, maxSequences } }];
}

/** The coefficients as YAML, everything else as comments above them. */
function renderFit({ latency, fitted, heldOut, rootMeanSquare }: Calibration): string {
  const rows = [...fitted.map((run) => ["fitted", ...errorCells(run)]), ...heldOut.map((run) => ["held out", ...errorCells(run)])];
  const head = ["", "TTFT mean", "P99", "TPOT mean", "P99", "E2E mean", "P99", "run"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `# ${cells.map((cell, i) => (i === 0 || i === cells.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")}`.trimEnd();
  const coefficients = Object.entries(latency).flatMap(([key, value]) =>
    typeof value === "number" ? [`  ${key}: ${Number(value.toPrecision(4))}`] : [],
  );
  return [
    "# Errors, simulated ÷ measured − 1. What was held out tells how good the model is; what was fitted does not.",
    line(head),
    ...rows.map(line),
    `# root of the mean squared error of the fitted figures: ${(rootMeanSquare * 100).toFixed(1)} %`,
    "# Put it under the deployment's model: { shape: …, gpu: …, gpusPerReplica: …, latency: … }.",
    "latency:",
    `  kind: ${latency.kind}`,
    ...coefficients,
    "",
  ].join("\n");
}

function errorCells({ name, errors }: CalibratedRun): readonly string[] {
  const percent = (error: number): string => (Number.isNaN(error) ? "–" : `${error >= 0 ? "+" : "−"}${Math.abs(error * 100).toFixed(1)} %`);
  const { ttft, tpot, e2e } = errors;
  return [...[ttft.mean, ttft.p99, tpot.mean, tpot.p99, e2e.mean, e2e.p99].map(percent), name];
}
