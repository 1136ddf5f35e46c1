import { readdirSync, readFileSync } from "node:fs";
import { allIssueCodes } from "replicast";
import { describe, expect, it } from "vitest";
import { issueCatalogues } from "./issue-catalogues.ts";

const PACKAGES = new URL("../../", import.meta.url);
/** Ways in which our code raises an issue: `code: "x"`, also as a choice of two, and the helpers that take a code. */
const RAISED = [
  /\bcode: (?:[^"{},;\n]*\? )?"([a-z0-9]+(?:_[a-z0-9]+)+)"(?: : "([a-z0-9]+(?:_[a-z0-9]+)+)")?/g,
  /\b(?:findings\.error|stated\.error|stated\.warn|findings\.unknownName|bad|badOption|refuse|sized|add|#issue|this\.#add)\(\s*(?:(?:context|issue\.origin), )?"([a-z][a-z0-9]*(?:_[a-z0-9]+)+)"/g,
];

/** Our sources, without tests and without the catalogues themselves. */
function sources(): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(PACKAGES).flatMap((name) => {
    const folder = new URL(`${name}/src/`, PACKAGES);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !/\.test\.ts$|messages|issue-catalogues/.test(path))
      .map((path) => ({ path: `${name}/src/${path}`, text: readFileSync(new URL(path, folder), "utf8") }));
  });
}

const known = allIssueCodes(issueCatalogues);

describe("the catalogues together", () => {
  it("have a text for every code that is raised anywhere", () => {
    const raised = sources().flatMap(({ path, text }) =>
      RAISED.flatMap((pattern) =>
        [...text.matchAll(pattern)].flatMap(([, ...codes]) => codes.filter(Boolean).map((code) => ({ path, code }))),
      ),
    );
    expect(raised.length).toBeGreaterThan(100);
    expect(raised.filter(({ code }) => !known.some((entry) => entry.code === code))).toEqual([]);
  });

  it("have no text for a code that nothing raises", () => {
    const all = sources()
      .map(({ text }) => text)
      .join("\n");
    expect(known.map(({ code }) => code).filter((code) => !all.includes(`"${code}"`))).toEqual([]);
  });

  it("give every code a text and a hint", () => {
    for (const { code, text, hint } of known) {
      expect([code, text]).toEqual([code, expect.stringMatching(/^(?!.*(undefined|\[object)).{10,}/s)]);
      expect([code, hint]).toEqual([code, expect.stringMatching(/^(?!.*(undefined|\[object)).{5,}/s)]);
    }
  });
});
