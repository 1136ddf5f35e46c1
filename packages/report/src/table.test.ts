import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { renderComparisonTable, renderRunTable } from "./table.ts";
import { displayWidth, fitTo, padTo, plainText, wrapTo } from "./text.ts";

const result = fixture();
const firstRun = (): (typeof result.runs)[number] => {
  const [run] = result.runs;
  if (run === undefined) throw new Error("the fixture has runs");
  return run;
};

describe("the comparison table", () => {
  it("opens with the verdict and has one line per policy, best first", () => {
    const lines = renderComparisonTable(result).split("\n");
    expect(lines[0]).toBe(result.verdict);
    expect(lines.slice(4, 9).map((line) => line.split(" ")[0])).toEqual(result.ranking);
    expect(lines[2]).toMatch(/^policy +bill\/month +equation +SLO/);
    expect(lines[4]).toMatch(/\$\d\d,\d\d\d/);
  });

  it.each([40, 60, 80, 100, 120, 200])("fits into %s columns, and names what it left out", (width) => {
    const text = renderComparisonTable(result, { width });
    for (const line of text.split("\n").filter((each) => !each.startsWith("threshold failed")))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(text.includes("Not shown at this width")).toBe(width < 110);
    expect(text).toContain("bill/month");
  });

  it("shows the scenario's own cost lines and metrics, and nothing where it has none", () => {
    const text = renderComparisonTable(result);
    const heading = text.split("\n").findIndex((line) => line.startsWith("the scenario's own"));
    expect(text.split("\n")[heading]).toMatch(/^the scenario's own +egress \$\/month +costPerUser$/);
    expect(text.split("\n")[heading + 2]).toMatch(new RegExp(`^${result.ranking[0]} +\\$413 +[0-9.]+$`));
    const bare = { ...result, runs: result.runs.map((run) => ({ ...run, derived: {}, cost: { ...run.cost, extra: {} } })) };
    expect(renderComparisonTable(bare)).not.toContain("the scenario's own");
  });

  it("counts the pods that were started as the equation does, whatever the policy decided", () => {
    const runs = result.runs.map((run) => ({
      ...run,
      deployments: run.deployments.map((deployment) => ({ ...deployment, scaleUps: 0 })),
      cost: { ...run.cost, runHours: 24, equation: run.cost.equation.map((row) => ({ ...row, scaleUpEventsPerMonth: (36 * 730) / 24 })) },
    }));
    const text = renderComparisonTable({ ...result, runs }, { width: 200 });
    const at = text.split("\n")[2]?.indexOf("pods started") ?? -1;
    for (const line of text.split("\n").slice(4, 9)) expect(line.slice(at, at + "pods started".length).trim()).toBe("36");
    expect(text).not.toContain("scale-ups");
  });

  it("lists only binding thresholds that failed", () => {
    expect(renderComparisonTable(result)).toContain("threshold failed: forecast: ttft p(95)<2s");
    expect(renderComparisonTable(result)).not.toContain("threshold failed: schedule");
    expect(renderComparisonTable({ ...result, thresholdPolicy: null })).toContain("threshold failed: schedule");
  });

  it("says that failures in brackets bind nobody, and only where there are some", () => {
    expect(renderComparisonTable(result)).toContain("Failures in brackets do not count: the thresholds bind forecast alone.");
    expect(renderComparisonTable({ ...result, thresholdPolicy: null })).not.toContain("in brackets");
    expect(renderComparisonTable(result)).toContain("TTFT p95 is of completed requests.");
  });

  it("shows attainments with the same decimals", () => {
    const shares = [0.9999, 0.998, 0.889, 0.95, 0.9];
    const runs = result.runs.map((run, index) => ({ ...run, slo: { ...run.slo, attainment: shares[index] ?? null } }));
    const text = renderComparisonTable({ ...result, runs });
    for (const share of ["99.99%", "99.80%", "88.90%", "95.00%", "90.00%"]) expect(text).toContain(share);
  });

  it("is the same text with colours as without, once they are taken out", () => {
    const colored = renderComparisonTable(result, { color: true });
    expect(colored).toContain("\u001b[32mmet");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    expect(colored.replace(/\u001b\[\d+m/g, "").replace(/ +$/gm, "")).toBe(renderComparisonTable(result));
  });

  it("lets no name write to the terminal", () => {
    const hostile = fixture({ hours: 1, policies: ["\u001b[2Jgone", "a\nb", "\u202eevil"] });
    const text = renderComparisonTable({ ...hostile, verdict: "\u001b]0;title\u0007" });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n").filter((line) => line.startsWith("a\ufffdb"))).toHaveLength(5);
  });
});

it("sums up one run: sentence, objectives, bill by state adding up to the bill", () => {
  const text = renderRunTable(firstRun());
  expect(text).toMatch(/^fixed-8 costs \$\d\d,\d\d\d a month and meets every objective/);
  expect(text).toMatch(/TTFT ≤ 2 s +95% +100% +met/);
  expect(text).toMatch(/scale-up decisions +\d+\npods started +\d+\n/);
  expect(text).toMatch(/egress \$\/month +\$413\ncostPerUser +[0-9.]+\n/);
  expect(text).toMatch(/unallocated +\$6,541 +7\.4%\nbill +\$88,343/);
});

describe("text in columns", () => {
  it("counts wide characters twice and combining marks not at all", () => {
    expect(["abc", "日本", "e\u0301", "😀", ""].map(displayWidth)).toEqual([3, 4, 1, 2, 0]);
  });

  it("fits and pads any text to its width", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 40 }), (text, width) => {
        expect(displayWidth(fitTo(text, width))).toBeLessThanOrEqual(width);
        expect(displayWidth(padTo(fitTo(text, width), width, "right"))).toBe(width);
      }),
      { seed: 6 },
    );
  });

  it("wraps at spaces and loses no word", () => {
    expect(wrapTo("a verdict of some words", 10)).toEqual(["a verdict", "of some", "words"]);
    expect(plainText("a\tb")).toBe("a\ufffdb");
  });
});
