import { type Command, Option } from "commander";
import { type ForesightDepth, type ForesightOptions, InputError, type Issue, parseDuration } from "replicast";

/** Options about the comparison with perfect foresight, as commander delivers them. */
export interface ForesightCommandOptions {
  readonly foresight?: boolean;
  readonly regret?: boolean;
  readonly slot?: string;
  readonly trials?: string;
}

/** Adds what shapes the search for the best schedule. */
export function addScheduleOptions(command: Command): Command {
  return command
    .addOption(new Option("--slot <duration>", 'slot of the schedule that knows the traffic, as in "30s"').default(undefined, "1m"))
    .addOption(new Option("--trials <number>", "schedules to run, and as many with instant starts").default(undefined, "8"));
}

/** Reads the options. @throws InputError `bad_option`, naming every option that is wrong */
export function foresightOptions(depth: ForesightDepth, { slot, trials }: ForesightCommandOptions): ForesightOptions {
  const issues: Issue[] = [];
  const slotSeconds = slot === undefined ? undefined : parseDuration(slot);
  if (slot !== undefined && !(slotSeconds !== undefined && slotSeconds > 0))
    issues.push(badOption("--slot", slot, 'a duration, as in "30s"'));
  const count = trials === undefined ? undefined : Number(trials);
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0))
    issues.push(badOption("--trials", trials ?? "", "a whole number above 0"));
  if (issues.length > 0) throw new InputError(issues);
  return { depth, ...(slotSeconds === undefined ? {} : { slotSeconds }), ...(count === undefined ? {} : { trials: count }) };
}

/** Of `compare`: null when neither was asked for. @throws InputError `bad_option` */
export function comparedForesight(options: ForesightCommandOptions): ForesightOptions | null {
  if (options.regret === true) return foresightOptions("regret", options);
  if (options.foresight === true) return foresightOptions("bounds", options);
  const alone = (["slot", "trials"] as const).filter((name) => options[name] !== undefined);
  if (alone.length === 0) return null;
  throw new InputError(alone.map((name) => badOption(`--${name}`, options[name] ?? "", "--foresight or --regret beside it")));
}

function badOption(option: string, actual: string, expected: string): Issue {
  return { code: "bad_option", path: [], data: { option, actual, expected } };
}
