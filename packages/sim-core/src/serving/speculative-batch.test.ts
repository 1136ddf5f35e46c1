import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplicaColumns } from "./replica-columns.ts";
import { RequestTable } from "./request-table.ts";
import { stepTokensOf } from "./speculation.ts";
import { SpeculativeBatch } from "./speculative-batch.ts";

interface Sequence {
  readonly prompt: number;
  readonly output: number;
  readonly rate: number;
}

const sequences = fc.array(
  fc.record({
    prompt: fc.integer({ min: 1, max: 300 }),
    output: fc.integer({ min: 2, max: 300 }),
    rate: fc.integer({ min: 1024, max: 6000 }),
  }),
  { minLength: 1, maxLength: 20 },
);

interface Rig {
  readonly batch: SpeculativeBatch;
  readonly row: number;
  readonly table: RequestTable;
  readonly slots: readonly number[];
}

/** The sequences on the second replica of a deployment. */
function batchOf(all: readonly Sequence[]): Rig {
  const table = new RequestTable();
  const columns = new ReplicaColumns(table, 16);
  columns.take(0);
  const row = columns.take(1);
  const batch = new SpeculativeBatch(table, columns, 16);
  const slots = all.map(({ prompt, output, rate }, i) => {
    const slot = table.take();
    table.admission[slot] = i;
    table.promptTokens[slot] = prompt;
    table.computedTokens[slot] = prompt;
    table.outputTokens[slot] = output;
    table.emittedTokens[slot] = 1;
    table.stepTokens[slot] = rate;
    batch.join(row, slot);
    return slot;
  });
  return { batch, row, table, slots };
}

describe("decoding with speculation", () => {
  it("brings the last of n tokens after the first with step ⌈n ÷ rate⌉, at least one token a step and no more than there are", () => {
    fc.assert(
      fc.property(sequences, (all) => {
        for (const sequence of all) {
          const { batch, row, table, slots } = batchOf([sequence]);
          const [slot] = slots as [number];
          const steps = Math.ceil(((sequence.output - 1) * 1024) / sequence.rate);
          expect(batch.stepsToChange(row, 1e9)).toBe(steps);
          let before = batch.lengthOf(row, slot);
          for (let step = 1; step <= steps; step++) {
            expect(batch.finished(row)).toBe(-1);
            batch.advance(row, 1);
            expect(batch.lengthOf(row, slot)).toBeGreaterThan(before);
            before = batch.lengthOf(row, slot);
          }
          expect(batch.finished(row)).toBe(slot);
          batch.leave(row, slot);
          expect(table.emittedTokens[slot]).toBe(sequence.output);
          expect([batch.contextTokens(row), batch.tokensPerStep(row), batch.generated(row, 0)]).toEqual([0, 0, sequence.output - 1]);
        }
      }),
    );
  });

  it("lasts exactly as many steps within some blocks as counting step by step shows", () => {
    fc.assert(
      fc.property(sequences, fc.nat(80), (all, spare) => {
        const { batch, row } = batchOf(all);
        const blocks = batch.usedBlocks(row, 1) + spare;
        const end = batch.stepsToChange(row, 1e9);
        let steps = 1;
        while (steps < end && batch.usedBlocks(row, steps + 1) <= blocks) steps++;
        expect(batch.stepsToChange(row, blocks)).toBe(steps);
        expect(batch.usedNextAtMost(row)).toBeGreaterThanOrEqual(batch.usedBlocks(row, 1));
      }),
    );
  });

  it.each([
    { value: 2.5, expected: 2560, because: "2.5 tokens a step, in 1/1024" },
    { value: 1, expected: 1024, because: "nothing is ever accepted" },
    { value: 9, expected: 4096, because: "3 drafts bring 4 tokens at most" },
    { value: 0.2, expected: 1024, because: "the model's own token always comes" },
  ])("keeps $value tokens a step as $expected: $because", ({ value, expected }) => {
    expect(stepTokensOf({ draftTokens: 3, tokensPerStep: { kind: "constant", value }, draftOverheadSeconds: 0 })(0.5)).toBe(expected);
  });
});
