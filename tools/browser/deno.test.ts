import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../tidy/files.ts";
import { denoPath } from "./deno.ts";

const path = denoPath();
const because = path === undefined ? " (skipped: no Deno; set $DENO)" : "";
const OUT = join(ROOT, "reports/deno");

describe.skipIf(path === undefined)(`in Deno${because}`, () => {
  const bundle = join(OUT, "probe.mjs");

  beforeAll(async () => {
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT, { recursive: true });
    await build({
      entryPoints: [join(ROOT, "tools/browser/probe.ts")],
      bundle: true,
      format: "esm",
      platform: "browser",
      outfile: bundle,
      logLevel: "silent",
    });
  });

  /** Runs code without permissions: no files, no network, and of the environment only what the grammar runtime of PromQL asks for. */
  function inDeno(code: string): string {
    const { status, stdout, stderr } = spawnSync(
      path ?? "deno",
      ["run", "--no-config", "--no-lock", "--cached-only", "--no-prompt", "--allow-env=LOG", "-"],
      {
        cwd: OUT,
        encoding: "utf8",
        input: code,
        maxBuffer: 1e9,
        env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return stdout;
  }

  it("the libraries give the same bytes as in Node, without permission for files or network", async () => {
    const { probe } = (await import(pathToFileURL(bundle).href)) as { readonly probe: () => Promise<string> };
    const inNode = await probe();
    const text = inDeno(`import { probe } from "./probe.mjs"; console.log(await probe());`);
    expect(inNode.length).toBeGreaterThan(10_000);
    expect(text === `${inNode}\n`).toBe(true);
  });
});
