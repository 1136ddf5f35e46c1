import { type Command, Option } from "commander";
import {
  calibrate,
  checkRuns,
  type Evidence,
  InputError,
  type Issue,
  type Measurements,
  readMeasurements,
  type Server,
  splitRun,
  splitSteps,
} from "replicast";
import { renderFit } from "../calibration-text.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { createFiles } from "../files.ts";
import type { Io } from "../io.ts";
import { measuredServer, type ServerOptions } from "../measured-server.ts";
import { createRefusals } from "../refusals.ts";
import { collect } from "../scenario-options.ts";
import { showIssues } from "../session.ts";

interface CalibrateOptions extends ServerOptions {
  readonly holdOut: readonly string[];
  readonly heldShare?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Part of each run that is kept out of the fit when no file is. */
const HELD_SHARE = 0.3;
/** `calibrate <files>`: latency coefficients from measured runs of one replica. */
export function calibrateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  addServerOptions(
    program
      .command("calibrate")
      .argument(
        "<file...>",
        "measurements of one replica: rows per request or per step (CSV), vllm bench serve (detailed JSON), GuideLLM (benchmarks.json); or .gz of them",
      )
      .description("fit a latency model to measured runs and print it as YAML for a scenario"),
  )
    .addOption(
      new Option("--hold-out <file>", "a file to judge by and not to fit; repeatable")
        .argParser(collect)
        .default([], "the last 30 % of each run"),
    )
    .option("--held-share <share>", "how much of each run, from its end, is kept out of the fit (default: 0.3, with --hold-out 0)")
    .option("--json", "print the fit and all errors as JSON")
    .option("--quiet", "no warnings")
    .action(async (files: readonly string[], options: CalibrateOptions) => {
      const { server, fitted, heldOut, warnings } = await prepare(files, options, io);
      if (options.quiet !== true) showIssues(warnings, io);
      const fit = calibrate(server, fitted, heldOut);
      io.out(options.json === true ? `${JSON.stringify(fit)}\n` : renderFit(fit));
      done(EXIT_CODES.good);
    });
}

function addServerOptions(command: Command): Command {
  return command
    .option("--scenario <scenario>", "whose deployment was measured: its engine's limits, and the model the search starts from")
    .option("--deployment <name>", "which of its deployments (default: the first)")
    .option("--model <name>", "instead of --scenario: a preset, or a known shape with --gpu")
    .option("--gpu <name>", "a known GPU")
    .option("--gpus <number>", "GPUs of the server (tensor parallel)")
    .option("--vllm-version <version>", "take this version's defaults for limits left out")
    .option("--max-num-seqs <number>", "as the server had it")
    .option("--max-num-batched-tokens <number>", "as the server had it")
    .option("--kv-blocks <number>", "as the server logged it; estimated when left out")
    .option("--block-size <number>", "as the server had it")
    .option("--gpu-memory-utilization <share>", "as the server had it")
    .addOption(new Option("--form <form>", "form of the model, when not the one the search starts from").choices(["roofline", "linear"]));
}

interface Prepared {
  readonly server: Server;
  readonly fitted: readonly Evidence[];
  readonly heldOut: readonly Evidence[];
  readonly warnings: readonly Issue[];
}

/** Reads files and options, and refuses all that is wrong with them together. */
async function prepare(files: readonly string[], options: CalibrateOptions, io: Io): Promise<Prepared> {
  const refusals = createRefusals();
  const share = await refusals.collect(() => parseHeldShare(options));
  const read = (await refusals.collect(() => readAll(files, io))) ?? { runs: [], steps: [] };
  const checks = (await refusals.collect(() => readAll(options.holdOut, io))) ?? { runs: [], steps: [] };
  const server = await refusals.collect(() => measuredServer(options, io));
  refusals.throwAny();
  const fittedShare = 1 - (share as number); // else it was refused
  const runs = read.runs.map((run) => (fittedShare === 1 ? [run] : splitRun(run, fittedShare)));
  const steps = read.steps.map((each) => (fittedShare === 1 ? [each] : splitSteps(each, fittedShare)));
  const parts = [...runs, ...steps].map((part): readonly Evidence[] => part.filter(hasRows));
  return {
    server: server as Server,
    fitted: parts.flatMap(([first]) => first ?? []),
    heldOut: [...parts.flatMap(([, rest]) => rest ?? []), ...checks.runs, ...checks.steps],
    warnings: checkRuns(server as Server, read.runs),
  };
}

/** A short run leaves nothing to hold out. */
function hasRows(evidence: Evidence): boolean {
  return ("requests" in evidence ? evidence.requests : evidence.steps).length > 0;
}

function parseHeldShare({ heldShare, holdOut }: CalibrateOptions): number {
  if (heldShare === undefined) return holdOut.length > 0 ? 0 : HELD_SHARE;
  const share = Number(heldShare);
  if (heldShare.trim() !== "" && share >= 0 && share < 1) return share;
  const data = { option: "--held-share", actual: heldShare, expected: "a share from 0 to below 1" };
  throw new InputError([{ code: "bad_option", path: [], data }]);
}

/** @throws InputError with the problems of every file */
async function readAll(paths: readonly string[], { workingFolder }: Io): Promise<Measurements> {
  const files = createFiles({ workingFolder, scenarios: [], traces: paths, dataFolder: undefined, allowOutside: true });
  const refusals = createRefusals();
  const found: Measurements[] = [];
  for (const path of paths) {
    const measured = await refusals.collect(async () => {
      const text = await files.read(path);
      if (text === undefined) throw new InputError([{ code: "measurements_missing", path: [], data: { file: path } }]);
      return readMeasurements(text, path);
    });
    if (measured !== undefined) found.push(measured);
  }
  refusals.throwAny();
  return { runs: found.flatMap(({ runs }) => runs), steps: found.flatMap(({ steps }) => steps) };
}
