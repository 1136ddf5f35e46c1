import { describe, expect, it } from "vitest";
import { chainKeys } from "./prefix-keys.ts";

function keysOf(ids: readonly number[], namespace = 0): readonly number[] {
  const keys = new Float64Array(ids.length + 1);
  chainKeys({ namespace, unitTokens: 512, count: ids.length, ids: Float64Array.from(ids) }, keys, 1);
  return [...keys.subarray(1)];
}

describe("keys of units of text", () => {
  it("are equal exactly as long as all ids so far are", () => {
    expect(keysOf([4, 5, 6]).slice(0, 2)).toEqual(keysOf([4, 5, 7]).slice(0, 2));
    expect(keysOf([4, 5, 6])[2]).not.toBe(keysOf([4, 5, 7])[2]);
    expect(keysOf([1, 5])[1], "same id after other text").not.toBe(keysOf([2, 5])[1]);
  });

  it("differ between namespaces, and for ids that differ beyond 32 bits", () => {
    expect(keysOf([4], 0)).not.toEqual(keysOf([4], 1));
    expect(keysOf([7])).not.toEqual(keysOf([7 + 2 ** 32]));
  });

  it("are whole numbers of 53 bits, all different among 200,000 units", () => {
    const seen = new Set<number>();
    for (let id = 0; id < 1000; id++) for (const key of keysOf(Array.from({ length: 200 }, (_, i) => id * 1000 + i))) seen.add(key);
    expect(seen.size).toBe(200_000);
    expect([...seen].every(Number.isSafeInteger)).toBe(true);
  });
});
