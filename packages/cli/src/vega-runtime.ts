import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { VegaRuntime } from "@replicast/report";

/** Reads the builds of Vega that a report carries, from where the report package finds them. */
export function readVegaRuntime(): VegaRuntime {
  const report = createRequire(createRequire(import.meta.url).resolve("@replicast/report"));
  return {
    // Vega exports its module build only; the script for browsers lies beside it.
    vega: readFileSync(join(dirname(report.resolve("vega")), "vega.min.js"), "utf8"),
    interpreter: readFileSync(report.resolve("vega-interpreter"), "utf8"),
  };
}
