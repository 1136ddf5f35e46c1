import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeBlocks } from "./kv-cache.ts";
import { ReplicaColumns } from "./replica-columns.ts";
import { RequestTable } from "./request-table.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 });
const blocksOf = (all: readonly number[], blockTokens: number): number =>
  all.reduce((sum, length) => sum + Math.ceil(length / blockTokens), 0);

/** Sequences of these lengths on the second replica of a deployment, at a step of its counter. */
function blocksWith(
  all: readonly number[],
  blockTokens: number,
  step: number,
): { blocks: DecodeBlocks; columns: ReplicaColumns; row: number } {
  const columns = new ReplicaColumns(new RequestTable(), blockTokens);
  columns.take(0);
  const row = columns.take(1);
  const blocks = new DecodeBlocks(columns, blockTokens);
  columns.step[row] = step;
  columns.sequences[row] = all.length;
  for (const length of all) blocks.add(row, length - step);
  return { blocks, columns, row };
}

describe("KV blocks of decoding sequences", () => {
  it("equal the sum over the sequences, however far they have decoded", () => {
    fc.assert(
      fc.property(lengths, fc.constantFrom(1, 8, 16), fc.nat(1000), fc.nat(300), (all, blockTokens, step, ahead) => {
        const { blocks, columns, row } = blocksWith(all, blockTokens, step);
        expect(blocks.used(row, ahead)).toBe(
          blocksOf(
            all.map((length) => length + ahead),
            blockTokens,
          ),
        );
        blocks.advance(row, ahead);
        columns.step[row] = step + ahead;
        expect(blocks.used(row, 0)).toBe(
          blocksOf(
            all.map((length) => length + ahead),
            blockTokens,
          ),
        );
      }),
    );
  });

  it("last exactly as many steps as stepping one by one shows", () => {
    fc.assert(
      fc.property(lengths, fc.constantFrom(1, 8, 16), fc.integer({ min: 1, max: 200 }), fc.nat(60), (all, blockTokens, limit, spare) => {
        const { blocks, row } = blocksWith(all, blockTokens, 0);
        const capacity = blocks.used(row, 1) + spare;
        let steps = 1;
        while (
          steps < limit &&
          blocksOf(
            all.map((length) => length + steps + 1),
            blockTokens,
          ) <= capacity
        )
          steps++;
        expect(blocks.stepsThatFit(row, limit, capacity)).toBe(steps);
      }),
    );
  });
});
