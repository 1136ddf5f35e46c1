import type { BlameResult } from "@replicast/sim-core";
import { BLAME_CAUSES } from "@replicast/sim-core/score";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { causeTotals, idleSentences, lateSentences, renderBlame } from "./blame.ts";
import { CAUSE_WORDS } from "./blame-words.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { renderComparisonTable, renderRunTable } from "./table.ts";

const BLAME: BlameResult = {
  rows: [
    { deployment: "chat", cause: "pull", shortageSeconds: 90, violations: 60, idleUsd: 0 },
    { deployment: "chat", cause: "min", shortageSeconds: 0, violations: 0, idleUsd: 3 },
    { deployment: "code", cause: "pull", shortageSeconds: 30, violations: 2, idleUsd: 0 },
    { deployment: "code", cause: "stabilization", shortageSeconds: 5, violations: 38, idleUsd: 1 },
  ],
  violations: 100,
  unexplained: 0,
  idleUsd: 4,
};
const RUN = { policy: "HPA", blame: BLAME };

describe("the blame of a run", () => {
  it("adds deployments up, in the order of a load's way to its answer", () => {
    expect(causeTotals(RUN)).toEqual([
      { cause: "stabilization", shortageSeconds: 5, violations: 38, idleUsd: 1 },
      { cause: "min", shortageSeconds: 0, violations: 0, idleUsd: 3 },
      { cause: "pull", shortageSeconds: 120, violations: 62, idleUsd: 0 },
    ]);
  });

  it("says in a sentence what most late requests waited for, and where, and what kept most idle dollars", () => {
    expect(lateSentences(RUN)).toEqual(["HPA: 62.0% of the 100 late requests waited for the image pull (chat)."]);
    expect(idleSentences(RUN)).toEqual(["HPA: 75.0% of the idle dollars were kept by the minimum."]);
  });

  it("says nothing where nothing was late, nothing idle, or nothing recorded", () => {
    const none = { policy: "HPA", blame: { rows: [], violations: 0, unexplained: 0, idleUsd: 0 } };
    for (const run of [none, { policy: "old" }]) {
      expect([...lateSentences(run), ...idleSentences(run), ...renderBlame(run)]).toEqual([]);
    }
  });

  it("is a table with seconds, requests and dollars", () => {
    expect(renderBlame(RUN).join("\n")).toMatchInlineSnapshot(`
      "held up, or kept, by  short of replicas  late requests         idle dollars
      ────────────────────  ─────────────────  ─────────────  ─────  ────────────  ─────
      stabilised                       5.00 s             38  38.0%         $1.00  25.0%
      minimum                                                               $3.00  75.0%
      image pull                        2 min             62  62.0%"
    `);
  });

  it("has words for every cause", () => {
    expect(Object.keys(CAUSE_WORDS)).toEqual(BLAME_CAUSES);
  });

  it("stands in every report", () => {
    const result = fixture({ hours: 24 });
    const run = result.runs[0];
    if (run === undefined) throw new Error("no run");
    expect(renderRunTable(run)).toContain("held up, or kept, by");
    expect(renderComparisonTable(result).replaceAll(/\s+/g, " ")).toContain("late requests waited for the image pull");
    expect(renderComparisonMarkdown(result)).toContain("## Whose fault it was");
  });
});
