import { builtinModules } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { LIBRARIES, ROOT, readText } from "./tidy/files.ts";

const BUILTINS = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

describe.each(LIBRARIES)("%s", (name) => {
  it("runs in a browser: everything it exports bundles without a Node built-in", async () => {
    const { exports } = JSON.parse(readText(`packages/${name}/package.json`)) as {
      readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
    };
    const entryPoints = Object.values(exports).flatMap((entry) =>
      typeof entry === "string" ? [] : [join(ROOT, "packages", name, entry.default)],
    );
    expect(entryPoints).not.toEqual([]);
    const { errors, metafile } = await build({
      entryPoints,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      outdir: join(ROOT, "reports/bundles", name),
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    expect(errors).toEqual([]);
    const used = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path).filter((path) => BUILTINS.has(path)),
    );
    expect(used).toEqual([]);
  });
});
