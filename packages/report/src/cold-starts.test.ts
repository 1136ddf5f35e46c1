import type { PodRecord } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { coldStarts, meanParts } from "./cold-starts.ts";

const pod = (stages: PodRecord["stages"]): PodRecord => ({ name: "p", deployment: "d", nodePool: "n", node: "n-1", stages, cause: null });

it("measures from creation to the first Ready, part by part", () => {
  const [start] = coldStarts([
    pod([
      [10, "Unschedulable"],
      [70, "Scheduled"],
      [72, "Pulling"],
      [90, "Loading"],
      [150, "WarmingUp"],
      [160, "Ready"],
      [500, "Interrupted"],
      [520, "Ready"],
    ]),
  ]);
  expect(start?.totalSeconds).toBe(150);
  expect(start?.partSeconds).toEqual({ Unschedulable: 60, Scheduled: 2, Pulling: 18, Loading: 60, WarmingUp: 10 });
});

it("leaves out pods that the run begins with, and says when one never became ready", () => {
  const starts = coldStarts([
    pod([[0, "Ready"]]),
    pod([
      [5, "Scheduled"],
      [7, "Loading"],
      [30, "Gone"],
    ]),
    pod([]),
  ]);
  expect(starts.map(({ totalSeconds }) => totalSeconds)).toEqual([null]);
  expect(meanParts(starts)).toEqual([null, null, null, null, null]);
});

it("averages parts over the pods that became ready, those without the part as 0", () => {
  const starts = coldStarts([
    pod([
      [0, "Unschedulable"],
      [40, "Loading"],
      [60, "Ready"],
    ]),
    pod([
      [0, "Loading"],
      [30, "Ready"],
    ]),
  ]);
  expect(meanParts(starts)).toEqual([20, 0, 0, 25, 0]);
});
