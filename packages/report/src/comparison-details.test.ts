import type { DeploymentResult, PodRecord, RunResult, StartPart } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { latenessLines, unitCostLines } from "./comparison-details.ts";

type Parts = readonly (readonly [number, StartPart])[];

function runOf(policy: string, starts: readonly Parts[], changes: Partial<RunResult> = {}): RunResult {
  const pods = starts.map((parts, i): PodRecord => {
    return { name: `chat-${i}`, deployment: "chat", nodePool: "h100", node: null, stages: [], cause: null, parts };
  });
  const chat = { name: "chat", required: [], ready: [] } as unknown as DeploymentResult;
  const cost = { perMillionOutputTokensUsd: 2.5, perGoodRequestUsd: 0.004, wastedTokensUsd: 0.5 };
  return { policy, pods, nodes: [], deployments: [chat], decisions: [], wastedTokens: 1200, cost, ...changes } as unknown as RunResult;
}

const SLOW: Parts = [
  [0, "pull"],
  [60, "load"],
  [100, "endpoints"],
  [102, "routable"],
];
const WARM: Parts = [
  [0, "load"],
  [20, "routable"],
];

describe("below a comparison", () => {
  it("stands what a unit of work costs, and what tokens that reached nobody cost", () => {
    const [, heading, , row] = unitCostLines([runOf("hpa", [])], 120, {});
    expect(heading).toMatch(/per 1M output tokens +per good request +tokens for nothing +their cost$/);
    expect(row).toMatch(/^hpa +\$2\.5.* +\$0\.004.* +1,200 +\$0\.50+$/);
  });

  it("has no price for what an older release did not price", () => {
    const { wastedTokensUsd: _, ...cost } = runOf("hpa", []).cost;
    expect(unitCostLines([runOf("hpa", [], { cost })], 120, {}).at(-1)).toMatch(/1,200 +–$/);
  });

  it("stands where the time went before a replica was reached, a column for each part that any policy had", () => {
    const lines = latenessLines([runOf("hpa", [SLOW]), runOf("warm", [WARM]), runOf("fixed", [])], 120, {});
    expect(lines[1]).toMatch(/^late, in the mean +image pull +weights +endpoints +in total$/);
    expect(lines.slice(3).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["hpa", "60.0 s", "40.0 s", "2.00 s", "102 s"],
      ["warm", "–", "20.0 s", "–", "20.0 s"],
      ["fixed", "–", "–", "–", "–"],
    ]);
  });

  it("loses the shortest part first where it does not fit, by name, and never the total", () => {
    const lines = latenessLines([runOf("hpa", [SLOW])], 50, {});
    expect(lines[1]).toMatch(/image pull +weights +in total$/);
    expect(lines.at(-1)).toBe("Not shown at this width: endpoints.");
  });

  it("stands nothing of starts where no policy started a replica", () => {
    expect(latenessLines([runOf("fixed", [])], 120, {})).toEqual([]);
  });
});
