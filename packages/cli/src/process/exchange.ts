import type { MessagePort } from "node:worker_threads";

/** Longest line a program may write, bytes. */
export const MAX_LINE_BYTES: number = 4 * 1024 * 1024;
/** How much of a program's standard error is kept for messages, bytes. */
export const ERROR_OUTPUT_BYTES = 2000;

/** What the thread that owns a program is given. */
export interface ProcessThreadData {
  readonly command: readonly string[];
  readonly folder: string;
  readonly port: MessagePort;
  /** One Int32: 1 once a reply lies at the port. */
  readonly signal: SharedArrayBuffer;
  readonly maxLineBytes: number;
}

/** What the thread is asked to do: each is answered by one reply. */
export type ThreadRequest =
  | { readonly kind: "ask"; readonly line: string }
  /** The program is to end: by itself when its input does, or at once. */
  | { readonly kind: "end"; readonly graceMilliseconds: number };

/** `stderr`: the end of what the program has written there. */
export type ThreadReply =
  | { readonly kind: "line"; readonly line: string; readonly stderr: string; readonly pid: number | undefined }
  | { readonly kind: "failed"; readonly message: string; readonly stderr: string }
  | { readonly kind: "tooLong"; readonly stderr: string }
  /** It wrote lines that nobody asked for. */
  | { readonly kind: "unasked"; readonly line: string; readonly stderr: string }
  | { readonly kind: "ended"; readonly stderr: string };
