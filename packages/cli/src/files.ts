import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { InputError, type ScenarioFiles } from "replicast";
import { type LocateOptions, locateFile } from "./locate.ts";
import { InflatedFiles, openTextFile } from "./trace-file.ts";

/** Longest compressed manifest or scenario accepted once inflated, bytes. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** The disk as the library sees it. Files that end in `.gz` are inflated, whatever they hold. */
export function createFiles(options: LocateOptions): ScenarioFiles {
  const inflated = new InflatedFiles();
  return {
    read: async (path) => {
      const found = locateFile(path, options);
      return found === undefined ? undefined : explaining(path, () => readText(found));
    },
    openTrace: (path) => {
      const found = locateFile(path, options);
      return found === undefined
        ? undefined
        : explaining(path, () => (isCompressed(found) ? inflated.open(found, path) : openTextFile(found)));
    },
  };
}

function readText(path: string): string {
  const bytes = readFileSync(path);
  const text = isCompressed(path) ? gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES }) : bytes;
  return text.toString("utf8").replace(/^\uFEFF/, "");
}

function isCompressed(path: string): boolean {
  return path.endsWith(".gz");
}

/** A file that is there but cannot be read is the user's to mend: say which and why. */
function explaining<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    throw new InputError([{ code: "not_readable", path: [], file: path, data: { message: error.message } }]);
  }
}
