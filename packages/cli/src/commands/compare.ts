import { renderComparisonTable } from "@replicast/report";
import type { Command } from "commander";
import { compare } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { addScheduleOptions, comparedForesight, type ForesightCommandOptions } from "../foresight-options.ts";
import { type Io, outWidth } from "../io.ts";
import { REPORT_FILES, writeReport } from "../report-files.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";
import { addStatisticsOptions, type StatisticsCommandOptions, statisticsOptions } from "../statistics-options.ts";

interface CompareCommandOptions extends ScenarioOptions, ForesightCommandOptions, StatisticsCommandOptions {
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
    .option("--out <folder>", "write report.html, report.md and result.json there")
    .option("--foresight", "also the least any policy could cost, and the best schedule that knows the traffic")
    .option("--regret", "also, with --foresight, what keeps each policy from it, cause by cause");
  addRunOptions(addScheduleOptions(addStatisticsOptions(command))).action(async (path: string, options: CompareCommandOptions) => {
    const foresight = comparedForesight(options);
    const statistics = statisticsOptions(options);
    const result = await withSession(
      path,
      options,
      io,
      ({ scenario, runOptions }) =>
        compare(scenario, {
          ...runOptions,
          ...statistics,
          ...(options.policy.length > 0 ? { policies: options.policy } : {}),
          ...(foresight === null ? {} : { foresight }),
        }),
      { folder: options.out, names: REPORT_FILES },
    );
    const written = options.out === undefined ? undefined : writeReport(options.out, result, io);
    if (options.json === true) io.out(`${JSON.stringify(result)}\n`);
    else {
      io.out(`${renderComparisonTable(result, { width: outWidth(io), color: io.color }).trimEnd()}\n`);
      if (written !== undefined) io.out(`Report: ${written}\n`);
    }
    done(result.passed ? EXIT_CODES.good : EXIT_CODES.thresholdFailed);
  });
}
