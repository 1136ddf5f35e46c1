import type { Command } from "commander";
import { InputError, type Issue, parseDuration, type StatisticsOptions } from "replicast";

/** Options about replications, as commander delivers them. */
export interface StatisticsCommandOptions {
  readonly replications?: string;
  readonly precision?: string;
  readonly maxReplications?: string;
  readonly confidence?: string;
  readonly warmUp?: string;
}

/** Adds the options that ask for replications. */
export function addStatisticsOptions(command: Command): Command {
  return command
    .option("--replications <number>", "run every policy with this many seeds, and say which differences that shows")
    .option("--precision <share>", 'instead: with as many seeds as it takes to know bills and their differences so well, as in "2%"')
    .option("--max-replications <number>", "with --precision: most seeds (default: 200)")
    .option("--confidence <share>", "of intervals (default: 95%)")
    .option("--warm-up <duration>", 'leave out the beginning of every run, as in "10m"; "auto": until requests in flight have settled');
}

/** Reads the options. @throws InputError `bad_option`, naming every option that is wrong */
export function statisticsOptions(options: StatisticsCommandOptions): StatisticsOptions {
  const issues: Issue[] = [];
  const read = <T>(name: string, text: string | undefined, parse: (text: string) => T | undefined, expected: string): T | undefined => {
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) issues.push({ code: "bad_option", path: [], data: { option: name, actual: text, expected } });
    return value;
  };
  const replications = read("--replications", options.replications, countFrom(2), "a whole number of at least 2");
  const precision = read("--precision", options.precision, parseShare, 'a share between 0% and 100%, as in "2%"');
  const maxReplications = read("--max-replications", options.maxReplications, countFrom(10), "a whole number of at least 10");
  const confidence = read("--confidence", options.confidence, confidenceOf, 'a share from 50% to below 100%, as in "95%"');
  const warmUp = read("--warm-up", options.warmUp, parseWarmUp, '"auto", or whole minutes, as in "10m"');
  if (issues.length > 0) throw new InputError(issues);
  return {
    ...(replications === undefined ? {} : { replications }),
    ...(precision === undefined ? {} : { precision }),
    ...(maxReplications === undefined ? {} : { maxReplications }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(warmUp === undefined ? {} : { warmUp }),
  };
}

const countFrom =
  (least: number) =>
  (text: string): number | undefined => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) && value >= least ? value : undefined;
  };

/** "2%" and "0.02"; undefined: no share above 0 and below 1. */
function parseShare(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim());
  if (found === null) return undefined;
  const value = Number(found[1]) / (found[2] === "%" ? 100 : 1);
  return value > 0 && value < 1 ? value : undefined;
}

function confidenceOf(text: string): number | undefined {
  const share = parseShare(text);
  return share !== undefined && share >= 0.5 ? share : undefined;
}

function parseWarmUp(text: string): number | "auto" | undefined {
  if (text === "auto") return text;
  const seconds = parseDuration(text);
  return seconds !== undefined && seconds >= 0 && seconds % 60 === 0 ? seconds : undefined;
}
