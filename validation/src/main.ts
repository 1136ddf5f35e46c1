import { parseArgs } from "node:util";
import { CaseError, readCases } from "./cases.ts";
import { type JudgedRun, judgeCase } from "./judge.ts";
import { publishedErrors } from "./published.ts";
import { contradictions } from "./row-figures.ts";
import { readExperiments, readPeerPredictions } from "./stage-files.ts";
import { renderGroupsMarkdown, renderPeersMarkdown, renderStages, summarisePeers, summariseStages } from "./stage-table.ts";
import { type JudgedStage, judgeExperiment } from "./stages.ts";
import { renderMarkdown, renderRuns, summarise } from "./table.ts";

const EXIT_GOOD = 0;
const EXIT_BAD_INPUT = 2;
const OPTIONS = {
  data: { type: "string" },
  stages: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
} as const;

/**
 * `validation --data DIR [--stages] [--json | --markdown]`: every case of DIR/validation, measured beside simulated; with --stages
 * also the load stages of DIR/e2e/blis-*.csv.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const dataFolder = values.data ?? process.env["REPLICAST_DATA"];
  if (dataFolder === undefined) throw new CaseError(["--data DIR is missing: the folder that holds validation/*.json"]);
  const cases = readCases(dataFolder);
  const experiments = values.stages ? readExperiments(dataFolder) : [];
  const predictions = values.stages ? readPeerPredictions(dataFolder) : [];
  for (const line of cases.flatMap(contradictions)) process.stderr.write(`note: ${line}\n`);
  const runs: JudgedRun[] = [];
  for (const it of cases) runs.push(...(await judgeCase(it)));
  const stages: JudgedStage[] = [];
  for (const experiment of experiments) stages.push(...(await judgeExperiment(experiment)));
  const groups = summariseStages(stages);
  const peers = summarisePeers(stages, predictions);
  const published = cases.flatMap(publishedErrors);
  if (values.json) {
    const ofStages = values.stages ? { stages, groups, peers } : {};
    process.stdout.write(`${JSON.stringify({ runs, summary: summarise(runs), published, ...ofStages }, null, 2)}\n`);
  } else if (values.markdown) {
    process.stdout.write(`${renderMarkdown(runs)}\n`);
    if (values.stages) process.stdout.write(`\n${renderGroupsMarkdown(groups)}\n\n${renderPeersMarkdown(peers)}\n`);
  } else {
    process.stdout.write(renderRuns(runs, published));
    if (values.stages) process.stdout.write(`\n${renderStages(groups, peers)}`);
  }
  return EXIT_GOOD;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CaseError) && (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = EXIT_BAD_INPUT;
}
