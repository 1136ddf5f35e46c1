import { describe, expect, it } from "vitest";
import { departures, startsOf } from "./departures.ts";

const plan = (replicas: readonly number[]) => ({ replicas: Int32Array.from(replicas), slotSeconds: 60 });

describe("a timetable", () => {
  it.each([
    {
      replicas: [1, 1, 1, 2, 2],
      steps: [
        [0, 1],
        [90, 2],
      ],
      because: "a start of 90 s before 180 s is asked for at 90 s",
    },
    {
      replicas: [2, 2, 1, 1],
      steps: [
        [0, 2],
        [120, 1],
      ],
      because: "fewer are asked for when fewer are wanted",
    },
    {
      replicas: [1, 1, 0, 0, 1],
      steps: [
        [0, 1],
        [120, 0],
        [150, 1],
      ],
      because: "what is asked for in a pause waits for its time",
    },
    { replicas: [1, 2, 2], steps: [[0, 2]], because: "nothing can be asked for before the beginning" },
    { replicas: [3, 3], steps: [[0, 3]], because: "it begins with what is wanted at once" },
    {
      replicas: [1, 1, 2, 3, 3],
      steps: [
        [0, 1],
        [30, 2],
        [90, 3],
      ],
      because: "a second start begins before the first one is over",
    },
  ])("for $replicas is $steps: $because", ({ replicas, steps }) => {
    expect(departures(plan(replicas), 1, () => 90)).toEqual(steps);
  });

  it("gives each start the time that it takes, and several at once the longest of theirs", () => {
    const seconds = [30, 100, 50];
    expect(departures(plan([1, 1, 2, 2, 4, 4]), 1, (ordinal) => seconds[ordinal] ?? 0)).toEqual([
      [0, 1],
      [90, 2],
      [140, 4],
    ]);
  });
});

it("learns how long each start of a run took, until requests could reach the replica", () => {
  const pod = (deployment: string, createdSeconds: number, parts?: readonly (readonly [number, "probe" | "routable"])[]) => ({
    name: "p",
    deployment,
    nodePool: null,
    node: null,
    stages: [[createdSeconds, "Scheduled"] as const],
    cause: null,
    ...(parts === undefined ? {} : { parts }),
  });
  const pods = [
    pod("chat", 0),
    pod("chat", 10, [
      [10, "probe"],
      [75, "routable"],
    ]),
    pod("other", 10, [
      [10, "probe"],
      [99, "routable"],
    ]),
    pod("chat", 20, [[20, "probe"]]),
  ];
  expect(startsOf({ pods }, "chat")).toEqual([65, undefined]);
});
