import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { InputError } from "replicast";

/** Folders of the data folder in which files are looked for by name, in this order. */
const DATA_SUBFOLDERS = ["samples", "traces", "."];
/** Compressed files are found under their plain name, too. */
const SUFFIXES = ["", ".gz"];
const DATA_PREFIX = "data:";

export interface LocateOptions {
  readonly workingFolder: string;
  /** Scenario and manifest files of the command line; what they name must lie in their folders. */
  readonly scenarios: readonly string[];
  /** Traces of the command line: the user named them, so they may lie anywhere. */
  readonly traces?: readonly string[];
  /** Folder of public traces, `$REPLICAST_DATA`. */
  readonly dataFolder?: string | undefined;
  /** Let scenarios name files outside their folder. */
  readonly allowOutside?: boolean;
}

/**
 * Finds a file by its path from the working folder, or `data:NAME` in the data folder. What a scenario names as lying beside
 * it, or the command line as a trace, and is not there, is looked for by its bare name in the data folder, too.
 *
 * @returns absolute path of an existing file, or undefined when there is none
 * @throws InputError `not_a_file` for a folder; `file_outside`: a scenario may come from anybody and must not read what its folder does
 *   not hold
 */
export function locateFile(path: string, options: LocateOptions): string | undefined {
  if (path.startsWith(DATA_PREFIX)) return findData(path.slice(DATA_PREFIX.length), options.dataFolder);
  const { traces = [], allowOutside = false } = options;
  const absolute = resolve(options.workingFolder, path);
  const absolutes = (names: readonly string[]): readonly string[] => names.map((name) => resolve(options.workingFolder, name));
  const folders = absolutes(options.scenarios).map((name) => dirname(name));
  const isFree = allowOutside || absolutes([...options.scenarios, ...traces]).includes(absolute);
  // A file outside is refused whether it exists or not: the answer must not tell.
  if (!isFree && !folders.some((folder) => isWithin(folder, absolute))) return refuseOutside(path);
  const found = existing(absolute);
  if (found === undefined) {
    if (isFolder(absolute)) throw new InputError([{ code: "not_a_file", path: [], file: path }]);
    const isBare = folders.includes(dirname(absolute)) || traces.includes(basename(path));
    return isBare ? findData(basename(absolute), options.dataFolder) : undefined;
  }
  if (!isFree && !folders.some((folder) => isWithin(realpathSync(folder), found))) return refuseOutside(path);
  return found;
}

function findData(name: string, dataFolder: string | undefined): string | undefined {
  if (dataFolder === undefined || !existsSync(dataFolder) || isAbsolute(name)) return undefined;
  const root = realpathSync(dataFolder);
  return DATA_SUBFOLDERS.map((folder) => existing(join(root, folder, name))).find((path) => path !== undefined && isWithin(root, path));
}

/** The real path of a file, compressed or not: symbolic links must not lead out of a folder unseen. */
function existing(path: string): string | undefined {
  const found = SUFFIXES.map((suffix) => path + suffix).find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  return found === undefined ? undefined : realpathSync(found);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function refuseOutside(path: string): never {
  throw new InputError([{ code: "file_outside", path: [], file: path }]);
}
