import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { InputError, type Json, type PolicyChannel, PolicyTimeLimitError } from "replicast";
import { MAX_LINE_BYTES, type ProcessThreadData, type ThreadReply, type ThreadRequest } from "./exchange.ts";
import { signalGroup } from "./signal-group.ts";

/** The thread runs the built file, also where this one runs from source: a thread has no loader of its own. */
const THREAD_FILE = new URL("../../dist/process/process-thread.js", import.meta.url);
/** How long a program may take to end after its input has. */
const END_GRACE_MILLISECONDS = 1000;
/** How much longer than all graces the thread is waited for. */
const THREAD_GRACE_MILLISECONDS = 2000;

export interface PolicyProgramOptions {
  readonly command: readonly string[];
  /** Absolute path; where it is started. */
  readonly folder: string;
  /** Seconds of real time that one answer may take. */
  readonly timeLimitSeconds: number;
  readonly maxLineBytes?: number;
}

/**
 * A program that answers lines with lines. {@link PolicyProgram.ask} returns with the answer, so that a synchronous simulation can wait
 * for it; the program runs in its own thread's care until {@link PolicyProgram.close}.
 */
export class PolicyProgram implements PolicyChannel {
  readonly command: string;
  private readonly timeLimitSeconds: number;
  private readonly maxLineBytes: number;
  private readonly signal: Int32Array;
  private readonly port: MessagePort;
  private readonly worker: Worker;
  private stderr = "";
  private pid: number | undefined;
  private isClosed = false;

  constructor({ command, folder, timeLimitSeconds, maxLineBytes = MAX_LINE_BYTES }: PolicyProgramOptions) {
    const { port1, port2 } = new MessageChannel();
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data: ProcessThreadData = { command, folder, port: port2, signal: shared, maxLineBytes };
    this.command = command.join(" ");
    this.timeLimitSeconds = timeLimitSeconds;
    this.maxLineBytes = maxLineBytes;
    this.signal = new Int32Array(shared);
    this.port = port1;
    this.worker = new Worker(THREAD_FILE, { workerData: data, transferList: [port2], execArgv: [] });
    this.worker.unref();
  }

  ask(line: string, nowSeconds: number | undefined): string {
    const time: { readonly [key: string]: Json } = nowSeconds === undefined ? {} : { timeSeconds: nowSeconds };
    const { command } = this;
    const reply = this.request({ kind: "ask", line }, 1000 * this.timeLimitSeconds);
    switch (reply?.kind) {
      case "line":
        this.pid = reply.pid;
        return reply.line;
      case undefined: {
        this.close(0);
        const data = { command, limitSeconds: this.timeLimitSeconds, stderr: this.stderr, ...time };
        throw new PolicyTimeLimitError(nowSeconds ?? Number.NaN, this.timeLimitSeconds, { code: "policy_time_limit", path: [], data });
      }
      case "tooLong":
        return this.refuse({ code: "policy_line_too_long", data: { limitBytes: this.maxLineBytes, ...time } });
      case "unasked":
        return this.refuse({
          code: "policy_answer_invalid",
          data: { actual: reply.line.slice(0, 200), expected: "one line for each message", ...time },
        });
      case "failed":
        return this.refuse({ code: "policy_process_failed", data: { message: reply.message, ...time } });
      case "ended":
        return this.refuse({ code: "policy_process_failed", data: { message: "has been ended", ...time } });
    }
  }

  errorOutput(): string {
    return this.stderr;
  }

  /** Ends the program, however it is, and returns when it is gone. */
  close(graceMilliseconds: number = END_GRACE_MILLISECONDS): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.request({ kind: "end", graceMilliseconds }, graceMilliseconds + THREAD_GRACE_MILLISECONDS);
    signalGroup(this.pid, "SIGKILL");
    void this.worker.terminate();
    this.port.close();
  }

  private refuse({ code, data }: { readonly code: string; readonly data: { readonly [key: string]: Json } }): never {
    this.close(0);
    throw new InputError([{ code, path: [], data: { command: this.command, stderr: this.stderr, ...data } }]);
  }

  /** @returns undefined when no reply came in time */
  private request(request: ThreadRequest, limitMilliseconds: number): ThreadReply | undefined {
    Atomics.store(this.signal, 0, 0);
    this.port.postMessage(request);
    Atomics.wait(this.signal, 0, 0, limitMilliseconds);
    let reply: ThreadReply | undefined;
    // The reply to a request that was given up may lie before that to this one.
    for (let next = receiveMessageOnPort(this.port); next !== undefined; next = receiveMessageOnPort(this.port))
      reply = next.message as ThreadReply;
    if (reply !== undefined) this.stderr = reply.stderr;
    return reply;
  }
}
