import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { InputError, scenarioJsonSchema } from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { quoteArgument } from "../quote-argument.ts";
import { STARTER_FILES } from "../starter-files.ts";

/** `init [folder]`: a starter scenario that runs as it is; never overwrites. */
export function initCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command("init")
    .argument("[folder]", "created when it does not exist", ".")
    .description("write a starter scenario")
    .action((folder: string) => {
      const target = resolve(io.workingFolder, folder);
      const files = { ...STARTER_FILES, "scenario.schema.json": `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n` };
      const taken = Object.keys(files).filter((name) => existsSync(join(target, name)));
      if (taken.length > 0) throw new InputError(taken.map((name) => ({ code: "file_exists", path: [], file: join(folder, name) })));
      writeFilesAtomically(target, files, folder);
      io.out(
        `${Object.keys(files)
          .map((name) => join(folder, name))
          .join("\n")}\n`,
      );
      io.out(`Next: ${io.invocation} compare ${quoteArgument(folder)}\n`);
      done(EXIT_CODES.good);
    });
}
