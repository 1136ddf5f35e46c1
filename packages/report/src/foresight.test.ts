import type { ForesightResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { withForesight } from "../test/with-foresight.ts";
import { billParts, rankedRegrets, renderForesightTable } from "./foresight.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { renderComparisonTable } from "./table.ts";

describe("the bill from the ground up", () => {
  it("has the unavoidable parts first, then the causes, and adds up to the bill", () => {
    const result = withForesight(fixture());
    const foresight = result.foresight as ForesightResult;
    foresight.policies.forEach((regret, index) => {
      const parts = billParts(foresight, regret);
      expect(parts.map(({ part }) => part)).toEqual([
        "lower bound",
        "integrality",
        "cold starts",
        "metric age",
        "poll period",
        "damping",
        "min and max",
        "the rule",
      ]);
      expect(parts.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(result.runs[index]?.cost.monthlyUsd ?? 0, 4);
    });
  });

  it("has one avoidable part where causes were not asked for", () => {
    const { foresight } = withForesight(fixture(), null);
    const [regret] = foresight?.policies ?? [];
    expect(
      regret &&
        billParts(foresight as ForesightResult, regret)
          .map(({ part }) => part)
          .at(-1),
    ).toBe("avoidable");
  });
});

describe("the table of perfect foresight", () => {
  const text = renderForesightTable(withForesight(fixture()), { width: 120 });

  it("begins with what nothing can undercut, and what the best schedule costs", () => {
    expect(text).toMatch(/^Nothing that meets the SLO costs less than \$1,000 a month: 900 requests must be good by TTFT/);
    expect(text).toContain("costs $3,000");
  });

  it("has a line for each policy in the order of the ranking, below those of foresight", () => {
    const result = withForesight(fixture());
    const at = ["lower bound", "clairvoyant, instant starts", ...result.ranking].map((name) => text.indexOf(`\n${name}`));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at).not.toContain(-1);
    expect(rankedRegrets(result).map(({ policy }) => policy)).toEqual(result.ranking);
  });

  it("shows what did good below zero, and a dash where there was nothing to take away", () => {
    expect(text).toMatch(/dollars\/month by cause.*metric age.*the rule/);
    expect(text).toMatch(/−\$250/);
    expect(text).toMatch(/–/);
  });

  it("lets no control characters of a name through", () => {
    const evil = withForesight(fixture({ policies: ["a\u001b[2Jb", "c"] }));
    expect(renderForesightTable(evil)).not.toContain("\u001b");
  });
});

it("is part of comparisons in text and Markdown where it was asked for, and only there", () => {
  const plain = fixture();
  expect(renderComparisonTable(plain)).not.toContain("clairvoyant");
  expect(renderComparisonMarkdown(plain)).not.toContain("foresight");
  expect(renderComparisonTable(withForesight(plain))).toContain("clairvoyant");
  expect(renderComparisonMarkdown(withForesight(plain))).toContain("## The distance to perfect foresight");
});

it("is a lower bound, and each policy's distance to it, where no more was asked for", () => {
  const plain = fixture();
  const { foresight } = withForesight(plain);
  const bounded = { ...plain, ...(foresight && { lowerBound: foresight.lowerBound }) };
  const text = renderComparisonTable(bounded, { width: 400 });
  expect(text).toContain("Nothing that meets the SLO costs less than $1,000 a month");
  const [first] = plain.ranking;
  expect(text).toMatch(new RegExp(`Against that: ${first} [+−]\\$[0-9,]+`));
  expect(renderComparisonTable(plain)).not.toContain("costs less than");
});
