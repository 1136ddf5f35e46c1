import { describeIssue } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { issueCatalogues } from "../packages/cli/dist/issue-catalogues.js";
import { referencePages } from "./generate-docs.mjs";
import { issueCodes } from "./reference/errors-page.mjs";
import { isTest, readText, sourceFiles } from "./tidy/files.ts";

/** Seen by callers of `simulate` alone, and a code of the schema library. */
const NOT_FOR_USERS = ["trace_not_given", "custom"];

const RAISED = sourceFiles()
  .filter((path) => /^packages\/[^/]+\/src\//.test(path) && !isTest(path))
  .flatMap((path) =>
    [...readText(path).matchAll(/\bcode: "([a-z][a-z0-9_]+)"|refuse\(context, "([a-z][a-z0-9_]+)"/g)].map(([, a, b]) => ({
      code: a ?? b ?? "",
      path,
    })),
  );

const pages = await referencePages();

describe("reference pages", () => {
  it.each(Object.keys(pages))("%s is what `npm run docs` writes", (path) => {
    expect(readText(path) === pages[path], `${path} is stale: npm run docs`).toBe(true);
  });

  it("explain every issue code that a package raises", () => {
    const known = new Set([...issueCodes(), ...NOT_FOR_USERS]);
    expect(RAISED.length).toBeGreaterThan(50);
    expect(RAISED.filter(({ code }) => !known.has(code))).toEqual([]);
  });

  it("promise no more than the command keeps: it has a text for each of them", () => {
    const silent = RAISED.filter(({ code }) => !NOT_FOR_USERS.includes(code)).filter(({ code }) => {
      const { text } = describeIssue({ code, path: [], data: new Proxy({}, { get: () => "‹value›" }) }, issueCatalogues);
      return text.startsWith(code.replaceAll("_", " ")) && text.endsWith("{}");
    });
    expect(silent).toEqual([]);
  });

  it("leave no field of a scenario without a value", () => {
    const fields = [...(pages["docs/reference/scenario.md"] ?? "").matchAll(/^\| `([^`]+)` \| ([^|]*) \| (yes)? *\|/gm)];
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter(([, , value = ""]) => /^\s*$|\bor\s*$|^\s*or\b|, ?\]/.test(value)).map(([, path]) => path)).toEqual([]);
  });
});
