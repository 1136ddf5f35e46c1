import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "replicast";

/**
 * Writes all files, or none that a reader could take for whole: they are written to a hidden folder within the target
 * first (the same file system, where a rename is a single step) and moved into place when every write has succeeded.
 * Files of the same name are replaced, others are left alone; a folder created for a failed write is removed again.
 *
 * @param folder created when it does not exist
 * @param contents text by file name
 * @returns paths written, in the order given
 * @throws InputError `not_writable`
 */
export function writeFilesAtomically(folder: string, contents: Readonly<Record<string, string>>): readonly string[] {
  try {
    return writeAll(folder, contents);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError([{ code: "not_writable", path: [], file: folder, data: { message } }]);
  }
}

function writeAll(folder: string, contents: Readonly<Record<string, string>>): readonly string[] {
  const existed = existsSync(folder);
  let moved = false;
  mkdirSync(folder, { recursive: true });
  const staging = mkdtempSync(join(folder, ".replicast-"));
  try {
    for (const [name, text] of Object.entries(contents)) writeFileSync(join(staging, name), text);
    moved = true;
    return Object.keys(contents).map((name) => {
      renameSync(join(staging, name), join(folder, name));
      return join(folder, name);
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
    if (!existed && !moved) rmSync(folder, { recursive: true, force: true });
  }
}
