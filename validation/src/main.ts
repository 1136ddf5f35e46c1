import { parseArgs } from "node:util";
import { CaseError, readCases } from "./cases.ts";
import { type JudgedRun, judgeCase } from "./judge.ts";
import { renderMarkdown, renderRuns, summarise } from "./table.ts";

const EXIT_GOOD = 0;
const EXIT_BAD_INPUT = 2;

/** `validation --data DIR [--json | --markdown]`: every case of DIR/validation, measured beside simulated. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: "string" }, json: { type: "boolean", default: false }, markdown: { type: "boolean", default: false } } });
  const dataFolder = values.data ?? process.env["REPLICAST_DATA"];
  if (dataFolder === undefined) throw new CaseError(["--data DIR is missing: the folder that holds validation/*.json"]);
  const judged: JudgedRun[] = [];
  for (const it of readCases(dataFolder)) judged.push(...(await judgeCase(it)));
  if (values.json) process.stdout.write(`${JSON.stringify({ runs: judged, summary: summarise(judged) }, null, 2)}\n`);
  else process.stdout.write(values.markdown ? `${renderMarkdown(judged)}\n` : renderRuns(judged));
  return EXIT_GOOD;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CaseError) && (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = EXIT_BAD_INPUT;
}
