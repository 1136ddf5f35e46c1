import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FreeBlocks } from "./free-blocks.ts";

const NAMELESS = "-";

/** Units of 6 blocks: what is free of each is a row of blocks up to the last cached one, as prefixes are used from the start. */
const UNITS = 3;
const UNIT_BLOCKS = 6;

const operations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("nameless" as const), blocks: fc.nat(5) }),
    fc.record({ kind: fc.constant("free" as const), unit: fc.nat(UNITS - 1), blocks: fc.integer({ min: 1, max: UNIT_BLOCKS }) }),
    fc.record({ kind: fc.constant("reclaim" as const), unit: fc.nat(UNITS - 1), blocks: fc.integer({ min: 1, max: UNIT_BLOCKS }) }),
    fc.record({ kind: fc.constant("use" as const), blocks: fc.integer({ min: 1, max: 8 }) }),
    fc.constant({ kind: "save" as const }),
  ),
  { maxLength: 80 },
);

describe("the queue of free blocks", () => {
  it("hands out blocks in the order in which they were freed, whatever is taken back in between", () => {
    fc.assert(
      fc.property(operations, (all) => {
        let free = new FreeBlocks();
        let queue: string[] = [];
        const cached = Array.from({ length: UNITS }, () => UNIT_BLOCKS);
        const extent = Array.from({ length: UNITS }, () => UNIT_BLOCKS);
        const lowest = Array.from({ length: UNITS }, () => -1);
        const at = (list: readonly number[], unit: number): number => list[unit] as number;
        for (const operation of all) {
          if (operation.kind === "nameless") {
            free.appendNameless(operation.blocks);
            queue.push(...Array.from({ length: operation.blocks }, () => NAMELESS));
          } else if (operation.kind === "free") {
            const { unit } = operation;
            const from = Math.max(0, at(extent, unit) - operation.blocks);
            const to = at(extent, unit);
            if (from === to) continue;
            lowest[unit] = free.appendUnit(unit, from, to, at(lowest, unit));
            extent[unit] = from;
            for (let block = to - 1; block >= from; block--) queue.push(`${unit}/${block}`);
          } else if (operation.kind === "reclaim") {
            const { unit } = operation;
            const to = Math.min(at(cached, unit), at(extent, unit) + operation.blocks);
            if (to === at(extent, unit)) continue;
            lowest[unit] = free.reclaim(at(lowest, unit), to);
            queue = queue.filter((name) => !(name.startsWith(`${unit}/`) && Number(name.slice(2)) < to));
            extent[unit] = to;
          } else if (operation.kind === "use") {
            const before = cached.slice();
            free.shrinkTo(Math.max(0, queue.length - operation.blocks), (unit, left, isLowestGone) => {
              cached[unit] = left;
              if (isLowestGone) lowest[unit] = -1;
            });
            const gone = queue.splice(0, operation.blocks).filter((name) => name !== NAMELESS);
            before.forEach((blocks, unit) => {
              expect(blocks - at(cached, unit)).toBe(gone.filter((name) => name.startsWith(`${unit}/`)).length);
            });
          } else {
            const copy = new FreeBlocks();
            copy.restore(structuredClone(free.save()));
            free = copy;
          }
          expect(free.count).toBe(queue.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});
