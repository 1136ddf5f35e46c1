import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError, type TraceBytes, type TraceInput } from "replicast";
import type { Io } from "./io.ts";
import { locateFile } from "./locate.ts";
import { InflatedFiles, openTextFile } from "./trace-file.ts";

/**
 * Opens traces that the command line names, from anywhere, or `data:NAME`; gzip is told by the content.
 * @throws InputError `trace_missing` and `not_readable`
 */
export function createTraceInputs(paths: readonly string[], io: Io): (path: string) => TraceInput {
  const inflated = new InflatedFiles();
  return (path) => {
    const found = locateFile(path, { workingFolder: io.workingFolder, scenarios: [], traces: paths, dataFolder: io.env["REPLICAST_DATA"] });
    if (found === undefined) throw new InputError([{ code: "trace_missing", path: [], file: path, data: { file: path, isOption: true } }]);
    try {
      const isGzip = isCompressed(found);
      return {
        name: path,
        text: () => (isGzip ? inflated.open(found, path) : openTextFile(found)),
        ...(isGzip ? {} : { bytes: bytesOf(found, io) }),
      };
    } catch (error) {
      if (error instanceof InputError || !(error instanceof Error)) throw error;
      throw new InputError([{ code: "not_readable", path: [], file: path, data: { message: error.message } }]);
    }
  };
}

/** @see RFC 1952, section 2.3.1 */
const GZIP_MAGIC = 0x1f8b;

function isCompressed(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(2);
    return readSync(descriptor, head, 0, 2, 0) === 2 && head.readUInt16BE(0) === GZIP_MAGIC;
  } finally {
    closeSync(descriptor);
  }
}

/** Random access; the file stays open until the command is over. */
function bytesOf(path: string, io: Io): TraceBytes {
  let descriptor: number | undefined;
  const open = (): number => {
    if (descriptor !== undefined) return descriptor;
    const opened = openSync(path, "r");
    descriptor = opened;
    io.atEnd?.(() => closeSync(opened));
    return opened;
  };
  return {
    get byteLength() {
      return fstatSync(open()).size;
    },
    slice(start, end = fstatSync(open()).size) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      readSync(open(), bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
}
