import { describe, expect, it } from "vitest";
import { told } from "./quiet.ts";

const decision = { desiredReplicas: 2, reason: "Same", evidence: {} };

describe("a decision that repeats what is on record", () => {
  const first = told({ told: null }, decision, 10, 2);

  it("is told once, and again after a minute", () => {
    expect(first.decision).toEqual(decision);
    expect(told(first.state, decision, 69.9, 2)).toEqual({ state: first.state, isQuiet: true });
    expect(told(first.state, decision, 70, 2).decision).toEqual(decision);
  });

  it.each([
    { changed: { ...decision, desiredReplicas: 3 }, spec: 3, because: "the count is another" },
    { changed: { ...decision, reason: "Other" }, spec: 2, because: "the reason is another" },
    { changed: decision, spec: 1, because: "somebody else has changed what is asked for" },
  ])("is told at once when $because", ({ changed, spec }) => {
    expect(told(first.state, changed, 12, spec).decision).toEqual(changed);
  });
});
