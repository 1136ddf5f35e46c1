import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RangePool } from "./range-pool.ts";

const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(0)), { maxLength: 120 });

describe("a pool of ranges", () => {
  it("gives out ranges that never overlap, and continues so after being saved and restored", () => {
    fc.assert(
      fc.property(steps, fc.nat(120), (lengths, savedAt) => {
        let pool = new RangePool();
        const live: { start: number; length: number; mark: number }[] = [];
        lengths.forEach((length, i) => {
          if (i === savedAt) {
            const copy = new RangePool();
            copy.restore(structuredClone(pool.save()));
            pool = copy;
          }
          const oldest = length === 0 ? live.shift() : undefined;
          if (oldest !== undefined) pool.give(oldest.start, oldest.length);
          if (length === 0) return;
          const start = pool.take(length);
          pool.values.fill(i, start, start + length);
          live.push({ start, length, mark: i });
        });
        for (const { start, length, mark } of live)
          expect(Array.from(pool.values.subarray(start, start + length))).toEqual(Array.from({ length }, () => mark));
      }),
    );
  });

  it("uses ranges again, so that it grows with what is in use and not with what ever was", () => {
    const pool = new RangePool();
    for (let i = 0; i < 10_000; i++) pool.give(pool.take(24), 24);
    expect(pool.values.length).toBe(256);
  });
});
