import { basename, dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import {
  type Calibration,
  type CalibrationSetup,
  calibrate,
  describeServer,
  InputError,
  type Issue,
  LimitError,
  type MeasuredRun,
  readMeasurements,
  type ServerDescription,
} from "replicast";
import { checkWritable, writeFilesAtomically } from "../atomic-write.ts";
import { renderCalibration, renderLatencyYaml } from "../calibration-text.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { createFiles } from "../files.ts";
import type { Io } from "../io.ts";
import { openScenario } from "../open-scenario.ts";
import { createRefusals } from "../refusals.ts";
import { parseLimits } from "../scenario-options.ts";
import { showIssues } from "../session.ts";

interface CalibrateOptions {
  readonly model?: string;
  readonly gpu?: string;
  readonly gpus?: string;
  readonly scenario?: string;
  readonly deployment?: string;
  readonly vllmVersion?: string;
  readonly maxNumSeqs?: string;
  readonly maxNumBatchedTokens?: string;
  readonly kvBlocks?: string;
  readonly blockSize?: string;
  readonly gpuMemoryUtilization?: string;
  readonly form: "roofline" | "linear";
  readonly hold: "time" | "runs";
  readonly heldShare: string;
  readonly check: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly timeLimit?: string;
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

/** `calibrate <files...>`: coefficients of a latency model from measured runs of one server. */
export function calibrateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command("calibrate")
    .argument(
      "<files...>",
      "measured runs: CSV per request or step, results of `vllm bench serve`, GuideLLM's benchmarks.json; or .gz of them",
    )
    .description("fit a latency model to your own benchmark runs of one server")
    .option("--model <name>", "a preset, or a known shape with --gpu")
    .option("--gpu <name>", "a known GPU")
    .option("--gpus <number>", "GPUs of the server (tensor parallel)")
    .option("--scenario <path>", "take model, GPU and limits from a scenario instead")
    .option("--deployment <name>", "which deployment of the scenario; its first when left out")
    .option("--vllm-version <version>", "defaults of this version for limits left out")
    .option("--max-num-seqs <number>", "as the server had it")
    .option("--max-num-batched-tokens <number>", "as the server had it")
    .option("--kv-blocks <number>", "as the server logged it; estimated when left out")
    .option("--block-size <number>", "as the server had it")
    .option("--gpu-memory-utilization <share>", "as the server had it")
    .addOption(new Option("--form <form>", "form of the model").choices(["roofline", "linear"]).default("roofline"))
    .addOption(
      new Option("--hold <part>", "keep the last part of the time, or the last runs, out of the fit")
        .choices(["time", "runs"])
        .default("time"),
    )
    .option("--held-share <share>", "how much is kept out; 0: nothing", "0.3")
    .addOption(new Option("--check <file>", "check the fit on this file, too; repeatable").argParser(collect).default([], "none"))
    .option("--out <file>", "write the latency as YAML there")
    .option("--json", "print the result as JSON")
    .option("--quiet", "no progress, no warnings")
    .option("--time-limit <duration>", 'end after this much real time, as in "2m" (exit code 4)')
    .action(async (files: readonly string[], options: CalibrateOptions) => {
      const { runs, setup } = await prepare(files, options, io);
      const result = search(runs, setup, options, io);
      if (options.quiet !== true) showIssues(result.warnings, io);
      const yaml = renderLatencyYaml(result, files);
      if (options.out !== undefined) {
        const target = resolve(io.workingFolder, options.out);
        writeFilesAtomically(dirname(target), { [basename(target)]: yaml }, options.out);
      }
      io.out(options.json === true ? `${JSON.stringify(result)}\n` : `${renderCalibration(result)}\n${yaml}`);
      done(EXIT_CODES.good);
    });
}

interface Prepared {
  readonly runs: readonly MeasuredRun[];
  readonly setup: CalibrationSetup;
}

/** Reads files and options, and refuses all that is wrong with them together. */
async function prepare(paths: readonly string[], options: CalibrateOptions, io: Io): Promise<Prepared> {
  const refusals = createRefusals();
  const { out } = options;
  if (out !== undefined) {
    const target = resolve(io.workingFolder, out);
    await refusals.collect(() => checkWritable(dirname(target), [basename(target)], out));
  }
  const numbers = await refusals.collect(() => parseNumbers(options));
  const server = numbers === undefined ? undefined : await refusals.collect(() => serverOf(options, numbers, io));
  const files = createFiles({
    workingFolder: io.workingFolder,
    scenarios: [],
    traces: [...paths, ...options.check],
    dataFolder: undefined,
    allowOutside: true,
  });
  const read = async (path: string): Promise<readonly MeasuredRun[]> => {
    const text = await files.read(path);
    if (text === undefined) throw new InputError([{ code: "measurements_missing", path: [], data: { file: path } }]);
    return readMeasurements(text, path);
  };
  const groups: MeasuredRun[][] = [[], []];
  for (const [group, list] of [paths, options.check].entries())
    for (const path of list) groups[group]?.push(...((await refusals.collect(() => read(path))) ?? []));
  refusals.throwAny();
  const [runs = [], checks = []] = groups;
  const { heldShare } = numbers as Numbers; // else it was refused
  return { runs, setup: { ...(server as Server), form: options.form, hold: options.hold, heldShare, checks } };
}

type Server = Pick<CalibrationSetup, "model" | "gpu" | "gpusPerReplica" | "engine">;

async function serverOf(options: CalibrateOptions, { limits, gpusPerReplica }: Numbers, io: Io): Promise<Server> {
  const { model, gpu, scenario, deployment, vllmVersion } = options;
  if (scenario !== undefined) return serverOfScenario(scenario, deployment, limits, io);
  if (model === undefined)
    throw new InputError([
      { code: "bad_option", path: [], data: { option: "--model", actual: "", expected: "given, and neither is --scenario" } },
    ]);
  return describeServer({
    model,
    limits,
    ...(gpu === undefined ? {} : { gpu }),
    ...(gpusPerReplica === undefined ? {} : { gpusPerReplica }),
    ...(vllmVersion === undefined ? {} : { version: vllmVersion }),
  });
}

async function serverOfScenario(path: string, name: string | undefined, limits: Numbers["limits"], io: Io): Promise<Server> {
  const { plan } = await openScenario(path, { set: [], plugin: [] }, io);
  const known = plan.deployments.map((deployment) => deployment.name);
  const found = plan.deployments.find((deployment) => name === undefined || deployment.name === name);
  if (found === undefined) throw new InputError([{ code: "unknown_deployment", path: [], data: { actual: name ?? "", known } }]);
  const { model, gpu, gpusPerReplica, engine } = found.serving;
  return { model, gpu, gpusPerReplica, engine: { ...engine, ...limits } };
}

interface Numbers {
  readonly limits: NonNullable<ServerDescription["limits"]>;
  readonly gpusPerReplica?: number;
  readonly heldShare: number;
}

/** @throws InputError `bad_option`, naming every option that is wrong */
function parseNumbers(options: CalibrateOptions): Numbers {
  const issues: Issue[] = [];
  const read = (option: string, text: string | undefined, expected: string, isGood: (value: number) => boolean): number | undefined => {
    const value = text === undefined ? undefined : Number(text);
    if (value === undefined || (text?.trim() !== "" && isGood(value))) return value;
    issues.push({ code: "bad_option", path: [], data: { option, actual: text ?? "", expected } });
    return undefined;
  };
  const count = (option: string, text: string | undefined): number | undefined =>
    read(option, text, "a whole number above 0", (value) => Number.isSafeInteger(value) && value > 0);
  const limits = {
    maxSequences: count("--max-num-seqs", options.maxNumSeqs),
    maxBatchedTokens: count("--max-num-batched-tokens", options.maxNumBatchedTokens),
    kvBlocks: count("--kv-blocks", options.kvBlocks),
    blockTokens: count("--block-size", options.blockSize),
    gpuMemoryUtilization: read(
      "--gpu-memory-utilization",
      options.gpuMemoryUtilization,
      "a share above 0, at most 1",
      (value) => value > 0 && value <= 1,
    ),
  };
  const gpusPerReplica = count("--gpus", options.gpus);
  const heldShare = read("--held-share", options.heldShare, "a share from 0 to below 1", (value) => value >= 0 && value < 1) ?? 0;
  if (issues.length > 0) throw new InputError(issues);
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return { limits: given, heldShare, ...(gpusPerReplica === undefined ? {} : { gpusPerReplica }) };
}

function search(runs: readonly MeasuredRun[], setup: CalibrationSetup, options: CalibrateOptions, io: Io): Calibration {
  const { timeLimitSeconds } = parseLimits(options);
  const end = timeLimitSeconds === undefined ? Number.POSITIVE_INFINITY : io.clockSeconds() + timeLimitSeconds;
  const isShown = io.errIsTerminal && options.quiet !== true;
  const result = calibrate(runs, {
    ...setup,
    onProgress: (evaluations) => {
      if (timeLimitSeconds !== undefined && io.clockSeconds() > end) throw new LimitError("time_limit", 0, timeLimitSeconds);
      if (isShown) io.err(`\rcalibrating: ${evaluations} evaluations`);
    },
  });
  if (isShown) io.err("\r\u001b[K");
  return result;
}
