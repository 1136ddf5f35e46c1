import { resolve } from "node:path";
import { formatIssues, type Issue, type LoadedScenario, type RunOptions } from "replicast";
import { checkWritable } from "./atomic-write.ts";
import { createDeadline } from "./deadline.ts";
import type { Io } from "./io.ts";
import { issueCatalogues } from "./issue-catalogues.ts";
import { openScenario } from "./open-scenario.ts";
import { createProgressLine, type ProgressLine } from "./progress.ts";
import { createRefusals } from "./refusals.ts";
import { parseLimits, type ScenarioOptions } from "./scenario-options.ts";

/** A loaded scenario with what the library needs to run it under the command's options. */
export interface Session {
  readonly scenario: LoadedScenario;
  readonly runOptions: RunOptions;
}

/** Files a command will write. */
export interface Output {
  /** From the working folder; undefined: nothing is written. */
  readonly folder: string | undefined;
  readonly names: readonly string[];
}

const NO_OUTPUT: Output = { folder: undefined, names: [] };

/**
 * Checks options, scenario and the place of the result together, shows warnings, and hands scenario and options to `work`; the progress
 * line is gone when `work` is done, however it ends.
 *
 * @throws InputError with everything that is wrong with any of them
 */
export async function withSession<T>(
  path: string,
  options: ScenarioOptions,
  io: Io,
  work: (session: Session) => Promise<T>,
  output: Output = NO_OUTPUT,
): Promise<T> {
  const refusals = createRefusals();
  const limits = (await refusals.collect(() => parseLimits(options))) ?? {};
  const deadline = limits.timeLimitSeconds === undefined ? [] : [createDeadline(limits.timeLimitSeconds, io.clockSeconds)];
  const { folder, names } = output;
  if (folder !== undefined) await refusals.collect(() => checkWritable(resolve(io.workingFolder, folder), names, folder));
  const loaded = await refusals.collect(() => openScenario(path, options, io));
  refusals.throwAny();
  const scenario = loaded as LoadedScenario; // else it was refused
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
