import { type Command, Option } from "commander";
import { describeIssue, validateFiles } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { issueCatalogues } from "../issue-catalogues.ts";
import { loadOptions } from "../open-scenario.ts";
import { addPluginOptions, type ScenarioOptions } from "../scenario-options.ts";
import { showIssues } from "../session.ts";

type ValidateOptions = Pick<ScenarioOptions, "plugin" | "allowOutside" | "allowCode" | "json" | "quiet"> & {
  readonly failOn: "error" | "warning";
};

/** `validate <file…>`: scenarios with all they name, and bare manifests. */
export function validateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("validate")
    .argument("<file...>", "scenario files or folders, HPA and ScaledObject manifests")
    .description("check scenarios and manifests without running anything")
    .option("--json", "print the issues as JSON, with their texts and hints")
    .option("--quiet", "errors only")
    .addOption(new Option("--fail-on <severity>", "exit code 2 from this severity on").choices(["error", "warning"]).default("error"));
  addPluginOptions(command).action(async (paths: readonly string[], options: ValidateOptions) => {
    const found = await validateFiles(paths, await loadOptions(paths, options, io));
    const errors = found.filter(({ severity }) => severity !== "warning");
    if (options.json === true)
      io.out(`${JSON.stringify(found.map((issue) => ({ ...issue, ...describeIssue(issue, issueCatalogues) })))}\n`);
    else showIssues(options.quiet === true ? errors : found, io);
    if (options.json !== true && errors.length === 0)
      io.out(`${paths.length === 1 ? paths[0] : `${paths.length} files`}: ${outcome(found.length)}\n`);
    const failing = options.failOn === "warning" ? found : errors;
    done(failing.length === 0 ? EXIT_CODES.good : EXIT_CODES.badInput);
  });
}

/** A command that finds nothing to refuse still says that there is something to read. */
function outcome(warnings: number): string {
  if (warnings === 0) return "good";
  return `no errors, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
}
