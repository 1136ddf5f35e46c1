import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "replicast";

/**
 * Writes all files, or none that a reader could take for whole: they are written to a hidden folder within the target
 * first (the same file system, where a rename is a single step) and moved into place when every write has succeeded.
 * Files of the same name are replaced, others are left alone; folders created for a failed write are removed again.
 *
 * @param folder created when it does not exist
 * @param contents text by file name
 * @param label what the user calls the folder
 * @returns paths written, in the order given
 * @throws InputError `not_writable`
 */
export function writeFilesAtomically(
  folder: string,
  contents: Readonly<Record<string, string>>,
  label: string = folder,
): readonly string[] {
  return explaining(label, () =>
    staged(folder, (staging) => {
      const names = Object.keys(contents);
      refuseFolders(folder, names);
      for (const [name, text] of Object.entries(contents)) writeFileSync(join(staging, name), text);
      return names.map((name) => {
        renameSync(join(staging, name), join(folder, name));
        return join(folder, name);
      });
    }),
  );
}

/**
 * Finds out whether files could be written, by doing all of it but the files, and leaves no trace: nobody should wait for a result
 * that then has no place.
 *
 * @param label what the user calls the folder
 * @throws InputError `not_writable`
 */
export function checkWritable(folder: string, names: readonly string[], label: string = folder): void {
  const created = explaining(label, () => {
    const first = createFolder(folder);
    staged(folder, () => refuseFolders(folder, names));
    return first;
  });
  if (created !== undefined) rmSync(created, { recursive: true, force: true });
}

/** Runs `work` with a hidden folder in the target; removes it afterwards, and what was created for it when `work` fails. */
function staged<T>(folder: string, work: (staging: string) => T): T {
  const created = createFolder(folder);
  let staging: string | undefined;
  try {
    staging = mkdtempSync(join(folder, ".replicast-"));
    return work(staging);
  } catch (error) {
    if (created !== undefined) rmSync(created, { recursive: true, force: true });
    throw error;
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Creates a folder with those above it, one by one: Node's own recursion does not end where a file system refuses new entries by
 * saying that they do not exist, as /proc does.
 *
 * @returns the topmost folder that was created
 */
function createFolder(folder: string): string | undefined {
  const missing: string[] = [];
  for (let path = folder; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path);
    } catch (error) {
      if (path !== missing[0]) rmSync(missing[0] as string, { recursive: true, force: true });
      throw error;
    }
  }
  if (missing.length === 0 && !statSync(folder).isDirectory()) throw new Error("this is a file, not a folder");
  return missing[0];
}

function refuseFolders(folder: string, names: readonly string[]): void {
  const taken = names.find((name) => existsSync(join(folder, name)) && statSync(join(folder, name)).isDirectory());
  if (taken !== undefined) throw new Error(`${taken} is a folder there`);
}

function explaining<T>(label: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError([{ code: "not_writable", path: [], file: label, data: { message } }]);
  }
}
