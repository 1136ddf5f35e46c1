import type { Command } from "commander";
import { openFlow, summarizeFlow, summaryText } from "replicast";
import { createBadRows } from "../../bad-rows.ts";
import { EXIT_CODES, type ExitCode } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { createTraceInputs } from "../../trace-inputs.ts";
import { addTraceOptions, readTraceOptions, type TraceReadOptions } from "../../trace-options.ts";

/** `trace summary <file>`: rate, burstiness, lengths, sessions, prefixes, tenants. */
export function summaryCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  addTraceOptions(
    program
      .command("summary")
      .argument(
        "<file>",
        "a trace: Azure, BurstGPT, Mooncake, CSV, JSON lines, Parquet, vLLM log, Prometheus answer, ServeGen clients; or gzip of one",
      )
      .description("say what a trace is like"),
  )
    .option("--json", "print the summary as JSON")
    .action(async (file: string, options: TraceReadOptions & { readonly json?: boolean }) => {
      const open = createTraceInputs(
        [file, options.promptRate, options.outputRate, options.clientLengths].filter((path) => path !== undefined),
        io,
      );
      const bad = createBadRows(options.skipBad === true, io);
      const flow = await openFlow(open(file), { ...readTraceOptions(options, open), report: bad.report });
      const summary = await summarizeFlow(flow);
      bad.settle();
      io.out(options.json === true ? `${JSON.stringify(summary)}\n` : summaryText(summary));
      done(EXIT_CODES.good);
    });
}
