// npm run -s conformance -- [--vectors DIR] [--suite NAME]…: answers of real systems against the sources as they are, without a build.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = resolve(fileURLToPath(import.meta.url), "../..");

/** Packages of the workspace by their sources, whatever was built last. @type {import("esbuild").Plugin} */
const sources = {
  name: "workspace-sources",
  setup({ onResolve }) {
    onResolve({ filter: /^(@replicast\/[\w-]+|replicast)(\/[\w-]+)?$/ }, ({ path }) => {
      const [name, entry = "index"] = path.replace(/^@replicast\//, "").split("/");
      const file = entry === "metrics" || entry === "score" ? `${entry}/index` : entry;
      return { path: join(ROOT, "packages", name, "src", `${file}.ts`) };
    });
  },
};

const folder = mkdtempSync(join(tmpdir(), "replicast-conformance-"));
try {
  const outfile = join(folder, "command.cjs");
  const entryPoints = [join(ROOT, "conformance/command.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "warning", plugins: [sources] });
  const { runCommand } = createRequire(import.meta.url)(outfile);
  process.exitCode = runCommand(process.argv.slice(2), join(ROOT, "conformance"), { line: console.log, complain: console.error });
} finally {
  rmSync(folder, { recursive: true });
}
