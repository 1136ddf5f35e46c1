import type { RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { notesSection } from "./html/sections/notes.ts";
import { routedLines } from "./routed.ts";
import { renderComparisonTable, renderRunTable } from "./table.ts";

describe("what was routed where", () => {
  const result = fixture({ hours: 1, policies: ["canary"], deployments: ["small", "large"] });
  const [run] = result.runs as [RunResult];
  const fates = { ...run.requests, arrived: 1000 };
  const routed: RunResult = {
    ...run,
    requests: fates,
    unknownModelRequests: 3,
    streams: run.streams.map((stream) => ({ ...stream, deployment: null })),
    deployments: run.deployments.map((deployment, i) => ({
      ...deployment,
      requests: { ...fates, arrived: i === 0 ? 897 : 100 },
      attainment: 0.95,
    })),
  };
  const lines = [
    "canary: of 1,000 requests went to small 89.7% (95.0% of them met every objective), to large 10.0% (95.0% of them met every objective).",
    "canary: 3 requests named a model nobody serves, and got an error.",
  ];

  it("is told where a model's route decides", () => {
    expect(routedLines([routed])).toEqual(lines);
    expect(routedLines([run])).toEqual([]);
  });

  it("is said in the terminal and on the page", () => {
    const routedResult = { ...result, runs: [routed] };
    for (const line of lines) {
      expect(renderComparisonTable(routedResult, { width: 400 })).toContain(line);
      expect(renderRunTable(routed, { width: 400 })).toContain(line);
      expect(notesSection(routedResult).markup).toContain(line);
    }
  });
});
