import { EXIT_CODES } from "./exit-codes.ts";
import { invocationOf } from "./invocation.ts";

/** The process as commands see it: handed in, so that a command can run within a test or another program. */
export interface Io {
  /** Writes to standard output; results only. */
  readonly out: (text: string) => void;
  /** Writes to standard error; everything else. */
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress may be drawn. */
  readonly errIsTerminal: boolean;
  /** Columns of standard output when it is a terminal; undefined in pipes and files. */
  readonly outColumns: number | undefined;
  /** Escape codes for colour are wanted on standard output. */
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** What the user types before a command's name, as in "npx replicast"; for commands that are suggested. */
  readonly invocation: string;
  /** Takes what must be done when the command is over, however it ends. Absent: nothing needs to be. */
  readonly atEnd?: (task: () => void) => void;
  /** Seconds of a clock that never goes back; for time limits only, never for results. */
  readonly clockSeconds: () => number;
}

/** Columns assumed where no terminal says otherwise. */
const DEFAULT_COLUMNS = 120;

/** How wide tables may be. */
export function outWidth({ outColumns }: Pick<Io, "outColumns">): number {
  return outColumns ?? DEFAULT_COLUMNS;
}

/**
 * The real process. A reader of standard output that leaves early (`| head`) ends the command quietly, as Unix tools do; any other
 * trouble there, such as a full disk, ends it with a message.
 */
export function processIo(): Io {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT_CODES.good);
    process.stderr.write(
      `error[not_writable]: standard output cannot be written: ${error.message}\n  hint: the result is lost; run again\n`,
    );
    process.exit(EXIT_CODES.badInput);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    errIsTerminal: process.stderr.isTTY === true,
    outColumns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
    color: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
    env: process.env,
    workingFolder: process.cwd(),
    invocation: invocationOf(process.env, process.argv[1] ?? "", process.cwd()),
    clockSeconds: () => performance.now() / 1000,
  };
}
