import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { filesBelow, PACKAGES, ROOT, readText } from "../tools/tidy/files.ts";

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

/** Runs TypeScript in plain Node against the built packages; what it prints. */
function printed(name: string, source: string): string {
  const folder = join(ROOT, "reports/examples");
  mkdirSync(folder, { recursive: true });
  const script = join(folder, `${name}.mjs`);
  writeFileSync(script, transformSync(source, { loader: "ts", format: "esm", target: "es2022" }).code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

describe.each(EXAMPLES)("docs/examples/%s.ts", (name) => {
  it("prints what the .out beside it says, in plain Node", () => {
    const source = readFileSync(join(ROOT, "docs/examples", `${name}.ts`), "utf8");
    expect(printed(name, source)).toBe(readFileSync(join(ROOT, "docs/examples", `${name}.out`), "utf8"));
  });
});

describe.each(PACKAGES)("packages/%s/README.md", (folder) => {
  const text = readText(`packages/${folder}/README.md`);
  const { name } = JSON.parse(readText(`packages/${folder}/package.json`)) as { readonly name: string };

  it("opens with its name, a sentence, how to install it and an example of at most ten lines", () => {
    expect(text.split("\n").slice(0, 2)).toEqual([`# ${name}`, ""]);
    const [, install = "", , example = ""] = /^ {4}npm install (.*)\n\n```(ts|sh)\n([\s\S]*?)^```/m.exec(text) ?? [];
    expect(install.split(" ")).toContain(name);
    expect(example.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(10);
  });

  it.runIf(text.includes("```ts"))("its example prints what the README says", () => {
    const [, source = "", output = ""] = /^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/m.exec(text) ?? [];
    const same = (printout: string): string => printout.replace(/\n+$/, "");
    expect(same(printed(`readme-${folder}`, source))).toBe(same(output));
  });
});

describe("commands in documents", () => {
  const command = join(ROOT, "packages/cli/dist/main.js");
  const reference = readText("docs/reference/cli.md");

  it("name commands and options that exist, in the form that works in a clone", () => {
    const wrong: string[] = [];
    for (const path of filesBelow("").filter((file) => file.endsWith(".md"))) {
      if (/^ {4}(npx )?replicast /m.test(readText(path)) && !path.startsWith("docs/reference/"))
        wrong.push(`${path}: not npm run -s replicast --`);
      for (const [, name = "", rest = ""] of readText(path).matchAll(/npm run -s replicast -- ([\w-]+)([^\n`]*)/g)) {
        if (!reference.includes(`## ${name}\n`)) wrong.push(`${path}: ${name}`);
        for (const [option] of rest.matchAll(/(?<= )--[\w-]+/g)) if (!reference.includes(option)) wrong.push(`${path}: ${option}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("of the command's own README run, one after the other, in an empty folder", () => {
    mkdirSync(join(ROOT, "reports"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, "reports/readme-cli-"));
    const lines = [...readText("packages/cli/README.md").matchAll(/^npx replicast ([^#\n]*)/gm)].map(([, line = ""]) =>
      line.trim().split(/ +/),
    );
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) {
      const { status, stderr } = spawnSync(process.execPath, [command, ...line], { cwd: folder, encoding: "utf8" });
      expect(status, `${line.join(" ")}: ${stderr}`).toBe(0);
    }
    rmSync(folder, { recursive: true });
  });
});
