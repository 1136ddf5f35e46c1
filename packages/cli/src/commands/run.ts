import { resolve } from "node:path";
import { renderRunMarkdown, renderRunTable } from "@replicast/report";
import type { Command } from "commander";
import { run } from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";

const REPORT_FILES = ["report.md", "result.json"] as const;

interface RunCommandOptions extends ScenarioOptions {
  readonly out?: string;
  readonly policy?: string;
}

/** `run <scenario>`: one policy. */
export function runCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("run")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("run one policy of a scenario")
    .option("--policy <name>", "the policy to run; the scenario's first when left out")
    .option("--out <folder>", "write report.md and result.json there");
  addRunOptions(command).action(async (path: string, options: RunCommandOptions) => {
    const result = await withSession(path, options, io, ({ scenario, runOptions }) => run(scenario, options.policy, runOptions), {
      folder: options.out,
      names: REPORT_FILES,
    });
    if (options.out !== undefined) {
      const contents: Readonly<Record<(typeof REPORT_FILES)[number], string>> = {
        "report.md": renderRunMarkdown(result),
        "result.json": `${JSON.stringify(result)}\n`,
      };
      writeFilesAtomically(resolve(io.workingFolder, options.out), contents, options.out);
    }
    if (options.json === true) io.out(`${JSON.stringify(result)}\n`);
    else {
      io.out(`${renderRunTable(result).trimEnd()}\n`);
      if (options.out !== undefined) io.out(`Report: ${options.out.replace(/\/$/, "")}/report.md\n`);
    }
    done(result.thresholdsPassed ? EXIT_CODES.good : EXIT_CODES.thresholdFailed);
  });
}
