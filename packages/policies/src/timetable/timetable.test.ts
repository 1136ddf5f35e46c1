import { describe, expect, it } from "vitest";
import { configOf, testContext } from "../testing.ts";
import { timetable } from "./timetable.ts";

const config = configOf(timetable, {
  steps: [
    [0, 2],
    [90.5, 4],
  ],
});

describe("a timetable", () => {
  it("has a timer for each step, which fires once in any run", () => {
    expect(timetable.timers(config)).toEqual([
      { name: "0", periodSeconds: 1e9, phaseSeconds: 0 },
      { name: "1", periodSeconds: 1e9, phaseSeconds: 90.5 },
    ]);
  });

  it("asks for the replicas of the step whose timer has fired, whatever there is", () => {
    const observation = { nowSeconds: 90.5, timer: "1", scale: { specReplicas: 7, statusReplicas: 7 }, pods: [], metrics: {} };
    expect(timetable.decide(observation, null, config).decision).toEqual({
      desiredReplicas: 4,
      reason: "Timetable",
      evidence: { fromSeconds: 90.5, step: 1 },
    });
  });

  it("refuses steps that are not in the order of time", () => {
    const parsed = timetable.parseConfig(
      {
        steps: [
          [5, 1],
          [5, 2],
        ],
      },
      testContext(),
    );
    expect(parsed.ok ? [] : parsed.issues).toEqual([{ code: "out_of_range", path: ["steps", 1, 0], data: { minimum: 5, actual: 5 } }]);
  });
});
