import { type Command, Option } from "commander";
import { generatedFlow } from "replicast";
import { EXIT_CODES, type ExitCode } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { openScenario } from "../../open-scenario.ts";
import { addPluginOptions, collect, type ScenarioOptions } from "../../scenario-options.ts";
import { showIssues } from "../../session.ts";
import { traceTarget, WRITTEN_FORMATS, type WrittenFormat, writeTrace } from "../../write-trace.ts";

interface GenerateOptions extends ScenarioOptions {
  readonly out?: string;
  readonly write?: WrittenFormat;
}

/** `trace generate <scenario>`: the requests that a run would see. */
export function generateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  addPluginOptions(
    program
      .command("generate")
      .argument("<scenario>", "a scenario file, or a folder with scenario.yaml")
      .description("write the requests of a scenario as a trace, its streams as tenants"),
  )
    .option("-o, --out <file>", "a file that ends in .csv, .jsonl or .parquet, or .gz of the first two (default: standard output, CSV)")
    .addOption(new Option("--write <format>", "instead of the file's ending").choices(WRITTEN_FORMATS))
    .option("--seed <seed>", "seed of all chance")
    .option("--trace <file>", "replay this trace instead of the scenario's")
    .addOption(new Option("--set <path=value>", "override a field of the scenario; repeatable").argParser(collect).default([], "none"))
    .option("--quiet", "no warnings")
    .action(async (path: string, options: GenerateOptions) => {
      const target = traceTarget(options);
      const scenario = await openScenario(path, options, io);
      if (options.quiet !== true) showIssues(scenario.warnings, io);
      const { flow, hashTokens } = generatedFlow(scenario);
      await writeTrace(flow, target, io, () => {});
      if (options.quiet !== true && hashTokens !== undefined && hashTokens !== USUAL_HASH_TOKENS)
        io.err(`each of the hash_ids stands for ${hashTokens} prompt tokens: replay the trace with hashTokens: ${hashTokens}\n`);
      done(EXIT_CODES.good);
    });
}

/** What a replay takes without a word. */
const USUAL_HASH_TOKENS = 512;
