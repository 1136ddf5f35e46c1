import { posix } from "node:path";

/** Workspace packages each package may import. Nothing imports the command. */
const PACKAGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "sim-core": [],
  promql: [],
  policies: ["sim-core", "promql"],
  report: ["sim-core"],
  replicast: ["report", "policies", "sim-core", "promql"],
  cli: ["replicast", "report", "policies", "sim-core", "promql"],
};

/**
 * Folders of sim-core from left to right: a folder may import those of later groups only. Folders of one group never import
 * each other; they meet in `world`.
 */
const CORE_GROUPS: readonly (readonly string[])[] = [
  ["simulate"],
  ["world"],
  ["scenario"],
  ["score"],
  ["traffic", "serving", "cluster", "metrics", "scaling", "record"],
  ["kernel", "random", "domain"],
  ["messages"],
  ["units"],
  ["errors"],
];

/** Top-level files that gather the rest: public names and test helpers. */
const GATHERERS = new Set(["index", "testing"]);

/** Name by which the command imports a workspace package, or undefined when the specifier names none. */
export function workspacePackage(specifier: string): string | undefined {
  if (specifier === "replicast" || specifier.startsWith("replicast/")) return "replicast";
  return /^@replicast\/([^/]+)/.exec(specifier)?.[1];
}

/**
 * What is wrong with an import, with the way out; undefined when it is right.
 *
 * @param path importing file, relative to the repository
 */
export function importFault(path: string, specifier: string): string | undefined {
  const owner = /^packages\/([^/]+)\//.exec(path)?.[1];
  if (owner === undefined) return undefined;
  const imported = workspacePackage(specifier);
  if (imported !== undefined && imported !== owner && !PACKAGE_IMPORTS[owner]?.includes(imported)) {
    return `${owner} must not import ${imported}: it may import ${PACKAGE_IMPORTS[owner]?.join(", ") || "no workspace package"}; hand the value in instead`;
  }
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  // Test helpers are not published; tests of other packages may share them.
  if (/^packages\/[^/]+\/test\//.test(target) && path.startsWith(`packages/${owner}/test/`)) return undefined;
  if (!target.startsWith(`packages/${owner}/`)) return `deep import into another package: import what it exports by its name`;
  if (!/\.(ts|json)$/.test(specifier)) return `relative imports name the file, with .ts`;
  return owner === "sim-core" ? coreFault(path, target) : undefined;
}

function coreFault(path: string, target: string): string | undefined {
  const from = corePart(path);
  const to = corePart(target);
  if (from === undefined || to === undefined || from === to || GATHERERS.has(from)) return undefined;
  if (GATHERERS.has(to)) return `${from} must not import ${to}.ts, which gathers everything: import the file itself`;
  const fromRank = rankOf(from);
  const toRank = rankOf(to);
  if (fromRank < toRank) return undefined;
  return fromRank === toRank
    ? `${from} and ${to} are siblings: they share types through domain/ and meet in world/`
    : `${from} stands to the right of ${to}: move what both need further right, or hand it in from the left`;
}

/** Folder below src/, or the name of a file that lies directly in it; undefined outside src/. */
function corePart(path: string): string | undefined {
  const found = /^packages\/sim-core\/src\/([^/]+?)(\/|\.ts$)/.exec(path)?.[1];
  if (found === "version") return "errors";
  return found?.startsWith("message") ? "messages" : found;
}

function rankOf(part: string): number {
  const rank = CORE_GROUPS.findIndex((group) => group.includes(part));
  if (rank < 0) throw new Error(`packages/sim-core/src/${part} has no place in tools/tidy/import-order.ts: give it one`);
  return rank;
}
