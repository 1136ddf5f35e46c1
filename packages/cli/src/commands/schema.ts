import type { Command } from "commander";
import { scenarioJsonSchema } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";

/** `schema`: the JSON schema of scenario files, so that editors complete and check them. */
export function schemaCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command("schema")
    .description("print the JSON schema of scenario files")
    .action(() => {
      io.out(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
      done(EXIT_CODES.good);
    });
}
