import { join } from "node:path";
import { filesEnding, readJsonLines, type SuiteFolder } from "./folder.ts";
import { runVectors, type Tally } from "./runner.ts";

/** Answers of one real system. */
export interface Suite {
  readonly id: string;
  /** Vector files of this suite in a folder, as far as their contents tell. */
  readonly discover: (folder: SuiteFolder) => readonly DiscoveredFile[];
}

/** A vector file and how to run it. */
export interface DiscoveredFile {
  readonly file: string;
  /** Why it cannot be run here; undefined: it can. */
  readonly skipped?: string;
  readonly run: () => Tally;
}

/** Cases of one shape. */
export interface VectorKind<Case> {
  readonly kind: string;
  /** Whether a case has this shape: files are told apart by what is in them, whatever they are called. */
  readonly recognises: (vector: { readonly [key: string]: unknown }) => boolean;
  /** Undefined when the case passes, otherwise what was wrong. @param folder - where the file lies, for cases that name another file */
  readonly check: (vector: Case, folder: string) => string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: each kind recognises its own cases
type AnyKind = VectorKind<any>;

/** A suite of JSON Lines files; each file holds cases of one kind. A file of no known kind fails as a whole. */
export function jsonLinesSuite(id: string, kinds: readonly AnyKind[]): Suite {
  return {
    id,
    discover: (folder) => filesEnding(folder.path, ".jsonl").flatMap((file) => discovered(id, kinds, folder, file)),
  };
}

function discovered(suite: string, kinds: readonly AnyKind[], { path, isOwn }: SuiteFolder, file: string): readonly DiscoveredFile[] {
  const cases = readJsonLines(join(path, file)) as readonly { readonly name?: string; readonly id?: string }[];
  const kind = kinds.find((candidate) => isRecord(cases[0]) && candidate.recognises(cases[0]));
  // Beside files of other suites it is theirs; alone with ours nobody else will miss it.
  if (kind === undefined && !isOwn) return [];
  const check = (vector: unknown): string | undefined =>
    kind === undefined ? `no ${suite} case has this shape` : kind.check(vector, path);
  const run = (): Tally => {
    const seen = new Map<string, number>();
    return runVectors({ suite, file, cases, name: (vector) => unique(vector.name ?? vector.id ?? "case", seen), check });
  };
  return [{ file, run }];
}

/** Two cases of one name must both count when they fail. */
function unique(name: string, seen: Map<string, number>): string {
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  return times === 1 ? name : `${name} (${times})`;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

/** `inputs` of a case, for telling kinds apart. */
export function inputsOf(vector: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  return isRecord(vector["inputs"]) ? vector["inputs"] : {};
}
