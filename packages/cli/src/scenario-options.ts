import { type Command, Option } from "commander";
import { InputError, type Issue, parseDuration } from "replicast";

/** Options of the commands that simulate a scenario, as commander delivers them. */
export interface ScenarioOptions {
  readonly trace?: string;
  readonly seed?: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly maxEvents?: string;
  readonly timeLimit?: string;
  readonly allowOutside?: boolean;
  readonly allowCode?: boolean;
}

/** Limits of a command, checked. */
export interface Limits {
  readonly maxEvents?: number;
  readonly timeLimitSeconds?: number;
}

/** Parser of an option that may be repeated: its values, in order. */
export const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

/** Adds the options of every command that loads a scenario. */
export function addPluginOptions(command: Command): Command {
  return command
    .addOption(new Option("--plugin <module>", "load further policies from a module; repeatable").argParser(collect).default([], "none"))
    .option("--allow-outside", "let the scenario name files outside its folder")
    .option("--allow-code", "let the scenario run modules and programs of its own as policies");
}

/** Adds the options of the commands that run policies. */
export function addRunOptions(command: Command): Command {
  return addScenarioOptions(command)
    .option("--seed <seed>", "seed of all chance")
    .option("--max-events <number>", "end each run after this many events (exit code 4)");
}

/** Adds the options all simulating commands share. */
export function addScenarioOptions(command: Command): Command {
  command
    .option("--trace <file>", "replay this trace instead of the scenario's")
    .addOption(new Option("--set <path=value>", "override a field of the scenario; repeatable").argParser(collect).default([], "none"))
    .option("--json", "print the result as JSON")
    .option("--quiet", "no progress, no warnings")
    .option("--time-limit <duration>", 'end after this much real time, as in "2m" (exit code 4)');
  return addPluginOptions(command);
}

/**
 * Reads the limits.
 * @throws InputError `bad_option`, naming every option that is wrong
 */
export function parseLimits({ maxEvents, timeLimit }: Pick<ScenarioOptions, "maxEvents" | "timeLimit">): Limits {
  const issues: Issue[] = [];
  const events = maxEvents === undefined ? undefined : Number(maxEvents);
  if (events !== undefined && !(Number.isSafeInteger(events) && events > 0))
    issues.push(badOption("--max-events", maxEvents, "a whole number above 0"));
  const seconds = timeLimit === undefined ? undefined : parseDuration(timeLimit);
  if (timeLimit !== undefined && !(seconds !== undefined && seconds > 0))
    issues.push(badOption("--time-limit", timeLimit, 'a duration, as in "90s"'));
  if (issues.length > 0) throw new InputError(issues);
  return { ...(events === undefined ? {} : { maxEvents: events }), ...(seconds === undefined ? {} : { timeLimitSeconds: seconds }) };
}

function badOption(option: string, actual: string | undefined, expected: string): Issue {
  return { code: "bad_option", path: [], data: { option, actual: actual ?? "", expected } };
}
