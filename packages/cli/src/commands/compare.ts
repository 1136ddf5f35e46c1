import { join, resolve } from "node:path";
import { renderComparisonHtml, renderComparisonMarkdown, renderComparisonTable } from "@replicast/report";
import type { Command } from "commander";
import { type ComparisonResult, compare } from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";
import { readVegaRuntime } from "../vega-runtime.ts";

/** Columns assumed where no terminal says otherwise. */
const DEFAULT_COLUMNS = 120;

const REPORT_FILES = ["report.html", "report.md", "result.json"] as const;

interface CompareCommandOptions extends ScenarioOptions {
  readonly out?: string;
  readonly policy: readonly string[];
}

/** `compare <scenario>`: all its policies on the same traffic. */
export function compareCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("compare")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("run every policy of a scenario on the same traffic and rank them")
    .option("--policy <name>", "compare only this policy; repeatable", (name: string, names: readonly string[]) => [...names, name], [])
    .option("--out <folder>", "write report.html, report.md and result.json there");
  addRunOptions(command).action(async (path: string, options: CompareCommandOptions) => {
    const result = await withSession(
      path,
      options,
      io,
      ({ scenario, runOptions }) =>
        compare(scenario, { ...runOptions, ...(options.policy.length > 0 ? { policies: options.policy } : {}) }),
      { folder: options.out, names: REPORT_FILES },
    );
    const written = options.out === undefined ? undefined : writeReport(options.out, result, io);
    if (options.json === true) io.out(`${JSON.stringify(result)}\n`);
    else {
      io.out(`${renderComparisonTable(result, { width: io.outColumns ?? DEFAULT_COLUMNS, color: io.color }).trimEnd()}\n`);
      if (written !== undefined) io.out(`Report: ${written}\n`);
    }
    done(result.passed ? EXIT_CODES.good : EXIT_CODES.thresholdFailed);
  });
}

/** Everything is rendered before anything is written. @returns path of the HTML report */
function writeReport(folder: string, result: ComparisonResult, io: Io): string {
  const contents: Readonly<Record<(typeof REPORT_FILES)[number], string>> = {
    "report.html": renderComparisonHtml(result, { vegaRuntime: readVegaRuntime() }),
    "report.md": renderComparisonMarkdown(result),
    "result.json": `${JSON.stringify(result)}\n`,
  };
  writeFilesAtomically(resolve(io.workingFolder, folder), contents, folder);
  return join(folder, "report.html");
}
