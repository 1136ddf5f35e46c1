import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerHistory } from "../record/ledger.ts";
import { splitServing } from "./needed.ts";

type Steps = LedgerHistory["servingGpus"];

const history = (pool: number, servingGpus: Steps): LedgerHistory => ({ deployment: 0, pool, scaleUpEvents: 0, servingGpus });

describe("what the load needed of what served", () => {
  it("is the smaller of ready and required, the buffer is ready above required", () => {
    const ready = history(0, [
      [0, 8],
      [100, 4],
      [200, 0],
    ]);
    // GPUs: ready 8 for 100 µs, then 4; required one replica of 4 to 50 µs, three to 150 µs, then none.
    const required: Steps = [
      [0, 1],
      [50, 3],
      [150, 0],
    ];
    expect(splitServing([ready], required, 4)).toEqual([
      { pool: 0, neededMicroseconds: BigInt(4 * 50 + 8 * 50 + 4 * 50), bufferMicroseconds: BigInt(4 * 50 + 4 * 50) },
    ]);
  });

  it("is all buffer when nothing is offered", () => {
    const ready = history(0, [
      [0, 4],
      [10, 0],
    ]);
    for (const required of [[], [[0, 0]]] as Steps[]) {
      expect(splitServing([ready], required, 4)).toEqual([{ pool: 0, neededMicroseconds: 0n, bufferMicroseconds: 40n }]);
    }
  });

  it("is found on the first pool first", () => {
    const step: Steps = [
      [0, 8],
      [10, 0],
    ];
    const [first, second] = splitServing([history(1, step), history(0, step)], [[0, 3]], 4);
    expect(first).toEqual({ pool: 1, neededMicroseconds: 80n, bufferMicroseconds: 0n });
    expect(second).toEqual({ pool: 0, neededMicroseconds: 40n, bufferMicroseconds: 40n });
  });

  it("adds up to what served, and never exceeds what was required", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat(9)), { maxLength: 20 }).map((raw) => {
      let at = 0;
      return raw.map(([gap, value]) => {
        at += gap;
        return [at, value] as const;
      });
    });
    fc.assert(
      fc.property(steps, steps, steps, (a, b, required) => {
        const end = 30_000;
        const split = splitServing([history(0, [...a, [end, 0]]), history(1, [...b, [end, 0]])], required, 1);
        const served = (each: Steps) => area([...each, [end, 0]]);
        expect(split.map(({ neededMicroseconds, bufferMicroseconds }) => neededMicroseconds + bufferMicroseconds)).toEqual([
          served(a),
          served(b),
        ]);
        const needed = split.reduce((sum, { neededMicroseconds }) => sum + neededMicroseconds, 0n);
        expect(needed <= area([...required, [end, 0]])).toBe(true);
      }),
    );
  });
});

function area(steps: Steps): bigint {
  let sum = 0;
  steps.forEach(([from, value], i) => {
    sum += value * ((steps[i + 1]?.[0] ?? from) - from);
  });
  return BigInt(sum);
}
