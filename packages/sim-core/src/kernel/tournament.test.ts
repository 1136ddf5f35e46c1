import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tournament } from "./tournament.ts";

const keys = fc.constantFrom(0, 1, 2, 3, Number.POSITIVE_INFINITY);
const changes = fc.array(fc.record({ index: fc.nat(70), key: keys, rank: fc.constantFrom(0, 3) }), { minLength: 1, maxLength: 200 });

describe("the tournament", () => {
  it("always knows the smallest key, and whether it has it alone; the lower rank wins a tie, then the lower index", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const tournament = new Tournament();
        const plain = new Map<number, { key: number; rank: number }>();
        for (const { index, key, rank } of list) {
          tournament.set(index, key, rank);
          plain.set(index, { key, rank });
          const [best] = [...plain].sort(([i, a], [j, b]) => (a.key === b.key ? a.rank - b.rank || i - j : a.key - b.key));
          const [winner, { key: smallest, rank: itsRank }] = best as [number, { key: number; rank: number }];
          expect(tournament.key).toBe(smallest);
          if (smallest === Number.POSITIVE_INFINITY) continue;
          expect(tournament.winner).toBe(winner);
          expect(tournament.rank).toBe(itsRank);
          expect(tournament.isAlone(winner)).toBe([...plain].every(([i, other]) => i === winner || other.key > smallest));
        }
      }),
    );
  });
});
