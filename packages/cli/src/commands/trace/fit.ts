import type { Command } from "commander";
import { type FitOptions, fitFlow, fitYaml, openFlow } from "replicast";
import { createBadRows } from "../../bad-rows.ts";
import { EXIT_CODES, type ExitCode } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { createTraceInputs } from "../../trace-inputs.ts";
import { addTraceOptions, createOptionReader, readTraceOptions, type TraceReadOptions } from "../../trace-options.ts";

interface FitCommandOptions extends TraceReadOptions {
  readonly heldShare?: string;
  readonly ratePoints?: string;
  readonly tenants?: string;
  readonly json?: boolean;
}

/** `trace fit <file>`: a generator profile for a scenario, and how well it matches. */
export function fitCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  addTraceOptions(
    program
      .command("fit")
      .argument("<file>", "a trace of any format that `trace summary` reads")
      .description("fit arrivals and lengths to a trace and print them as YAML for a scenario's traffic"),
  )
    .option("--held-share <share>", "how much of the trace, from its end, judges a fit of the rest (default: 0.3)")
    .option("--rate-points <number>", "points of the rate over time, at most (default: 24)")
    .option("--tenants <number>", "tenants with a stream of their own, at most; the rest share one (default: 8)")
    .option("--json", "print the fit and all errors as JSON")
    .action(async (file: string, options: FitCommandOptions) => {
      const open = createTraceInputs(
        [file, options.promptRate, options.outputRate, options.clientLengths].filter((path) => path !== undefined),
        io,
      );
      const fitOptions = readFitOptions(options);
      const bad = createBadRows(options.skipBad === true, io);
      const fit = await fitFlow(await openFlow(open(file), { ...readTraceOptions(options, open), report: bad.report }), fitOptions);
      bad.settle();
      io.out(options.json === true ? `${JSON.stringify(fit)}\n` : fitYaml(fit));
      done(EXIT_CODES.good);
    });
}

function readFitOptions(options: FitCommandOptions): FitOptions {
  const reader = createOptionReader();
  const heldShare = reader.number("--held-share", options.heldShare, (share) => share > 0 && share <= 0.9, "a share above 0, at most 0.9");
  const ratePoints = reader.whole("--rate-points", options.ratePoints);
  const tenants = reader.whole("--tenants", options.tenants);
  reader.throwAny();
  return {
    ...(heldShare === undefined ? {} : { heldShare }),
    ...(ratePoints === undefined ? {} : { ratePoints }),
    ...(tenants === undefined ? {} : { tenants }),
  };
}
