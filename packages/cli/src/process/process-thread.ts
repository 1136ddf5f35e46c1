import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { workerData } from "node:worker_threads";
import { ERROR_OUTPUT_BYTES, type ProcessThreadData, type ThreadReply, type ThreadRequest } from "./exchange.ts";
import { signalGroup } from "./signal-group.ts";

/** How long the end of a program's standard error is waited for once its output has ended. */
const LAST_WORDS_MILLISECONDS = 200;
/** How long a program may take to end after SIGTERM. */
const TERM_MILLISECONDS = 300;
const NEW_LINE = 10;

type Failure = Extract<ThreadReply, { kind: "failed" | "tooLong" | "unasked" }>;

/**
 * A thread of its own owns the program: the simulation waits for each answer without returning to its event loop, while this thread's
 * loop moves the bytes.
 */
class ProcessThread {
  private readonly data: ProcessThreadData;
  private readonly signal: Int32Array;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly pieces: Buffer[] = [];
  private pieceBytes = 0;
  private errorOutput = Buffer.alloc(0);
  private isAsked = false;
  private hasEnded = false;
  private failure: Failure | undefined;
  private whenEnded: (() => void) | undefined;

  constructor(data: ProcessThreadData) {
    this.data = data;
    this.signal = new Int32Array(data.signal);
    const [program = "", ...args] = data.command;
    // Output at once and the same order of sets in every run, for the many programs that are Python.
    const env = { PYTHONUNBUFFERED: "1", PYTHONHASHSEED: "0", ...process.env };
    // A group of its own, so that a wrapper's children end with it.
    this.child = spawn(program, args, { cwd: data.folder, env, stdio: "pipe", detached: process.platform !== "win32", windowsHide: true });
    this.listen();
    data.port.on("message", (request: ThreadRequest) => this.onRequest(request));
  }

  private listen(): void {
    const { child } = this;
    child.on("error", (error) => this.ended(`cannot be started: ${error.message}`));
    child.on("exit", (code, signal) => {
      this.hasEnded = true;
      setTimeout(() => this.ended(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`), LAST_WORDS_MILLISECONDS);
    });
    child.on("close", (code, signal) => this.ended(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
    child.stdout.on("data", (piece: Buffer) => this.read(piece));
    child.stdout.on("end", () =>
      setTimeout(() => this.fail({ kind: "failed", message: "closed its standard output", stderr: "" }), LAST_WORDS_MILLISECONDS),
    );
    child.stderr.on("data", (piece: Buffer) => {
      this.errorOutput = Buffer.concat([this.errorOutput, piece]).subarray(-ERROR_OUTPUT_BYTES);
    });
    // A program that closed its input says so by its end, or by its silence.
    child.stdin.on("error", () => undefined);
  }

  private onRequest(request: ThreadRequest): void {
    if (request.kind === "end") {
      this.end(request.graceMilliseconds);
      return;
    }
    if (this.failure !== undefined) {
      this.reply(this.failure);
      return;
    }
    this.isAsked = true;
    this.child.stdin.write(`${request.line}\n`);
  }

  private read(piece: Buffer): void {
    let rest = piece;
    for (let end = rest.indexOf(NEW_LINE); end >= 0; end = rest.indexOf(NEW_LINE)) {
      this.line(Buffer.concat([...this.pieces, rest.subarray(0, end)]));
      this.pieces.length = 0;
      this.pieceBytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0 || this.failure !== undefined) return;
    this.pieces.push(rest);
    this.pieceBytes += rest.length;
    if (this.pieceBytes > this.data.maxLineBytes) this.flooded();
  }

  private line(bytes: Buffer): void {
    if (bytes.length > this.data.maxLineBytes) {
      this.flooded();
      return;
    }
    const line = bytes.toString("utf8");
    if (this.isAsked) this.reply({ kind: "line", line, stderr: this.stderr(), pid: this.child.pid });
    else this.fail({ kind: "unasked", line, stderr: "" });
  }

  private flooded(): void {
    this.pieces.length = 0;
    this.pieceBytes = 0;
    this.fail({ kind: "tooLong", stderr: "" });
  }

  private ended(message: string): void {
    this.hasEnded = true;
    this.fail({ kind: "failed", message, stderr: "" });
    this.whenEnded?.();
  }

  /** The first thing that goes wrong is what is told; a program that went wrong is not listened to any longer. */
  private fail(failure: Failure): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.child.stdout.pause();
    if (this.isAsked) this.reply(failure);
  }

  private end(graceMilliseconds: number): void {
    const done = (): void => {
      this.whenEnded = undefined;
      // What the program has started may still be there, and its group with it.
      this.kill("SIGKILL");
      this.reply({ kind: "ended", stderr: "" });
      this.data.port.close();
    };
    if (this.hasEnded) {
      done();
      return;
    }
    this.whenEnded = done;
    this.child.stdin.end();
    this.child.stdout.resume();
    setTimeout(() => this.kill("SIGTERM"), graceMilliseconds);
    setTimeout(() => this.kill("SIGKILL"), graceMilliseconds + TERM_MILLISECONDS);
  }

  private kill(signal: "SIGTERM" | "SIGKILL"): void {
    signalGroup(this.child.pid, signal);
  }

  private reply(reply: ThreadReply): void {
    this.isAsked = false;
    this.data.port.postMessage({ ...reply, stderr: this.stderr() });
    Atomics.store(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
  }

  /** Text without what a terminal would take for orders. */
  private stderr(): string {
    return this.errorOutput.toString("utf8").replace(/[^\P{C}\n\t]/gu, "");
  }
}

new ProcessThread(workerData as ProcessThreadData);
