import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readCases } from "./cases.ts";
import { type JudgedRun, judgeCase } from "./judge.ts";
import { readExperiments, readPeerPredictions } from "./stage-files.ts";
import { renderGroupsMarkdown, renderPeersMarkdown, summarisePeers, summariseStages } from "./stage-table.ts";
import { judgeExperiment } from "./stages.ts";
import { renderMarkdown, summarise } from "./table.ts";

const page = readFileSync(new URL("../../docs/explanation/validation.md", import.meta.url), "utf8");
const dataFolder = process.env["REPLICAST_DATA"] ?? "";
const hasCases = dataFolder !== "" && existsSync(`${dataFolder}/validation`);
const hasStages = dataFolder !== "" && existsSync(`${dataFolder}/e2e/blis-inference-perf-runs.csv`);

describe.skipIf(!hasCases)(`measured runs${hasCases ? "" : " (skipped: no validation/ in $REPLICAST_DATA)"}`, () => {
  let judged: readonly JudgedRun[] = [];
  beforeAll(async () => {
    judged = (await Promise.all(readCases(dataFolder).map(judgeCase))).flat();
  }, 300_000);

  it("stand on the page as the command finds them", () => {
    expect(page).toContain(renderMarkdown(judged));
  });

  it.each([
    { model: "fitted", tokens: 0.03, first: 0.1, because: "fitted to other runs of the server" },
    { model: "generic", tokens: 0.05, first: 0.1, because: "nothing of the server went in" },
  ])("that were not fitted are met as well as is aimed at: $model, $because", ({ model, tokens, first }) => {
    const summary = summarise(judged).find((each) => each.model === model);
    expect(summary?.e2e).toBeLessThanOrEqual(tokens);
    expect(summary?.tpot).toBeLessThanOrEqual(tokens);
    expect(summary?.ttft).toBeLessThanOrEqual(first);
  });
});

it.skipIf(!hasStages)(
  `load stages, and other simulators on them, stand on the page as the command finds them${hasStages ? "" : " (skipped: no e2e/blis-*.csv in $REPLICAST_DATA)"}`,
  async () => {
    const stages = [];
    for (const experiment of readExperiments(dataFolder)) stages.push(...(await judgeExperiment(experiment)));
    expect(page).toContain(renderGroupsMarkdown(summariseStages(stages)));
    expect(page).toContain(renderPeersMarkdown(summarisePeers(stages, readPeerPredictions(dataFolder))));
  },
);
