import type { Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { MergeCommandOptions } from "../sweep/merge-sweeps.ts";

/** `merge <folder...>`: the shards of a sweep as one. */
export function mergeCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command("merge")
    .argument("<folder...>", "folders of the shards of one sweep")
    .description("put the shards of a sweep together; the results are those of one run, byte for byte")
    .requiredOption("--out <folder>", "write the whole sweep there")
    .option("--json", "print the result as JSON")
    .action(async (folders: readonly string[], options: MergeCommandOptions) => {
      const { mergeSweeps } = await import("../sweep/merge-sweeps.ts");
      done(mergeSweeps(folders, options, io));
    });
}
