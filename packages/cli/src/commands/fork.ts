import { join, resolve } from "node:path";
import { parseMoment, renderComparisonHtml, renderFork, renderForks } from "@replicast/report";
import type { Command } from "commander";
import {
  comparisonOf,
  type ForkChange,
  type ForkPlace,
  type ForkResult,
  forkAt,
  forkEvery,
  InputError,
  type Issue,
  type LoadedScenario,
  parseDuration,
  wallClock,
} from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { type Io, outWidth } from "../io.ts";
import { PAGE_FILES } from "../report-files.ts";
import { addRunOptions, type ScenarioOptions } from "../scenario-options.ts";
import { type Session, withSession } from "../session.ts";
import { readVegaRuntime } from "../vega-runtime.ts";

interface ForkCommandOptions extends ScenarioOptions {
  readonly policy?: string;
  readonly deployment?: string;
  readonly at?: string;
  readonly decision?: string;
  readonly every?: boolean;
  readonly replicas: string;
  readonly hold?: string;
  readonly out?: string;
}

/** `fork <scenario>`: what another decision would have changed. */
export function forkCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("fork")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("run a policy to one of its decisions, and on from there with another one: what that was worth")
    .option("--at <time>", 'the first decision from this time on: "09:04" on the scenario\'s clock, "Tue 09:04", or "2h4m" after the start')
    .option("--decision <n>", "the n-th decision, from 1")
    .option("--every", "each decision that changed the count, one at a time")
    .option("--replicas <n>", "what is decided instead: +1, -2, or a count", "+1")
    .option("--hold <duration>", "bind later decisions to it for so long; else the next one may undo it")
    .option("--policy <name>", "the policy; the scenario's first when left out")
    .option("--deployment <name>", "whose replicas; may be left out when the policy scales one")
    .option("--out <folder>", "write report.html and result.json there; not with --every");
  addRunOptions(command).action(async (path: string, options: ForkCommandOptions) => {
    const checked = checkOptions(options);
    const work = (session: Session) => runFork(session, options, checked);
    const { text, json, files } = await withSession(path, options, io, work, { folder: options.out, names: PAGE_FILES });
    if (options.out !== undefined) writeFilesAtomically(resolve(io.workingFolder, options.out), files(), options.out);
    io.out(options.json === true ? `${JSON.stringify(json)}\n` : text(io));
    if (options.out !== undefined && options.json !== true) io.out(`Report: ${join(options.out, "report.html")}\n`);
    done(EXIT_CODES.good);
  });
}

interface Checked {
  readonly change: ForkChange;
  readonly holdSeconds: number;
  /** Undefined: by time, which the scenario's clock must tell. */
  readonly decision: number | undefined;
}

interface Outcome {
  readonly text: (io: Io) => string;
  readonly json: unknown;
  readonly files: () => Readonly<Record<string, string>>;
}

async function runFork({ scenario, runOptions }: Session, options: ForkCommandOptions, checked: Checked): Promise<Outcome> {
  const { policy, deployment } = options;
  const { change, holdSeconds } = checked;
  const named = { ...(policy === undefined ? {} : { policy }), ...(deployment === undefined ? {} : { deployment }) };
  const forkOptions = { ...runOptions, ...named, change, holdSeconds };
  const layout = (io: Io) => ({ width: outWidth(io), color: io.color });
  if (options.every === true) {
    const forks = await forkEvery(scenario, forkOptions);
    return { text: (io) => renderForks(forks, layout(io)), json: forks, files: () => ({}) };
  }
  const fork = await forkAt(scenario, placeOf(options, checked, scenario), forkOptions);
  return { text: (io) => renderFork(fork, layout(io)), json: fork, files: () => reportOf(fork, scenario) };
}

/** Both futures as a comparison: the report has all its charts for them. */
function reportOf(fork: ForkResult, scenario: LoadedScenario): Readonly<Record<(typeof PAGE_FILES)[number], string>> {
  const comparison = comparisonOf(scenario, [fork.base, fork.fork]);
  return {
    "report.html": renderComparisonHtml(comparison, { vegaRuntime: readVegaRuntime() }),
    "result.json": `${JSON.stringify(fork)}\n`,
  };
}

/** @throws InputError `bad_option` */
function placeOf({ at = "" }: ForkCommandOptions, { decision }: Checked, { plan }: LoadedScenario): ForkPlace {
  if (decision !== undefined) return { decision };
  const moment = parseMoment(at, wallClock(plan));
  if (moment !== undefined) return { atSeconds: moment.fromSeconds };
  throw new InputError([badOption("--at", at, 'a moment of the run: "09:04", "09:04:30", "Tue 09:04", or "2h4m" after the start')]);
}

function badOption(option: string, actual: string, expected: string): Issue {
  return { code: "bad_option", path: [], data: { option, actual, expected } };
}

/** @throws InputError `bad_option`, with all that is wrong */
function checkOptions({ at, decision, every, replicas, hold, out }: ForkCommandOptions): Checked {
  const issues: Issue[] = [];
  const ways = [at, decision, every].filter((way) => way !== undefined).length;
  if (ways !== 1) issues.push(badOption("--at", at ?? "", "alone: give one of --at, --decision and --every"));
  if (decision !== undefined && !/^[1-9]\d{0,8}$/.test(decision)) issues.push(badOption("--decision", decision, "a whole number above 0"));
  if (!/^([+-][1-9]\d{0,5}|\d{1,6})$/.test(replicas)) issues.push(badOption("--replicas", replicas, "a change as in +1 or -2, or a count"));
  const holdSeconds = hold === undefined ? 0 : parseDuration(hold);
  if (holdSeconds === undefined || !(holdSeconds >= 0)) issues.push(badOption("--hold", hold ?? "", 'a duration, as in "10m"'));
  if (every === true && out !== undefined) issues.push(badOption("--out", out, "possible with --every, which prints a list"));
  if (issues.length > 0) throw new InputError(issues);
  return {
    change: { replicas: Number(replicas), isRelative: /^[+-]/.test(replicas) },
    holdSeconds: holdSeconds ?? 0,
    decision: decision === undefined ? undefined : Number(decision) - 1,
  };
}
