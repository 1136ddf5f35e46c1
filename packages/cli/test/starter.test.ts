import { builtinPolicies } from "@replicast/policies";
import { compare, load, memoryFiles, type RunOptions } from "replicast";
import { expect, it } from "vitest";
import { STARTER_FILES } from "../src/starter-files.ts";

const POLICIES = ["fixed 5", "HPA on running requests"];

// Some ten seconds; a lesson that another seed contradicts would be none.
it("teaches the same with whatever seed: the HPA meets the SLO for less than a fleet sized for the peak", {
  timeout: 300_000,
}, async () => {
  const cache: NonNullable<RunOptions["cache"]> = new Map();
  for (const seed of ["1", "2", "3", "4"]) {
    const scenario = await load("scenario.yaml", { files: memoryFiles(STARTER_FILES), policies: builtinPolicies, seed });
    const { ranking, runs } = await compare(scenario, { policies: POLICIES, cache });
    const [fixed, hpa] = runs.map(({ cost }) => cost.monthlyUsd) as [number, number];
    expect({ seed, ranking, met: runs.map(({ slo }) => slo.met) }).toEqual({ seed, ranking: [...POLICIES].reverse(), met: [true, true] });
    expect(hpa / fixed, `seed ${seed}`).toBeLessThan(0.9);
  }
});
