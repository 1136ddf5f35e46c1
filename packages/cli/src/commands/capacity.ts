import { join, resolve } from "node:path";
import { renderSweepHtml, renderSweepTable } from "@replicast/report";
import { type Command, Option } from "commander";
import { type CapacityTable, capacity, InputError, type RunOptions, sweepBatchLimits } from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { type Io, outWidth } from "../io.ts";
import { PAGE_FILES } from "../report-files.ts";
import { addScenarioOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";
import { readVegaRuntime } from "../vega-runtime.ts";

interface CapacityOptions extends ScenarioOptions {
  readonly sweepBatch?: boolean;
  readonly answers?: string;
  readonly out?: string;
}

/** `capacity <scenario>`: κ(n), the load a replica carries at the SLO. */
export function capacityCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("capacity")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("find the load that one of n replicas carries while the SLO holds");
  command
    .option("--sweep-batch", "instead: throughput and latency of one replica over batch limits, at several loads")
    .option("--answers <factors>", "with --sweep-batch: also with answers this much longer or shorter, as in 0.25,1,4")
    .option("--out <folder>", "with --sweep-batch: write report.html and result.json there");
  // Known, so that it can be refused with the reason; of no use, so that help does not offer it.
  addScenarioOptions(command.addOption(new Option("--seed <seed>").hideHelp())).action(async (path: string, options: CapacityOptions) => {
    if (options.seed !== undefined) throw new InputError([{ code: "seed_not_used", path: [], file: "--seed", data: {} }]);
    const answers = checkSweepOptions(options);
    if (options.sweepBatch === true) await printSweep(path, options, answers, io);
    else await printCapacity(path, options, io);
    done(EXIT_CODES.good);
  });
}

async function printCapacity(path: string, options: CapacityOptions, io: Io): Promise<void> {
  const table = await withSession(path, options, io, async ({ scenario, runOptions }) => capacity(scenario, capacityOptions(runOptions)));
  io.out(options.json === true ? `${JSON.stringify(table)}\n` : renderCapacity(table));
}

async function printSweep(path: string, options: CapacityOptions, answers: readonly number[], io: Io): Promise<void> {
  const output = { folder: options.out, names: PAGE_FILES };
  const sweep = await withSession(
    path,
    options,
    io,
    async ({ scenario, runOptions }) => sweepBatchLimits(scenario, { ...capacityOptions(runOptions), answers }),
    output,
  );
  if (options.out !== undefined) {
    const contents: Readonly<Record<(typeof PAGE_FILES)[number], string>> = {
      "report.html": renderSweepHtml(sweep, { vegaRuntime: readVegaRuntime() }),
      "result.json": `${JSON.stringify(sweep)}\n`,
    };
    writeFilesAtomically(resolve(io.workingFolder, options.out), contents, options.out);
  }
  if (options.json === true) io.out(`${JSON.stringify(sweep)}\n`);
  else {
    io.out(renderSweepTable(sweep, { width: outWidth(io), color: io.color }));
    if (options.out !== undefined) io.out(`Report: ${join(options.out, "report.html")}\n`);
  }
}

function capacityOptions({ observers = [], onProgress }: RunOptions): Parameters<typeof capacity>[1] & object {
  return { observers, onProgress: (progress) => onProgress?.({ stage: "capacity", ...progress }) };
}

/** @returns factors on the answers' lengths @throws InputError `bad_option` */
function checkSweepOptions({ sweepBatch, answers, out }: CapacityOptions): readonly number[] {
  const issue = (option: string, actual: string, expected: string) => ({
    code: "bad_option",
    path: [],
    data: { option, actual, expected },
  });
  const factors = (answers ?? "1").split(",").map(Number);
  const issues = [
    ...(sweepBatch === true || answers === undefined ? [] : [issue("--answers", answers, "--sweep-batch beside it")]),
    ...(sweepBatch === true || out === undefined ? [] : [issue("--out", out, "--sweep-batch beside it")]),
    ...(factors.every((factor) => factor > 0 && factor <= 1000)
      ? []
      : [issue("--answers", answers ?? "", "factors above 0, with commas between them, as in 0.25,1,4")]),
  ];
  if (issues.length > 0) throw new InputError(issues);
  return factors;
}

/** Aligned columns; the total beside the share of one replica shows what pooling gains. */
function renderCapacity(table: CapacityTable): string {
  const rows = table.flatMap(({ deployment, points }) =>
    points.map(({ replicas, requestsPerSecond }) => [
      deployment,
      String(replicas),
      requestsPerSecond.toFixed(3),
      (replicas * requestsPerSecond).toFixed(2),
    ]),
  );
  const lines = [["deployment", "replicas", "requests/s each", "requests/s in all"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  const text = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join("  "),
  );
  return `${text.join("\n")}\n`;
}
