import type { Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { convertCommand } from "./trace/convert.ts";
import { fitCommand } from "./trace/fit.ts";
import { generateCommand } from "./trace/generate.ts";
import { summaryCommand } from "./trace/summary.ts";

/** `trace …`: what has to do with recorded traffic, without simulating anything. */
export function traceCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program.command("trace").description("describe, convert, make and fit traces of requests");
  for (const add of [summaryCommand, convertCommand, generateCommand, fitCommand]) add(command, io, done);
}
