import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { escapeMarkdown, renderComparisonMarkdown, renderRunMarkdown } from "./markdown.ts";

/** Unescaped cell borders per line of each table. */
function borders(markdown: string): readonly (readonly number[])[] {
  return markdown
    .split("\n\n")
    .filter((block) => block.startsWith("|"))
    .map((block) => block.split("\n").map((line) => line.replace(/\\./g, "").split("|").length));
}

describe("the comparison in Markdown", () => {
  const result = fixture();
  it("has the verdict, the policies best first, states, equation and provenance", () => {
    const text = renderComparisonMarkdown(result);
    expect(text).toContain(`**${escapeMarkdown(result.verdict)}**`);
    const [policies = ""] = text.split("\n\n").filter((block) => block.startsWith("|"));
    expect(
      policies
        .split("\n")
        .slice(2)
        .map((line) => line.split(" | ")[0]?.slice(2)),
    ).toEqual(result.ranking.map(escapeMarkdown));
    expect(text).toContain("extrapolated from 24 h to 730 h");
    expect(text).toContain("seed 42; scenario hash 9f3c2b7a11d04e55");
    expect(text).toContain("| policy | egress $/month | costPerUser |\n| --- | ---: | ---: |\n");
    expect(text).toContain("| TTFT p50 / p95 by prompt tokens | up to 256 | 256 to 1k | 1k to 4k |\n");
    expect(text).toContain("| policy | TTFT p50 | TTFT p95 | TTFT p99 | TPOT p50 | TPOT p95 | TPOT p99 | ITL p50 | ITL p95 | ITL p99 |");
    expect(text).toContain("12 requests late by 400 ms on average, 3.00 s at most, and 2 requests never");
    expect(text).toContain("| pods started |");
    expect(text).toContain("| needed replicas | events/month | paid start time | buffer replicas |");
    expect(text).toContain("- Latency percentiles are of completed requests");
    expect(text).toContain("needed replicas × $/h × 730 + scale-up events × paid start time × $/h");
    expect(text).toContain("of 2, not binding |");
    expect(text).toContain("| needed | buffer | starting | interrupted | draining | unallocated | bill |");
  });

  it("keeps every table rectangular whatever the names are", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom("a|b", "\\|", "**x", "a\r\nb", "| --- |")), { minLength: 1, maxLength: 3 }),
        (policies) => {
          const text = renderComparisonMarkdown(fixture({ hours: 1, policies, deployments: policies }));
          for (const widths of borders(text)) expect(new Set(widths).size).toBe(1);
        },
      ),
      { seed: 8, numRuns: 40 },
    );
  });

  it("makes no link, tag, mention or emphasis out of a name", () => {
    expect(escapeMarkdown("<b> [x](http://a) **y** `z` @all & _u_ | \\")).toBe(
      "&lt;b&gt; \\[x\\](http:&#47;&#47;a) \\*\\*y\\*\\* \\`z\\` &#64;all &amp; \\_u\\_ \\| \\\\",
    );
  });
});

it("sums up one run in Markdown, thresholds included", () => {
  const [run] = fixture().runs;
  if (run === undefined) throw new Error("the fixture has runs");
  const text = renderRunMarkdown(run);
  expect(text).toMatch(/^# chat-business-day: fixed-8\n\n\*\*fixed-8 costs \\?\$88,343/);
  expect(text).toContain("| time to first token | 2 s | 95% | 100% | met |");
  expect(text).toContain("## Thresholds");
  for (const widths of borders(text)) expect(new Set(widths).size).toBe(1);
});
