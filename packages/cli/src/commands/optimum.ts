import { renderForesightTable } from "@replicast/report";
import type { Command } from "commander";
import { compare } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { addScheduleOptions, type ForesightCommandOptions, foresightOptions } from "../foresight-options.ts";
import { type Io, outWidth } from "../io.ts";
import { REPORT_FILES, writeReport } from "../report-files.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";

interface OptimumCommandOptions extends ScenarioOptions, ForesightCommandOptions {
  readonly policy: readonly string[];
  readonly out?: string;
}

/** `optimum <scenario>`: what perfect foresight would have cost, and why each policy costs more. */
export function optimumCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("optimum")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("find the cheapest schedule that knows the traffic, and what keeps each policy from it")
    .option("--policy <name>", "look at this policy only; repeatable", (name: string, names: readonly string[]) => [...names, name], [])
    .option("--out <folder>", "write report.html, report.md and result.json there");
  addRunOptions(addScheduleOptions(command)).action(async (path: string, options: OptimumCommandOptions) => {
    const foresight = foresightOptions("regret", options);
    const result = await withSession(
      path,
      options,
      io,
      ({ scenario, runOptions }) =>
        compare(scenario, { ...runOptions, foresight, ...(options.policy.length > 0 ? { policies: options.policy } : {}) }),
      { folder: options.out, names: REPORT_FILES },
    );
    const written = options.out === undefined ? undefined : writeReport(options.out, result, io);
    if (options.json === true) io.out(`${JSON.stringify(result.foresight)}\n`);
    else {
      io.out(`${renderForesightTable(result, { width: outWidth(io), color: io.color }).trimEnd()}\n`);
      if (written !== undefined) io.out(`Report: ${written}\n`);
    }
    done(EXIT_CODES.good);
  });
}
