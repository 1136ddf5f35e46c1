// Writes the reference pages of docs/ from the built packages: `npm run docs`. A test fails when a page is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cliPage } from "./reference/cli-page.mjs";
import { errorsPage } from "./reference/errors-page.mjs";
import { metricsPage } from "./reference/metrics-page.mjs";
import { policiesPage } from "./reference/policies-page.mjs";
import { presetsPage } from "./reference/presets-page.mjs";
import { scenarioPage } from "./reference/scenario-page.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @type {import("./generate-docs.mjs").referencePages} */
export async function referencePages() {
  return {
    "docs/reference/scenario.md": scenarioPage(),
    "docs/reference/policies.md": policiesPage(),
    "docs/reference/presets.md": presetsPage(),
    "docs/reference/metrics.md": metricsPage(),
    "docs/reference/errors.md": errorsPage(),
    "docs/reference/cli.md": await cliPage(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await referencePages())) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(path);
  }
}
