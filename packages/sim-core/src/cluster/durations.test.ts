import { expect, it } from "vitest";
import { CLUSTER, clusterWith } from "../../test/cluster-rig.ts";
import { expectedColdStartSeconds } from "./durations.ts";

it("expects the mean of every part of a cold start, half a scan and half a probe period included", () => {
  // 10/2 scan + 100 provision + 20 allocatable + 1 schedule + 20 pull + 30 load + 9 warm-up
  expect(expectedColdStartSeconds(CLUSTER, "chat")).toBe(185);
  expect(expectedColdStartSeconds(clusterWith({ lifecycle: { readinessPeriodSeconds: 10 } }), "chat")).toBe(190);
});

it("has no answer for a deployment that does not exist", () => {
  expect(expectedColdStartSeconds(CLUSTER, "other")).toBeNaN();
});
