import { describe, expect, it } from "vitest";
import { PrefixIndex } from "./prefix-index.ts";

describe("the index of prefixes", () => {
  it("forgets what was not sent for the longest time when a replica's share is full", () => {
    const index = new PrefixIndex(10);
    index.record(1, 100, 4);
    index.record(1, 200, 4);
    index.record(1, 100, 4);
    index.record(1, 300, 4);
    expect([100, 200, 300].map((key) => index.blocks(1, key))).toEqual([4, 0, 4]);
    expect(index.holdersOf(200)).toEqual([]);
  });

  it("keeps the longest part of a prefix that was sent, and who was sent it", () => {
    const index = new PrefixIndex(100);
    index.record(7, 5, 30);
    index.record(2, 5, 10);
    index.record(7, 5, 20);
    expect([index.blocks(7, 5), index.blocks(2, 5), index.blocks(3, 5)]).toEqual([30, 10, 0]);
    expect(index.holdersOf(5)).toEqual([2, 7]);
    index.forget(7);
    expect(index.holdersOf(5)).toEqual([2]);
  });

  it("keeps a single prefix that is larger than its share", () => {
    const index = new PrefixIndex(10);
    index.record(0, 1, 4);
    index.record(0, 2, 40);
    expect([index.blocks(0, 1), index.blocks(0, 2)]).toEqual([0, 40]);
  });
});
