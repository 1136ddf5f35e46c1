import { describe, expect, it } from "vitest";
import { judged } from "../test/judged-fixture.ts";
import { fixture } from "../test/testing-fixture.ts";
import { createFigures } from "./html/figure.ts";
import { qualitySection } from "./html/sections/quality.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { qualityColumns, qualityLines } from "./quality.ts";
import { renderComparisonTable, renderRunTable } from "./table.ts";

const plain = fixture({ hours: 1, policies: ["router", "cascade", "all small"] });
const result = judged(plain);
const LINE =
  "all small: 98.0% of 1,000 answers came from a good enough model, 20 did not ($2,000 a month); at least 98.5% must: missed. 50 requests had to be answered again.";

describe("the quality of answers", () => {
  it("has columns for who answered, how many answers do, what was asked again, and both prices", () => {
    const columns = qualityColumns(result.runs);
    const [, , last] = result.runs;
    expect(columns.map(({ heading }) => heading)).toEqual([
      "answered by small",
      "answered by large",
      "adequate",
      "asked again",
      "bill/month",
      "bad answers/month",
      "both",
    ]);
    if (last === undefined) throw new Error("there are three runs");
    expect(columns.map(({ cell }) => cell(last)).filter((_, i) => i !== 4 && i !== 6)).toEqual([
      "60.0%",
      "40.0%",
      "98.0%",
      "5.0%",
      "$2,000",
    ]);
  });

  it("leaves out prices where there are none, and what was asked again where nothing was", () => {
    const free = judged(plain, { badAnswerUsd: 0, lossMonthlyUsd: 0, escalated: 0 });
    expect(qualityColumns(free.runs).map(({ heading }) => heading)).toEqual([
      "answered by small",
      "answered by large",
      "adequate",
      "bill/month",
    ]);
    expect(renderComparisonTable(free, { width: 200 })).toContain("The bill ranks");
    expect(renderComparisonTable(result, { width: 200 })).toContain("The bill, with the price of bad answers, ranks");
  });

  it("is told in the terminal, in Markdown and on the page, with a chart of cost against quality", () => {
    expect(qualityLines(result.runs)).toContain(LINE);
    expect(renderComparisonTable(result, { width: 400 })).toContain(LINE);
    const [, , last] = result.runs;
    if (last !== undefined) expect(renderRunTable(last, { width: 400 })).toContain(LINE);
    expect(renderComparisonMarkdown(result)).toContain("## Cost against quality");
    const section = qualitySection(result, createFigures()).markup;
    expect(section).toContain(LINE);
    expect(section).toContain("Dollars per month against the share of answers that do");
  });

  it("is not spoken of where nobody judges answers", () => {
    expect(qualityLines(plain.runs)).toEqual([]);
    expect(renderComparisonMarkdown(plain)).not.toContain("quality");
    expect(renderComparisonTable(plain, { width: 400 })).not.toContain("adequate");
  });
});
