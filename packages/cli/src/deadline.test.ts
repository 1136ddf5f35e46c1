import { type Fact, LimitError } from "replicast";
import { expect, it } from "vitest";
import { createDeadline } from "./deadline.ts";

const FACT: Fact = { kind: "node-stage", timeSeconds: 12, node: "n", pool: "p", stage: "Joined" };

it("ends a run once its time is up, and not before", () => {
  let now = 100;
  const observe = createDeadline(5, () => now);
  const thousandFacts = (): void => {
    for (let i = 0; i < 1000; i++) observe(FACT);
  };
  now = 104.9;
  expect(thousandFacts).not.toThrow();
  now = 105.1;
  expect(thousandFacts).toThrow(LimitError);
});
