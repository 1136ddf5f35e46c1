import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { filesBelow, ROOT, readText } from "../tools/tidy/files.ts";

const EXAMPLES = readdirSync(join(ROOT, "docs/examples"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.replace(/\.ts$/, ""));
const BLOCKS = join(ROOT, "reports/docs-blocks");

/** Fenced `ts` blocks of all documents, by a name that leads back to them. */
function typescriptBlocks(): ReadonlyMap<string, string> {
  const blocks = new Map<string, string>();
  for (const path of filesBelow("").filter((file) => file.endsWith(".md"))) {
    let count = 0;
    for (const [, text = ""] of readText(path).matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
      count++;
      blocks.set(`${path.replace(/\.md$/, "").replaceAll("/", "--")}-${count}.ts`, text);
    }
  }
  return blocks;
}

describe("documentation", () => {
  it("compiles: every example and every ts block, against the built packages", () => {
    rmSync(BLOCKS, { recursive: true, force: true });
    mkdirSync(BLOCKS, { recursive: true });
    const blocks = typescriptBlocks();
    expect(blocks.size).toBeGreaterThan(0);
    // Each block is a module of its own, so that names of different pages do not meet.
    for (const [name, text] of blocks) writeFileSync(join(BLOCKS, name), `${text}\nexport {};\n`);
    const { status, stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", "docs/tsconfig.json"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it.each(["chat-business-day", "replay-azure-hour", "same-requests-other-tokens"])("repeats the golden results of %s", (name) => {
    const text = told(`scenarios/${name}/README.md`);
    const { verdict, policies } = golden(name);
    expect(text).toContain(verdict);
    for (const [policy, { monthlyUsd, equationUsd }] of Object.entries(policies)) {
      expect(text).toContain(`| ${policy} | ${wholeUsd(monthlyUsd)} | ${wholeUsd(equationUsd)} |`);
    }
  });

  it("opens with what the demo prints", () => {
    const { verdict, policies } = golden("chat-business-day");
    const text = told("README.md");
    expect(text).toContain(verdict);
    for (const [policy, { monthlyUsd, equationUsd }] of Object.entries(policies)) {
      expect(text).toContain(`${policy} ${wholeUsd(monthlyUsd)} ${wholeUsd(equationUsd)} `);
    }
  });
});

interface Golden {
  readonly verdict: string;
  readonly policies: Readonly<Record<string, { readonly monthlyUsd: number; readonly equationUsd: number }>>;
}

function golden(name: string): Golden {
  return JSON.parse(readText(`scenarios/${name}/expected.json`)) as Golden;
}

function told(path: string): string {
  return readText(path).replaceAll(/\s+/g, " ");
}

function wholeUsd(usd: number): string {
  return `$${Math.round(usd).toLocaleString("en-US")}`;
}

describe.each(EXAMPLES)("docs/examples/%s.ts", (name) => {
  it("prints what the .out beside it says, in plain Node", () => {
    const folder = join(ROOT, "reports/examples");
    mkdirSync(folder, { recursive: true });
    const script = join(folder, `${name}.mjs`);
    const source = readFileSync(join(ROOT, "docs/examples", `${name}.ts`), "utf8");
    writeFileSync(script, transformSync(source, { loader: "ts", format: "esm", target: "es2022" }).code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const out = join(ROOT, "docs/examples", `${name}.out`);
    expect(stdout).toBe(readFileSync(out, "utf8"));
  });
});
