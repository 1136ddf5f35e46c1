import type { RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { blindLines } from "./blind.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { renderComparisonTable } from "./table.ts";

describe("a policy that could not see", () => {
  const healthy = fixture();
  const [first, ...others] = healthy.runs as [RunResult, ...RunResult[]];
  const error = "TriggerError: the query returned multiple elements";
  const blind = { ...healthy, runs: [{ ...first, undecided: { [error]: 100_000 } }, ...others] };

  it("is named with the reason under the table and in the notes", () => {
    const line = `${first.policy}: 100,000 firings could not decide (${error})`;
    expect(blindLines(blind.runs)).toContain(line);
    expect(renderComparisonTable(blind, { width: 200 })).toContain(line);
    expect(renderComparisonMarkdown(blind)).toContain("100,000 firings could not decide");
  });

  it("is not named for the moment before the first sample", () => {
    expect(blindLines([{ ...first, undecided: { "nothing to decide": 0.005 * first.decisions.length } }])).toEqual([]);
  });
});
