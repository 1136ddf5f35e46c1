import { type Command, Option } from "commander";
import { InputError, type Issue, type OpenFlowOptions, parseDuration, TRACE_FORMATS, type TraceFormat, type TraceInput } from "replicast";

/** Options of every command that reads traces, as commander delivers them. */
export interface TraceReadOptions {
  readonly format?: TraceFormat;
  readonly spread?: string;
  readonly seed?: string;
  readonly promptTokens?: string;
  readonly outputTokens?: string;
  readonly promptRate?: string;
  readonly outputRate?: string;
  readonly arrivals?: "poisson" | "even";
  readonly clientLengths?: string;
  readonly skipBad?: boolean;
}

/** Adds them to a command. */
export function addTraceOptions(command: Command): Command {
  return command
    .addOption(new Option("--format <format>", "instead of what the content says").choices(TRACE_FORMATS))
    .option("--spread <duration>", "spread equal stamps over this time (default: 3s for Mooncake's, 1s for a log's, else 0s)")
    .option("--seed <seed>", 'seed of all chance (default: "1")')
    .option("--prompt-tokens <number>", "prompt tokens where the file does not say (logs, rates, ServeGen clients)")
    .option("--output-tokens <number>", 'output tokens where the file does not say; for logs also "max", the limit that each request sets')
    .option("--prompt-rate <file>", "Prometheus range query of prompt tokens per second, beside one of requests")
    .option("--output-rate <file>", "the same of generated tokens")
    .addOption(new Option("--arrivals <kind>", "how requests follow a rate of Prometheus (default: poisson)").choices(["poisson", "even"]))
    .option("--client-lengths <file>", "quantiles of lengths per ServeGen client (CSV)")
    .option("--skip-bad", "leave rows out that cannot be used, and say how many, instead of refusing the file");
}

/**
 * Options as the library takes them.
 * @throws InputError `bad_option` for each that is wrong
 */
export function readTraceOptions(options: TraceReadOptions, open: (path: string) => TraceInput): OpenFlowOptions {
  const numbers = createOptionReader();
  const spreadSeconds = numbers.duration("--spread", options.spread);
  const promptTokens = numbers.whole("--prompt-tokens", options.promptTokens);
  const outputTokens = options.outputTokens === "max" ? "max" : numbers.whole("--output-tokens", options.outputTokens);
  numbers.throwAny();
  const { format, seed, arrivals, promptRate, outputRate, clientLengths } = options;
  return {
    ...(format === undefined ? {} : { format }),
    ...(seed === undefined ? {} : { seed }),
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(spreadSeconds === undefined ? {} : { spreadSeconds }),
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(promptRate === undefined ? {} : { promptRate: open(promptRate) }),
    ...(outputRate === undefined ? {} : { outputRate: open(outputRate) }),
    ...(clientLengths === undefined ? {} : { clientLengths: open(clientLengths) }),
  };
}

/** Reads numbers from options, and refuses all that are none together. */
export interface OptionReader {
  readonly duration: (option: string, text: string | undefined) => number | undefined;
  /** From 1 on. */
  readonly whole: (option: string, text: string | undefined) => number | undefined;
  readonly number: (option: string, text: string | undefined, isGood: (value: number) => boolean, expected: string) => number | undefined;
  /** @throws InputError with all that was refused */
  readonly throwAny: () => void;
}

/** Begins to read. */
export function createOptionReader(): OptionReader {
  const issues: Issue[] = [];
  const refuse = (option: string, actual: string, expected: string): undefined => {
    issues.push({ code: "bad_option", path: [], data: { option, actual, expected } });
    return undefined;
  };
  const number: OptionReader["number"] = (option, text, isGood, expected) => {
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) && isGood(value) ? value : refuse(option, text, expected);
  };
  return {
    number,
    whole: (option, text) => number(option, text, (value) => Number.isSafeInteger(value) && value >= 1, "a whole number from 1 on"),
    duration: (option, text) => (text === undefined ? undefined : (parseDuration(text) ?? refuse(option, text, 'a duration, as in "90s"'))),
    throwAny() {
      if (issues.length > 0) throw new InputError(issues);
    },
  };
}
