import type { StatisticsResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { pairOf, withStatistics } from "../test/with-statistics.ts";
import { differencesChart } from "./charts/statistics.ts";
import { renderComparisonHtml } from "./html.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { adviceSentence, experimentSentence, pairSentences, statisticsVerdict } from "./statistics.ts";
import { renderComparisonTable } from "./table.ts";

const TWO = fixture({ hours: 2, policies: ["HPA", "KEDA"] });
const result = withStatistics(TWO);
const statistics = result.statistics as StatisticsResult;
const vegaRuntime = {
  vega: "var vega = {};",
  interpreter: "import { isString } from 'vega-util';\nconst expression = 1;\nexport { expression as expressionInterpreter };",
};
const sentenceOf = (...pairs: StatisticsResult["pairs"]): string | undefined => pairSentences({ ...statistics, pairs })[0];

describe("what two policies differ in", () => {
  it("is said with its interval and how often it was so, and otherwise that it is not shown", () => {
    expect(pairSentences(statistics)).toEqual([
      "HPA costs $1,940 ± $310 a month less than KEDA (in 20 of 20 replications); " +
        "a difference of attainment is not shown (0.1 ± 0.4 points; about 1,300 replications could show one of this size); " +
        "no difference of violations in any replication.",
    ]);
  });

  it.each([
    {
      because: "the first has more",
      pair: pairOf("monthlyUsd", "HPA", "KEDA", {
        finding: "more",
        difference: { mean: 50, standardDeviation: 9, halfWidth: 4.25, low: 45.75, high: 54.25 },
        moreIn: 19,
      }),
      text: "HPA costs $50.00 ± $4.25 a month more than KEDA (in 19 of 20 replications).",
    },
    {
      because: "the interval excludes 0 and the correction does not",
      pair: pairOf("monthlyUsd", "HPA", "KEDA", { finding: "notShown", adjustedPValue: 0.08 }),
      text: "A difference of bill between HPA and KEDA is not shown (-$1,940 ± $310, which is not enough after correction for the number of comparisons).",
    },
    {
      because: "there is no value to compare",
      pair: pairOf("monthlyUsd", "HPA", "KEDA", { finding: "notShown", difference: null, pValue: null }),
      text: "A difference of bill between HPA and KEDA is not shown.",
    },
  ])("is said when $because", ({ pair, text }) => {
    expect(sentenceOf(pair)).toBe(text);
  });
});

describe("the verdict over replications", () => {
  const [hpa, keda] = statistics.policies;
  if (hpa === undefined || keda === undefined) throw new Error("the fixture has two policies");
  const verdict = (changes: Partial<StatisticsResult>): string => statisticsVerdict(withStatistics(TWO, changes));

  it("names the cheapest that meets the SLO in most replications, and what is shown against the next", () => {
    expect(statisticsVerdict(result)).toBe(
      "HPA meets the SLO in 19 of 20 replications and costs $4,000 ± $50 a month; KEDA, which meets the SLO in 19 of 20, costs $1,940 ± $310 more (95% intervals).",
    );
  });

  it("puts one that misses it in most replications behind, however cheap", () => {
    expect(verdict({ policies: [{ ...hpa, sloMetIn: 10 }, keda] })).toBe(
      "KEDA meets the SLO in 19 of 20 replications and costs $5,940 ± $50 a month; HPA, which meets the SLO in 10 of 20, costs $1,940 ± $310 less (95% intervals).",
    );
  });

  it("does not claim a winner where the difference is not shown", () => {
    expect(verdict({ pairs: [pairOf("monthlyUsd", "HPA", "KEDA", { finding: "notShown" })] })).toContain(
      "a difference of its bill from that of KEDA, which meets the SLO in 19 of 20, is not shown ($1,940 ± $310)",
    );
    expect(verdict({ pairs: [pairOf("monthlyUsd", "HPA", "KEDA", { finding: "same" })] })).toContain(
      "KEDA costs the same in every replication",
    );
  });

  it("says when none meets it in most", () => {
    expect(
      verdict({
        policies: [
          { ...hpa, sloMetIn: 3 },
          { ...keda, sloMetIn: 0 },
        ],
      }),
    ).toMatch(/^No policy meets the SLO in most replications; HPA is the cheapest \(it meets it in 3 of 20 replications\) and costs/);
  });
});

it("tells what precision is reached and what others would take", () => {
  expect(adviceSentence(statistics)).toBe(
    "Bills and their differences are known to within 3.0% of a bill. A precision of 5% would take about 12 replications, of 1% more than a million.",
  );
  expect(experimentSentence(statistics)).toContain("20 replications of each policy with seeds 1 to 1~19");
});

describe("reports", () => {
  it("have the replications where they were asked for, and are as before where not", () => {
    const note = "A note on how far this carries.";
    const withThem = [renderComparisonTable(result), renderComparisonMarkdown(result), renderComparisonHtml(result, { vegaRuntime })];
    const without = [renderComparisonTable(TWO), renderComparisonMarkdown(TWO), renderComparisonHtml(TWO, { vegaRuntime })];
    for (const text of withThem) {
      expect(text).toContain(note);
      expect(text).toContain("$4,000 ± $50");
      expect(text).toMatch(/19 of 20/);
    }
    for (const text of without) expect(text).not.toMatch(/replications/i);
  });

  it("chart every two policies' difference, and which are shown", () => {
    const values = (measure: "monthlyUsd" | "attainment") =>
      (differencesChart(result, measure)["data"] as { readonly values: readonly unknown[] }).values;
    expect(values("monthlyUsd")).toEqual([
      { pair: "HPA − KEDA", mean: -1940, low: -2250, high: -1630, finding: "shown", replications: 20 },
    ]);
    expect(values("attainment")).toMatchObject([{ mean: 0.1, finding: "not shown" }]);
  });

  it("draw no chart of differences where there is one policy", () => {
    const one = withStatistics(fixture({ hours: 2, policies: ["HPA"] }));
    expect(renderComparisonHtml(one, { vegaRuntime })).not.toContain("Differences of the bill");
  });
});
