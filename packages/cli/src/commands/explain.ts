import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { explainRun, type Moment, parseMoment, readRuns, renderExplanations } from "@replicast/report";
import type { Command } from "commander";
import { compare, InputError, type Issue, type RunResult } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { type Io, outWidth } from "../io.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";

/** Name under which `run` and `compare` write a result into a folder. */
const RESULT_FILE = "result.json";

interface ExplainOptions extends ScenarioOptions {
  readonly policy: readonly string[];
  readonly at?: string;
  readonly deployment?: string;
}

/** `explain <result|scenario>`: every change of replicas with its reason, or all about one moment. */
export function explainCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("explain")
    .argument("<result|scenario>", "result.json of run or compare, a folder with one, or a scenario, which is run first")
    .description("say why a policy had the replicas it had: every change, or one moment step by step")
    .option("--policy <name>", "only this policy; repeatable", (name: string, names: readonly string[]) => [...names, name], [])
    .option("--at <time>", 'explain one moment: "09:04" on the scenario\'s clock, "Tue 09:04", or "2h4m" after the start')
    .option("--deployment <name>", "only this deployment");
  addRunOptions(command).action(async (path: string, options: ExplainOptions) => {
    const file = resultFile(path, io);
    const runs = file === undefined ? await runScenario(path, options, io) : readResult(file, options, io);
    const explanations = runs.flatMap((run) => {
      const moment = momentOf(run, options.at);
      const { deployment } = options;
      return explainRun(run, { ...(moment === undefined ? {} : { moment }), ...(deployment === undefined ? {} : { deployment }) });
    });
    if (options.json === true) io.out(`${JSON.stringify(explanations)}\n`);
    else io.out(renderExplanations(explanations, runs[0]?.scenario as RunResult["scenario"], { width: outWidth(io) }));
    done(EXIT_CODES.good);
  });
}

/** The path of a result, when the argument is one or a folder with one and no scenario; from the working folder. */
function resultFile(path: string, io: Io): string | undefined {
  const absolute = resolve(io.workingFolder, path);
  if (!existsSync(absolute)) return undefined;
  if (statSync(absolute).isDirectory()) {
    return existsSync(join(absolute, RESULT_FILE)) && !existsSync(join(absolute, "scenario.yaml")) ? join(path, RESULT_FILE) : undefined;
  }
  // A scenario may be JSON, too: what has a schema of ours, or is called a result, is none.
  if (!path.endsWith(".json")) return undefined;
  const text = readFileSync(absolute, "utf8");
  return path.endsWith(RESULT_FILE) || /"schema"\s*:\s*"replicast\//.test(text.slice(0, 1000)) ? path : undefined;
}

function readResult(file: string, options: ExplainOptions, io: Io): readonly RunResult[] {
  const unused = unusedOptions(options);
  if (unused.length > 0) throw new InputError(unused);
  const runs = readRuns(parse(readFileSync(resolve(io.workingFolder, file), "utf8"), file), file);
  check(runs, options);
  return options.policy.length === 0 ? runs : runs.filter(({ policy }) => options.policy.includes(policy));
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError([{ code: "not_a_result", path: [], file, data: { found: "" } }]);
  }
}

async function runScenario(path: string, options: ExplainOptions, io: Io): Promise<readonly RunResult[]> {
  const { runs } = await withSession(path, options, io, ({ scenario, runOptions }) => {
    const { plan } = scenario;
    // Options that name nothing, or a time that never comes, are refused before minutes of simulation.
    check(
      plan.policies.map(({ name }) => ({ policy: name, deployments: plan.deployments })),
      options,
    );
    return compare(scenario, { ...runOptions, ...(options.policy.length > 0 ? { policies: options.policy } : {}) });
  });
  return runs;
}

interface Named {
  readonly policy: string;
  readonly deployments: readonly { readonly name: string }[];
}

function check(runs: readonly Named[], { policy, deployment }: ExplainOptions): void {
  const policies = runs.map((run) => run.policy);
  const deployments = [...new Set(runs.flatMap((run) => run.deployments.map(({ name }) => name)))];
  const issues: Issue[] = policy
    .filter((name) => !policies.includes(name))
    .map((actual) => ({ code: "unknown_policy", path: [], data: { actual, known: policies } }));
  if (deployment !== undefined && !deployments.includes(deployment)) {
    issues.push({ code: "unknown_deployment_option", path: [], data: { actual: deployment, known: deployments } });
  }
  if (issues.length > 0) throw new InputError(issues);
}

function momentOf({ scenario }: RunResult, text: string | undefined): Moment | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment(text, scenario);
  if (moment !== undefined) return moment;
  const expected = 'a moment of the run: "09:04", "09:04:30", "Tue 09:04", or "2h4m" after the start';
  throw new InputError([{ code: "bad_option", path: [], data: { option: "--at", actual: text, expected } }]);
}

/** A result is what it is: options that would change the run are refused, not ignored. */
function unusedOptions({ seed, set, trace, maxEvents, timeLimit }: ExplainOptions): readonly Issue[] {
  const given: readonly (readonly [option: string, value: string | undefined])[] = [
    ["--seed", seed],
    ["--set", set[0]],
    ["--trace", trace],
    ["--max-events", maxEvents],
    ["--time-limit", timeLimit],
  ];
  return given.flatMap(([option, actual]) =>
    actual === undefined
      ? []
      : [
          {
            code: "bad_option",
            path: [],
            data: { option, actual, expected: "for a result, which is finished; explain the scenario instead" },
          },
        ],
  );
}
