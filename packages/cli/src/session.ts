import { formatIssues, type Issue, type LoadedScenario, type RunOptions } from "replicast";
import { createDeadline } from "./deadline.ts";
import type { Io } from "./io.ts";
import { issueCatalogues } from "./issue-catalogues.ts";
import { openScenario } from "./open-scenario.ts";
import { createProgressLine, type ProgressLine } from "./progress.ts";
import { parseLimits, type ScenarioOptions } from "./scenario-options.ts";

/** A loaded scenario with what the library needs to run it under the command's options. */
export interface Session {
  readonly scenario: LoadedScenario;
  readonly runOptions: RunOptions;
}

/**
 * Loads the scenario, shows its warnings and hands both to `work`; the progress line is gone when `work` is done, however it ends.
 */
export async function withSession<T>(path: string, options: ScenarioOptions, io: Io, work: (session: Session) => Promise<T>): Promise<T> {
  const limits = parseLimits(options);
  const deadline = limits.timeLimitSeconds === undefined ? [] : [createDeadline(limits.timeLimitSeconds, io.clockSeconds)];
  const scenario = await openScenario(path, options, io);
  if (options.quiet !== true) showIssues(scenario.warnings, io);
  const line: ProgressLine = createProgressLine(io, options.quiet === true);
  try {
    return await work({
      scenario,
      runOptions: {
        onProgress: line.report,
        observers: deadline,
        ...(limits.maxEvents === undefined ? {} : { maxEvents: limits.maxEvents }),
      },
    });
  } finally {
    line.clear();
  }
}

/** Prints issues to standard error, one or more lines each. */
export function showIssues(issues: readonly Issue[], io: Io): void {
  if (issues.length > 0) io.err(`${formatIssues(issues, { catalogues: issueCatalogues }).trimEnd()}\n`);
}
