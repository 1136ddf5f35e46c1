import { dirname, resolve } from "node:path";
import type { PolicyCode } from "replicast";
import { policiesOf } from "../load-policy.ts";
import { PolicyProgram } from "./policy-program.ts";

/** Seconds that one answer may take unless the scenario says otherwise. */
const DEFAULT_TIME_LIMIT_SECONDS = 10;

/** Modules and programs that scenarios name, as this machine runs them. */
export interface ScenarioCode {
  readonly code: PolicyCode;
  /** Ends all programs. */
  readonly close: () => void;
}

/**
 * Runs the code that scenarios name: give `code` to `load` as `policyCode`, and call `close` when nothing is run any longer.
 * Code of a scenario can do all that its user can; use it only with scenarios that are trusted.
 */
export function createScenarioCode(workingFolder: string): ScenarioCode {
  const programs: PolicyProgram[] = [];
  const folderOf = (scenario: string): string => dirname(resolve(workingFolder, scenario));
  return {
    code: {
      module: (reference, scenario) => policiesOf(reference, folderOf(scenario)),
      process: async ({ command, timeLimit = DEFAULT_TIME_LIMIT_SECONDS }, scenario) => {
        const program = new PolicyProgram({ command, folder: folderOf(scenario), timeLimitSeconds: timeLimit });
        programs.push(program);
        return program;
      },
    },
    close: () => {
      for (const program of programs) program.close();
    },
  };
}
