import { type Command, Option } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addRunOptions, collect } from "../scenario-options.ts";
import type { SweepCommandOptions } from "../sweep/run-sweep.ts";

/** `sweep <scenario>`: a scenario with many values of its fields, on all cores. */
export function sweepCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("sweep")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("run a scenario with many values of its fields, on every core")
    .requiredOption("--out <folder>", "keep finished cells there, then results.parquet and results.json")
    .addOption(
      new Option("--vary <path=values>", "vary a field (as --set names it), or one of a manifest (FILE#PATH, POLICY#PATH); repeatable")
        .argParser(collect)
        .default([], "none"),
    )
    .option("--sample <kind:points>", "draw points instead of running all combinations: sobol:64, latin:50")
    .option("--replications <number>", "runs of each policy at each point, with different seeds (1)")
    .option("--policy <name>", "run only this policy; repeatable", collect, [])
    .option("--jobs <number>", "threads; one for each core when left out")
    .option("--resume", "go on with the sweep in the folder; cells that failed are tried again")
    .option("--shard <i/n>", "run only the i-th of n parts, for as many machines; merge puts them together");
  addRunOptions(command).action(async (path: string, options: SweepCommandOptions) => {
    // Threads and Parquet are loaded when they are needed: other commands should not wait for them.
    const { runSweep } = await import("../sweep/run-sweep.ts");
    done(await runSweep(path, options, io));
  });
}
