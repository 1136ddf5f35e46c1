import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { InputError, type TraceReader } from "replicast";

/** Reads a text file piece by piece; the file is closed at its end. */
export function openTextFile(path: string): TraceReader {
  const descriptor = openSync(path, "r");
  return createReader(
    (buffer) => readSync(descriptor, buffer),
    () => closeSync(descriptor),
  );
}

/**
 * Text of a source of bytes.
 * @param readBytes fills a buffer and says how far; 0 at the end
 * @param close called once, at the end
 */
function createReader(readBytes: (buffer: Buffer) => number, close: () => void): TraceReader {
  const decoder = new StringDecoder("utf8");
  let first = true;
  let isOver = false;
  return {
    read(maxCharacters) {
      const buffer = Buffer.allocUnsafe(Math.max(4, maxCharacters)); // a character has four bytes at most
      let text = "";
      // A piece that ends within a character may decode to nothing: only the end of the file may look like the end.
      while (!isOver && text === "") {
        const bytes = readBytes(buffer);
        text = bytes > 0 ? decoder.write(buffer.subarray(0, bytes)) : decoder.end();
        if (first && text !== "") text = text.replace(/^\uFEFF/, "");
        first &&= text === "";
        if (bytes > 0) continue;
        close();
        isOver = true;
      }
      return text;
    },
  };
}

/** Runs in a child, as streams are the only way to inflate without holding the file, and a run cannot wait for streams. */
const INFLATE = `
const { createReadStream } = require("node:fs");
const { pipeline } = require("node:stream");
const { createGunzip } = require("node:zlib");
pipeline(createReadStream(process.argv[1]), createGunzip(), process.stdout, (error) => {
  if (error) { console.error(error.message); process.exitCode = 1; }
});`;

/**
 * Inflated copies of compressed files, made once each. Where the system allows it a copy never has a name for long, so that nothing is
 * left behind however the process ends.
 */
export class InflatedFiles {
  /** Descriptors of the copies, by the path of the compressed file. */
  readonly #copies = new Map<string, number>();

  /**
   * Reads the inflated text from its beginning.
   * @param label what the user calls the file
   * @throws InputError `not_gzip` when the file cannot be inflated
   */
  open(path: string, label: string = path): TraceReader {
    const descriptor = this.#copies.get(path) ?? inflate(path, label);
    this.#copies.set(path, descriptor);
    let position = 0;
    return createReader(
      (buffer) => {
        const bytes = readSync(descriptor, buffer, 0, buffer.length, position);
        position += bytes;
        return bytes;
      },
      () => {}, // the copy stays open for the next run
    );
  }
}

function inflate(path: string, label: string): number {
  const descriptor = openNameless();
  const child = spawnSync(process.execPath, ["-e", INFLATE, path], { stdio: ["ignore", descriptor, "pipe"], encoding: "utf8" });
  if (child.status === 0) return descriptor;
  closeSync(descriptor);
  throw new InputError([{ code: "not_gzip", path: [], file: label, data: { message: child.stderr.trim() } }]);
}

/** A file to write and read that has no name any more, or loses it when the process ends. */
function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), "replicast-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const descriptor = openSync(join(folder, "trace.txt"), "w+");
  try {
    remove();
  } catch {
    process.once("exit", remove); // Windows keeps open files
  }
  return descriptor;
}
