import type { Io } from "../src/io.ts";

export interface TestIo extends Io {
  readonly outText: () => string;
  readonly errText: () => string;
}

/** A process that only remembers what was written. */
export function testIo(changes: Partial<Io> = {}): TestIo {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    errIsTerminal: false,
    outColumns: undefined,
    color: false,
    env: {},
    workingFolder: process.cwd(),
    invocation: "replicast",
    clockSeconds: () => 0,
    ...changes,
    outText: () => out.join(""),
    errText: () => err.join(""),
  };
}
