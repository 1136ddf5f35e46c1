import { join, resolve } from "node:path";
import { renderComparisonHtml, renderComparisonMarkdown } from "@replicast/report";
import type { ComparisonResult } from "replicast";
import { writeFilesAtomically } from "./atomic-write.ts";
import type { Io } from "./io.ts";
import { readVegaRuntime } from "./vega-runtime.ts";

/** What a comparison leaves in a folder. */
export const REPORT_FILES = ["report.html", "report.md", "result.json"] as const;

/** What a command without a Markdown report leaves there. */
export const PAGE_FILES = ["report.html", "result.json"] as const;

/** Everything is rendered before anything is written. @returns path of the HTML report */
export function writeReport(folder: string, result: ComparisonResult, io: Io): string {
  const contents: Readonly<Record<(typeof REPORT_FILES)[number], string>> = {
    "report.html": renderComparisonHtml(result, { vegaRuntime: readVegaRuntime() }),
    "report.md": renderComparisonMarkdown(result),
    "result.json": `${JSON.stringify(result)}\n`,
  };
  writeFilesAtomically(resolve(io.workingFolder, folder), contents, folder);
  return join(folder, "report.html");
}
