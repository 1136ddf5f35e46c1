import { expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly nodes: number;
  readonly monthlyUsd: number;
  readonly ttftP95Seconds: number;
}

const outcome = (name: string): Outcome => expectedDigest(`one-pod-four-nodes/${name}`)?.policies["two"] as unknown as Outcome;

it("buys four nodes for one pod where no label speaks of GPUs, and one where it does", () => {
  const [unlabelled, labelled] = [outcome("unlabelled"), outcome("labelled")];
  // One is there from the start.
  expect([unlabelled.nodes, labelled.nodes]).toEqual([5, 2]);
  expect(unlabelled.monthlyUsd).toBeGreaterThan(1.3 * labelled.monthlyUsd);
  expect(unlabelled.ttftP95Seconds).toBe(labelled.ttftP95Seconds);
});
