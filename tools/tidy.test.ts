import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bannedNames } from "./tidy/banned-names.ts";
import { filesBelow, isTest, isText, LIBRARIES, PACKAGES, ROOT, readText, sourceFiles } from "./tidy/files.ts";
import { importFault } from "./tidy/import-order.ts";
import { commentsOf, hasDefaultExport, importsOf } from "./tidy/imports.ts";
import { brokenLinks } from "./tidy/links.ts";

const SOURCES = sourceFiles();
const ALL = filesBelow("").filter(isText);

/** Most lines of a source file; it should be split well before. */
const LINES_MAX = 500;
/** Tables of facts, which have no shape to lose. */
const DATA_TABLES = new Set(["packages/sim-core/src/serving/preset-data.ts"]);
/** The only files that may ask the platform about time zones. */
const ZONE_FILES = new Set(["packages/replicast/src/load.ts", "packages/replicast/src/zones.ts"]);

describe("libraries", () => {
  it.each(LIBRARIES)("%s uses nothing that differs between platforms or runs", (name) => {
    const faults = SOURCES.filter((path) => path.startsWith(`packages/${name}/src/`) && !isTest(path)).flatMap((path) =>
      bannedNames(path, readText(path), ZONE_FILES.has(path) ? new Set(["Intl"]) : undefined).map(
        ({ line, name: used, instead }) => `${path}:${line} ${used}: use ${instead}`,
      ),
    );
    expect(faults).toEqual([]);
  });

  it.each(PACKAGES)("%s imports only what stands to its right", (name) => {
    const faults = SOURCES.filter((path) => path.startsWith(`packages/${name}/`)).flatMap((path) =>
      importsOf(path, readText(path)).flatMap(({ line, specifier }) => {
        // Tests put parts together; the order of folders is about what ships.
        const fault = importFault(isTest(path) ? path.replace("/src/", "/test/") : path, specifier);
        return fault === undefined ? [] : [`${path}:${line} ${specifier}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  it.each(PACKAGES)("%s exports only files that the build makes", (name) => {
    const manifest = JSON.parse(readText(`packages/${name}/package.json`)) as {
      readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
      readonly bin?: Readonly<Record<string, string>>;
    };
    const targets = [
      ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry))),
      ...Object.values(manifest.bin ?? {}),
    ];
    expect(targets.filter((target) => !existsSync(join(ROOT, "packages", name, target)))).toEqual([]);
  });
});

describe("sources", () => {
  it("stay short enough to read", () => {
    const lengths = SOURCES.filter((path) => !DATA_TABLES.has(path)).map((path) => ({
      path,
      lines: readText(path).split("\n").length - 1,
    }));
    const faults = lengths
      .filter(({ lines }) => lines > LINES_MAX)
      .map(({ path, lines }) => `${path} has ${lines} lines: split it by its nouns`);
    expect(faults).toEqual([]);
  });

  it("have no default exports", () => {
    const faults = SOURCES.filter((path) => hasDefaultExport(path, readText(path))).map((path) => `${path}: export it by name`);
    expect(faults).toEqual([]);
  });

  it("have kebab-case names", () => {
    const faults = SOURCES.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(path.split("/").at(-1) ?? "")).map(
      (path) => `${path}: name it after its main export, in kebab-case`,
    );
    expect(faults).toEqual([]);
  });

  it("mention no issue numbers", () => {
    const faults = SOURCES.flatMap((path) =>
      commentsOf(readText(path))
        .filter(({ text }) => mentionsIssue(text))
        .map(({ line, text }) => `${path}:${line} ${text.slice(0, 60)}: say why instead`),
    );
    expect(faults).toEqual([]);
  });
});

describe("the repository", () => {
  it("has no issue numbers in its documentation", () => {
    const faults = ALL.filter((path) => path.endsWith(".md") && mentionsIssue(readText(path)));
    expect(faults).toEqual([]);
  });

  it("holds no paths of one machine", () => {
    const machinePath = /(^|[\s"'`(=:])\/(work|home|root|Users|tmp\/[a-z])\//m;
    const faults = ALL.filter((path) => !path.startsWith("tools/tidy") && !isTest(path) && machinePath.test(readText(path))).map(
      (path) => `${path}: name paths relative to the repository`,
    );
    expect(faults).toEqual([]);
  });

  it("installs from whatever registry its user has set", () => {
    const installs = ALL.filter((path) => /(^|\/)(pnpm-lock\.yaml|pnpm-workspace\.yaml|package\.json|\.npmrc)$/.test(path));
    const faults = installs.filter((path) => /tarball:|registry\s*[=:]\s*\S|https?:\/\/[^\s"']*\.tgz/.test(readText(path)));
    expect(installs).toContain("pnpm-lock.yaml");
    expect(faults).toEqual([]);
  });

  it("has documentation whose links lead somewhere", () => {
    const documents = ALL.filter((path) => path.endsWith(".md") && !path.startsWith(".changeset/"));
    expect(documents).toContain("README.md");
    expect(documents.flatMap((path) => brokenLinks(path, readText(path)))).toEqual([]);
  });
});

/** `#123` or `issue 12` of ours; `owner/repo#123` and `UAX #11` cite others and are sources. */
function mentionsIssue(text: string): boolean {
  return /(?<!UAX|UTS|Annex)(^|[\s([])#\d{1,5}\b(?![0-9a-fA-F])/m.test(text) || /\b(issue|ticket|pull request|PR)\s+#?\d+\b/i.test(text);
}
