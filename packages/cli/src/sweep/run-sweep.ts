import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { cellAt, designSweep, digestTraces, type LoadedScenario, loadCell, parseDuration, type SweepDesign, scenarioPath } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { loadOptions } from "../open-scenario.ts";
import type { ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";
import { VERSION } from "../version.ts";
import { runCells } from "./cell-pool.ts";
import { finishSweep } from "./finish-sweep.ts";
import { openSweepFolder, SWEEP_FILES, type SweepFolder } from "./sweep-folder.ts";
import { parseSweepNumbers, type SweepNumbers } from "./sweep-options.ts";
import { SweepProgress } from "./sweep-progress.ts";

export interface SweepCommandOptions extends ScenarioOptions {
  readonly vary: readonly string[];
  readonly sample?: string;
  readonly replications?: string;
  readonly policy: readonly string[];
  readonly jobs?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly shard?: string;
}

/** Runs a sweep, or what is left of it. */
export async function runSweep(path: string, options: SweepCommandOptions, io: Io): Promise<ExitCode> {
  const numbers = parseSweepNumbers(options);
  return withSession(
    path,
    options,
    io,
    async ({ scenario, runOptions: { maxEvents } }) => {
      const design = await designOfCommand(path, options, io, { scenario, numbers, maxEvents });
      await checkSomeCells(path, options, io, design);
      const folder = openSweepFolder(resolve(io.workingFolder, options.out), design, {
        label: options.out,
        shard: numbers.shard,
        isResumed: options.resume === true,
      });
      try {
        const end = await runRest(path, options, io, { design, folder, numbers, maxEvents });
        return end ?? finishSweep(folder, design, { io, label: options.out, shard: numbers.shard, isJson: options.json === true });
      } finally {
        folder.close();
      }
    },
    { folder: options.out, names: SWEEP_FILES },
  );
}

interface Parts {
  readonly scenario: LoadedScenario;
  readonly numbers: SweepNumbers;
  readonly maxEvents: number | undefined;
}

async function designOfCommand(
  path: string,
  options: SweepCommandOptions,
  io: Io,
  { scenario, numbers, maxEvents }: Parts,
): Promise<SweepDesign> {
  const { files } = await loadOptions([path], { ...options, allowCode: false }, io);
  const text = (await files.read(scenarioPath(path))) ?? "";
  const hash = createHash("sha256");
  digestTraces(scenario, (piece) => hash.update(piece));
  return designSweep(scenario, text, VERSION, {
    vary: options.vary,
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    replications: numbers.replications,
    ...(options.policy.length === 0 ? {} : { policies: options.policy }),
    surroundings: JSON.stringify({ traces: hash.digest("hex"), maxEvents, plugins: options.plugin }),
  });
}

/**
 * A wrong path, or a seed that cannot be made longer, is wrong for every cell: it is said before anything is run. One good point of
 * three is enough to go on: values that do not fit each other fail one by one.
 *
 * @throws InputError what the first of them says, when all are wrong
 */
async function checkSomeCells(path: string, options: SweepCommandOptions, io: Io, design: SweepDesign): Promise<void> {
  const { cells, replications } = design.header;
  const own = await loadOptions([path], options, io);
  const trace = options.trace === undefined ? {} : { trace: options.trace };
  const source = { entry: path, options: { ...own, ...trace, set: options.set }, describe: () => "" };
  const lastReplication = (index: number): number => index - (index % replications) + replications - 1;
  let first: unknown;
  for (const index of new Set([0, Math.floor(cells / 2), cells - 1])) {
    try {
      await loadCell(source, design.axes, cellAt(design, lastReplication(index)));
      return;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

interface Rest {
  readonly design: SweepDesign;
  readonly folder: SweepFolder;
  readonly numbers: SweepNumbers;
  readonly maxEvents: number | undefined;
}

/** @returns undefined when all cells of the shard are there */
async function runRest(
  path: string,
  options: SweepCommandOptions,
  io: Io,
  { design, folder: { log }, numbers, maxEvents }: Rest,
): Promise<ExitCode | undefined> {
  const { shard, jobs } = numbers;
  const left: number[] = [];
  let total = 0;
  for (let index = shard.index; index < design.header.cells; index += shard.count) {
    total++;
    if (!log.has(index) || log.hasFailed(index)) left.push(index);
  }
  if (left.length === 0) return undefined;
  const progress = new SweepProgress(io, options.quiet === true, { total, before: total - left.length });
  const stop = createStop(options.timeLimit);
  let ran = 0;
  let failed = 0;
  try {
    await runCells(left, {
      design,
      setting: { path, options, header: design.header, workingFolder: io.workingFolder, dataFolder: io.env["REPLICAST_DATA"], maxEvents },
      jobs,
      clockSeconds: io.clockSeconds,
      signal: stop.signal,
      onRows: (rows) => {
        log.append(rows);
        ran += rows.length;
        failed += rows.filter(({ error }) => error !== null).length;
        progress.report(total - left.length + ran, failed);
      },
    });
  } finally {
    stop.release();
    progress.clear();
  }
  if (!stop.signal.aborted) return undefined;
  io.err(
    `${stop.signal.reason === TIME_IS_UP ? "time limit reached" : "interrupted"}: ${total - left.length + ran} of ${total} cells are in ${options.out}; the same command with --resume goes on\n`,
  );
  return stop.signal.reason === TIME_IS_UP ? EXIT_CODES.limitExceeded : EXIT_CODES.interrupted;
}

const TIME_IS_UP = "time";

/** Ctrl-C (a second one ends the process at once), a polite kill, or the time limit. */
function createStop(timeLimit: string | undefined): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort("signal");
  const seconds = timeLimit === undefined ? undefined : parseDuration(timeLimit);
  const timer = seconds === undefined ? undefined : setTimeout(() => controller.abort(TIME_IS_UP), seconds * 1000);
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    },
  };
}
