import type { TraceReader } from "@replicast/sim-core";

/**
 * Files as the caller has them: a folder on disk, an upload, a few strings. Paths are relative to where the caller stands, with
 * forward slashes: a name inside a scenario arrives joined to the scenario's folder; `data:NAME` and what `--trace` named arrive as written.
 */
export interface ScenarioFiles {
  /** Text of a file; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /** Opens a trace from its beginning; undefined when there is none. Called again for every run. */
  openTrace(path: string): TraceReader | undefined;
}

/** Files that exist only as text: for notebooks, browsers and tests. */
export function memoryFiles(texts: Readonly<Record<string, string>>): ScenarioFiles {
  const find = (path: string): string | undefined => (Object.hasOwn(texts, path) ? texts[path] : undefined);
  return {
    read: async (path) => find(path),
    openTrace(path) {
      const text = find(path);
      if (text === undefined) return undefined;
      let at = 0;
      return {
        read(maxCharacters) {
          const piece = text.slice(at, at + maxCharacters);
          at += piece.length;
          return piece;
        },
      };
    },
  };
}

/** The scenario file that an entry means: itself, or `scenario.yaml` in the folder it names. */
export function scenarioPath(entry: string): string {
  return /\.(ya?ml|json)$/i.test(entry) ? entry : joinPath(entry.replace(/\/+$/, ""), "scenario.yaml");
}

/** Path of a file that another file names. Absolute paths and `data:` names stay as they are. */
export function pathBeside(file: string, named: string): string {
  if (/^([/\\]|[A-Za-z]:[/\\]|data:)/.test(named)) return named;
  return joinPath(file.slice(0, Math.max(0, file.lastIndexOf("/"))), named);
}

function joinPath(folder: string, name: string): string {
  if (folder === "" || folder === ".") return name.replace(/^\.\//, "");
  return `${folder}/${name.replace(/^\.\//, "")}`;
}
