import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeBlocks } from "./kv-cache.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 });
const blocksOf = (all: readonly number[], blockTokens: number): number =>
  all.reduce((sum, length) => sum + Math.ceil(length / blockTokens), 0);

describe("KV blocks of decoding sequences", () => {
  it("equal the sum over the sequences, however far they have decoded", () => {
    fc.assert(
      fc.property(lengths, fc.constantFrom(1, 8, 16), fc.nat(1000), fc.nat(300), (all, blockTokens, step, ahead) => {
        const blocks = new DecodeBlocks(blockTokens);
        for (const length of all) blocks.add(length - step, step);
        expect(blocks.used(step, ahead)).toBe(
          blocksOf(
            all.map((length) => length + ahead),
            blockTokens,
          ),
        );
        blocks.advance(ahead);
        expect(blocks.used(step + ahead, 0)).toBe(
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
        const blocks = new DecodeBlocks(blockTokens);
        for (const length of all) blocks.add(length, 0);
        const capacity = blocks.used(0, 1) + spare;
        let steps = 1;
        while (
          steps < limit &&
          blocksOf(
            all.map((length) => length + steps + 1),
            blockTokens,
          ) <= capacity
        )
          steps++;
        expect(blocks.stepsThatFit(0, limit, capacity)).toBe(steps);
      }),
    );
  });
});
