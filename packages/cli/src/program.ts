import { Command, CommanderError } from "commander";
import { formatDuration, InputError, LimitError, PolicyTimeLimitError } from "replicast";
import { calibrateCommand } from "./commands/calibrate.ts";
import { capacityCommand } from "./commands/capacity.ts";
import { compareCommand } from "./commands/compare.ts";
import { explainCommand } from "./commands/explain.ts";
import { forkCommand } from "./commands/fork.ts";
import { initCommand } from "./commands/init.ts";
import { mergeCommand } from "./commands/merge.ts";
import { optimumCommand } from "./commands/optimum.ts";
import { runCommand } from "./commands/run.ts";
import { schemaCommand } from "./commands/schema.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { traceCommand } from "./commands/trace.ts";
import { validateCommand } from "./commands/validate.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { showIssues } from "./session.ts";
import { VERSION } from "./version.ts";

const COMMANDS = [
  runCommand,
  compareCommand,
  explainCommand,
  forkCommand,
  capacityCommand,
  optimumCommand,
  sweepCommand,
  mergeCommand,
  calibrateCommand,
  validateCommand,
  initCommand,
  schemaCommand,
  traceCommand,
];

/**
 * The command line, from arguments to exit code. Prints, but never ends the process: that is its caller's.
 *
 * @param args without the interpreter and the script
 */
export async function main(args: readonly string[], process: Io): Promise<ExitCode> {
  const tasks: (() => void)[] = [];
  try {
    return await runCommands(args, { ...process, atEnd: (task) => tasks.push(task) });
  } finally {
    for (const task of tasks) task();
  }
}

async function runCommands(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT_CODES.good;
  const program = new Command("replicast")
    .description("Know what an autoscaler will do to an AI inference service before production finds out.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const add of COMMANDS) {
    add(program, io, (done) => {
      code = done;
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    return explain(error, io);
  }
}

/** Says what ended the command and picks its exit code. */
function explain(error: unknown, io: Io): ExitCode {
  // Commander has printed its text already; it ends `--help` and `--version` this way, too, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.good : EXIT_CODES.badInput;
  if (error instanceof InputError) {
    showIssues(error.issues, io);
    return EXIT_CODES.badInput;
  }
  if (error instanceof PolicyTimeLimitError) {
    showIssues([error.issue], io);
    return EXIT_CODES.limitExceeded;
  }
  if (error instanceof LimitError) {
    io.err(
      `error[${error.code}]: ${describeLimit(error)} reached at ${formatDuration(error.timeSeconds)} of simulated time\n  hint: raise it, or shorten the run with --set duration=…\n`,
    );
    return EXIT_CODES.limitExceeded;
  }
  io.err(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_CODES.internal;
}

function describeLimit({ code, limit }: LimitError): string {
  if (code === "time_limit") return `--time-limit ${formatDuration(limit)} was`;
  return code === "max_events" ? `--max-events ${limit} was` : `the limit ${limit} was`;
}
