import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readCases } from "./cases.ts";
import { judgeCase } from "./judge.ts";
import { renderMarkdown } from "./table.ts";

const PAGE = new URL("../../docs/explanation/validation.md", import.meta.url);
const dataFolder = process.env["REPLICAST_DATA"];
const isThere = dataFolder !== undefined && existsSync(`${dataFolder}/validation`);
const because = isThere ? "" : " (skipped: no validation/ in $REPLICAST_DATA)";

it.skipIf(!isThere)(`the page shows what the command finds, and the errors it aims at are kept${because}`, async () => {
  const judged = (await Promise.all(readCases(dataFolder as string).map(judgeCase))).flat();
  expect(readFileSync(PAGE, "utf8")).toContain(renderMarkdown(judged));
});
