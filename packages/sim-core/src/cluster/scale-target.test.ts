import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PodStage } from "../domain/facts.ts";
import { logAge, type Victim, victimsFirst } from "./scale-target.ts";

const NOW = 10_000;

function pod(index: number, changes: Partial<Victim> = {}): Victim {
  return { index, stage: "Ready", node: index, uid: 0.5, createdSeconds: 0, readyChangedSeconds: 0, restarts: 0, ...changes };
}

const firstOf = (a: Partial<Victim>, b: Partial<Victim>): string =>
  victimsFirst([pod(1, b), pod(0, a)], NOW)[0]?.index === 0 ? "first" : "second";

describe("the order of victims", () => {
  it.each<{ first: Partial<Victim>; second: Partial<Victim>; because: string }>([
    { first: { stage: "Unschedulable", node: -1 }, second: { stage: "Scheduled" }, because: "unassigned goes before assigned" },
    { first: { stage: "Pulling" }, second: { stage: "Loading" }, because: "pending goes before running" },
    { first: { stage: "WarmingUp" }, second: { stage: "Ready" }, because: "not ready goes before ready" },
    { first: { stage: "Interrupted", restarts: 1 }, second: { stage: "Ready" }, because: "an interrupted pod is not ready" },
    {
      first: { readyChangedSeconds: NOW - 100 },
      second: { readyChangedSeconds: NOW - 300 },
      because: "ready for a shorter time goes first",
    },
    {
      first: { readyChangedSeconds: NOW - 200, uid: 0.1 },
      second: { readyChangedSeconds: NOW - 140, uid: 0.2 },
      because: "140 s and 200 s are one octave: the identifier decides",
    },
    { first: { stage: "Loading", restarts: 2 }, second: { stage: "Loading", restarts: 1 }, because: "more restarts go first" },
    {
      first: { stage: "Loading", createdSeconds: NOW - 10 },
      second: { stage: "Loading", createdSeconds: NOW - 100 },
      because: "newer goes first",
    },
    {
      first: { stage: "Scheduled", createdSeconds: NOW },
      second: { stage: "Scheduled", createdSeconds: NOW - 1 },
      because: "age zero has a bucket below all",
    },
  ])("deletes the first: $because", ({ first, second }) => {
    expect(firstOf(first, second)).toBe("first");
    expect(firstOf(second, first)).toBe("second");
  });

  it("deletes where more pods share the node, however long they have been ready", () => {
    const pods = [pod(0, { node: 7 }), pod(1, { node: 8, readyChangedSeconds: NOW - 1 }), pod(2, { node: 7 })];
    expect(victimsFirst(pods, NOW).map(({ index }) => index)).toEqual([0, 2, 1]);
  });

  it("looks at the deletion cost before it looks at neighbours", () => {
    const pods = [pod(0, { node: 7, deletionCost: 3 }), pod(1, { node: 8, deletionCost: 2 }), pod(2, { node: 7, deletionCost: 4 })];
    expect(victimsFirst(pods, NOW).map(({ index }) => index)).toEqual([1, 0, 2]);
  });

  it("counts pods of other revisions on a node, though they are not to go", () => {
    const pods = [pod(0, { node: 1 }), pod(1, { node: 2 })];
    const others = [pod(2, { node: 2 }), pod(3, { node: 2 })];
    expect(victimsFirst(pods, NOW)[0]?.index).toBe(0);
    expect(victimsFirst(pods, NOW, [...pods, ...others])[0]?.index).toBe(1);
  });

  it("is the same for every order of the list", () => {
    const stages: readonly PodStage[] = ["Unschedulable", "Scheduled", "Pulling", "Loading", "WarmingUp", "Ready", "Interrupted"];
    const anyPod = fc.record({
      stage: fc.constantFrom(...stages),
      node: fc.integer({ min: 0, max: 2 }),
      uid: fc.constantFrom(0.1, 0.2, 0.3),
      createdSeconds: fc.integer({ min: 0, max: NOW }),
      readyChangedSeconds: fc.integer({ min: 0, max: NOW }),
      restarts: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(anyPod, { maxLength: 12 }), fc.infiniteStream(fc.nat(1000)), (raw, keys) => {
        const pods = raw.map((fields, index) => ({ ...fields, index, node: fields.stage === "Unschedulable" ? -1 : fields.node }));
        const shuffled = pods.map((each) => ({ each, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
        expect(
          victimsFirst(
            shuffled.map(({ each }) => each),
            NOW,
          ),
        ).toEqual(victimsFirst(pods, NOW));
      }),
    );
  });
});

describe("age on the logarithmic scale", () => {
  it.each([
    { seconds: 0, rank: -1, because: "no age" },
    { seconds: 1e-9, rank: 0, because: "2^0 ns" },
    { seconds: 17.1, rank: 33, because: "the edge lies at 2^34 ns = 17.18 s" },
    { seconds: 17.2, rank: 34, because: "just above it" },
    { seconds: 137.4, rank: 36, because: "below 2^37 ns = 137.44 s" },
    { seconds: 137.5, rank: 37, because: "above it" },
  ])("puts $seconds s into octave $rank: $because", ({ seconds, rank }) => {
    expect(logAge(seconds)).toBe(rank);
  });
});
