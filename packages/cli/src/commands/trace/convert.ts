import { basename } from "node:path";
import { type Command, Option } from "commander";
import {
  type FlowShape,
  InputError,
  mergeFlows,
  type OpenFlowOptions,
  openFlow,
  readRateSeries,
  shapeFlow,
  type TraceFlow,
  type TraceInput,
  type TraceRow,
  totalOf,
  withTenant,
} from "replicast";
import { createBadRows } from "../../bad-rows.ts";
import { EXIT_CODES, type ExitCode } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { collect } from "../../scenario-options.ts";
import { createTraceInputs } from "../../trace-inputs.ts";
import { addTraceOptions, createOptionReader, readTraceOptions, type TraceReadOptions } from "../../trace-options.ts";
import { traceTarget, WRITTEN_FORMATS, type WrittenFormat, writeTrace } from "../../write-trace.ts";

interface ConvertOptions extends TraceReadOptions {
  readonly out?: string;
  readonly write?: WrittenFormat;
  readonly from?: string;
  readonly to?: string;
  readonly scaleRate?: string;
  readonly scaleTime?: string;
  readonly merge?: boolean;
  readonly tenant: readonly string[];
  readonly quiet?: boolean;
}

/** `trace convert <file…>`: one of our own formats, cut, scaled and merged on the way. */
export function convertCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  addTraceOptions(
    program
      .command("convert")
      .argument("<file...>", "traces of any format that `trace summary` reads; several with --merge")
      .description("write a trace as CSV, JSON lines or Parquet, with columns that a scenario's trace takes"),
  )
    .option("-o, --out <file>", "a file that ends in .csv, .jsonl or .parquet, or .gz of the first two (default: standard output, CSV)")
    .addOption(new Option("--write <format>", "instead of the file's ending").choices(WRITTEN_FORMATS))
    .option("--from <duration>", "leave out what comes before this time of the trace; it becomes time 0")
    .option("--to <duration>", "leave out what comes at this time of the trace or later")
    .option("--scale-rate <factor>", "so many requests for each one, in the same time: copies fall between a request and the next")
    .option("--scale-time <factor>", "stretch the time: 2 takes twice as long, at half the rate")
    .option("--merge", "put several traces together, each a tenant, each from its own time 0")
    .addOption(
      new Option("--tenant <name>", "name of the next file's tenant; repeatable").argParser(collect).default([], "the files' names"),
    )
    .option("--quiet", "no account of rates")
    .action(async (files: readonly string[], options: ConvertOptions) => {
      const { target, shape } = readConvertOptions(files, options);
      const { promptRate, outputRate, clientLengths } = options;
      const open = createTraceInputs(
        [...files, promptRate, outputRate, clientLengths].filter((path) => path !== undefined),
        io,
      );
      const bad = createBadRows(options.skipBad === true, io);
      const readOptions = { ...readTraceOptions(options, open), report: bad.report };
      const accounts: (() => string)[] = [];
      const flows: TraceFlow[] = [];
      for (const [index, file] of files.entries()) {
        const input = open(file);
        const flow = accounted(await openFlow(input, readOptions), input, readOptions, accounts);
        const tenant = options.tenant[index] ?? (files.length > 1 ? tenantOf(file) : undefined);
        flows.push(tenant === undefined ? flow : withTenant(flow, tenant));
      }
      await writeTrace(shapeFlow(mergeFlows(flows), shape), target, io, bad.settle);
      if (options.quiet !== true) for (const account of accounts) io.err(account());
      done(EXIT_CODES.good);
    });
}

function readConvertOptions(
  files: readonly string[],
  options: ConvertOptions,
): { readonly target: ReturnType<typeof traceTarget>; readonly shape: FlowShape } {
  const reader = createOptionReader();
  const fromSeconds = reader.duration("--from", options.from);
  const toSeconds = reader.duration("--to", options.to);
  const scaleRate = reader.number("--scale-rate", options.scaleRate, (factor) => factor >= 0, "a number from 0 on");
  const scaleTime = reader.number("--scale-time", options.scaleTime, (factor) => factor > 0, "a number above 0");
  reader.throwAny();
  const refuse = (option: string, actual: string, expected: string): never => {
    throw new InputError([{ code: "bad_option", path: [], data: { option, actual, expected } }]);
  };
  if (fromSeconds !== undefined && toSeconds !== undefined && toSeconds <= fromSeconds)
    refuse("--to", options.to ?? "", "later than --from");
  if (files.length > 1 && options.merge !== true)
    refuse("convert", `${files.length} files`, "one file; say --merge to put several together");
  if (options.tenant.length > files.length) refuse("--tenant", options.tenant.join(","), "at most one name a file");
  return {
    target: traceTarget(options),
    shape: {
      ...(fromSeconds === undefined ? {} : { fromSeconds }),
      ...(toSeconds === undefined ? {} : { toSeconds }),
      ...(scaleRate === undefined ? {} : { scaleRate }),
      ...(scaleTime === undefined ? {} : { scaleTime }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
  };
}

function tenantOf(file: string): string {
  return basename(file).replace(/(\.[A-Za-z]+)?(\.gz)?$/i, "");
}

/** A flow made of rates tells, once it is read, how well it keeps to them. */
function accounted(flow: TraceFlow, input: TraceInput, options: OpenFlowOptions, accounts: (() => string)[]): TraceFlow {
  if (flow.format !== "prometheus") return flow;
  const made = { requests: 0, prompt: 0, output: 0 };
  accounts.push(() => {
    const lines: readonly (readonly [string, number, TraceInput | undefined])[] = [
      ["requests", made.requests, input],
      ["prompt tokens", made.prompt, options.promptRate],
      ["output tokens", made.output, options.outputRate],
    ];
    return lines
      .flatMap(([what, count, rate]) => {
        if (rate === undefined) return [];
        const expected = totalOf(readRateSeries(rate));
        return [`${input.name}: ${count} ${what}, ${Math.round(expected)} by the rate (${(100 * (count / expected - 1)).toFixed(2)} %)\n`];
      })
      .join("");
  });
  return { ...flow, batches: tallied(flow.batches, made) };
}

async function* tallied(
  batches: TraceFlow["batches"],
  made: { requests: number; prompt: number; output: number },
): AsyncGenerator<readonly TraceRow[]> {
  for await (const batch of batches) {
    for (const { promptTokens, outputTokens } of batch) {
      made.requests++;
      made.prompt += promptTokens;
      made.output += outputTokens;
    }
    yield batch;
  }
}
