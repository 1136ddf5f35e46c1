import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "replicast";
import { afterAll, describe, expect, it } from "vitest";
import { loadPolicies } from "./load-policy.ts";

const folder = mkdtempSync(join(tmpdir(), "plugin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const policy = (id: string): string =>
  `{ id: "${id}", parseConfig: () => ({ ok: true, config: null }), initialState: () => null, timers: () => [], needs: () => [], queries: () => [], decide: (o, state) => ({ state }) }`;

function moduleWith(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return `./${name}`;
}

async function codesOf(modules: readonly string[]): Promise<readonly string[]> {
  return loadPolicies(modules, folder).then(
    () => [],
    (error: unknown) => {
      if (error instanceof InputError) return error.issues.map((issue) => issue.code);
      throw error;
    },
  );
}

describe("loadPolicies", () => {
  it("takes every policy a module exports, by name, in lists or as default, and each once", async () => {
    const path = moduleWith(
      "many.mjs",
      `const a = ${policy("a")}; const b = ${policy("b")}; export { a, b }; export default a; export const all = [b]; export const version = 3;`,
    );
    expect((await loadPolicies([path], folder)).map(({ id }) => id).sort()).toEqual(["a", "b"]);
  });

  it.each([
    { name: "none.mjs", text: "export const x = { id: 'x' };", code: "plugin_without_policy", because: "an id alone is no policy" },
    { name: "broken.mjs", text: "export const x = ;", code: "plugin_failed", because: "it does not parse" },
    { name: "throws.mjs", text: "throw new Error('no');", code: "plugin_failed", because: "it fails" },
    { name: "null.mjs", text: "throw null;", code: "plugin_failed", because: "it fails with nothing to say" },
    { name: "rejects.mjs", text: "await Promise.reject(new Error('no'));", code: "plugin_failed", because: "it waits for what fails" },
    { name: "needs.mjs", text: "import 'not-installed-anywhere';", code: "plugin_failed", because: "what it needs is missing" },
  ])("refuses a module when $because", async ({ name, text, code }) => {
    expect(await codesOf([moduleWith(name, text)])).toEqual([code]);
  });

  it("refuses a module that is not there", async () => {
    expect(await codesOf(["./nothing.mjs"])).toEqual(["plugin_not_found"]);
    expect(await codesOf(["no-such-package-at-all"])).toEqual(["plugin_not_found"]);
  });

  it("refuses two policies of one id", async () => {
    const [one, two] = [
      moduleWith("one.mjs", `export const p = ${policy("same")};`),
      moduleWith("two.mjs", `export const p = ${policy("same")};`),
    ];
    expect(await codesOf([one, two])).toEqual(["duplicate_policy_kind"]);
  });
});
