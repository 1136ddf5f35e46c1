import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { InputError, type TraceReader } from "replicast";

/** Reads a text file piece by piece; the file is closed at its end. */
export function openTextFile(path: string): TraceReader {
  let descriptor: number | undefined = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  let first = true;
  return {
    read(maxCharacters) {
      const buffer = Buffer.allocUnsafe(Math.max(4, maxCharacters)); // a character has four bytes at most
      let text = "";
      // A piece that ends within a character may decode to nothing: only the end of the file may look like the end.
      while (descriptor !== undefined && text === "") {
        const bytes = readSync(descriptor, buffer);
        text = bytes > 0 ? decoder.write(buffer.subarray(0, bytes)) : decoder.end();
        if (first && text !== "") text = text.replace(/^\uFEFF/, "");
        first &&= text === "";
        if (bytes > 0) continue;
        closeSync(descriptor);
        descriptor = undefined;
      }
      return text;
    },
  };
}

/** Runs in a child, as streams are the only way to inflate without holding the file, and a run cannot wait for streams. */
const INFLATE = `
const { createReadStream, createWriteStream } = require("node:fs");
const { pipeline } = require("node:stream");
const { createGunzip } = require("node:zlib");
pipeline(createReadStream(process.argv[1]), createGunzip(), createWriteStream(process.argv[2]), (error) => {
  if (error) { console.error(error.message); process.exitCode = 1; }
});`;

/** Inflated copies of compressed files, made once each and removed when the process ends. */
export class InflatedFiles {
  readonly #copies = new Map<string, string>();
  #folder: string | undefined;

  /**
   * Path of the inflated copy.
   * @throws InputError `not_gzip` when the file cannot be inflated
   */
  pathOf(path: string): string {
    const known = this.#copies.get(path);
    if (known !== undefined) return known;
    const copy = join(this.#folderPath(), `${this.#copies.size}.txt`);
    const child = spawnSync(process.execPath, ["-e", INFLATE, path, copy], { encoding: "utf8" });
    if (child.status !== 0) throw new InputError([{ code: "not_gzip", path: [], file: path, data: { message: child.stderr.trim() } }]);
    this.#copies.set(path, copy);
    return copy;
  }

  #folderPath(): string {
    if (this.#folder === undefined) {
      const folder = mkdtempSync(join(tmpdir(), "replicast-"));
      this.#folder = folder;
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    }
    return this.#folder;
  }
}
