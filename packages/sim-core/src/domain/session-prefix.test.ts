import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixBlockKey, sharedBlocks } from "./session-prefix.ts";

describe("keys of prompt blocks", () => {
  const request = fc.record({ stream: fc.nat(99), sessionId: fc.nat(1_000_000), block: fc.nat(5000) });

  it("are equal for the same block of a session, and different for any other block or session", () => {
    fc.assert(
      fc.property(request, request, (a, b) => {
        const key = ({ block, ...origin }: typeof a): number => prefixBlockKey({ ...origin, systemTokens: 0 }, block, 16);
        expect(key(a) === key(b)).toBe(a.sessionId === b.sessionId && a.block === b.block);
        expect(Number.isSafeInteger(key(a))).toBe(true);
      }),
    );
  });

  it("are shared by all sessions of a stream within the system prompt, up to its last whole block", () => {
    const key = (stream: number, sessionId: number, block: number): number =>
      prefixBlockKey({ stream, sessionId, systemTokens: 100 }, block, 16);
    expect(key(2, 7, 5)).toBe(key(2, 8, 5)); // tokens 80 to 95
    expect(key(2, 7, 6)).not.toBe(key(2, 8, 6)); // 96 to 111: the system prompt ends inside
    expect(key(2, 7, 5)).not.toBe(key(3, 7, 5));
    expect(key(0, 7, 0)).toBeLessThan(0);
  });

  it("count whole blocks that the previous turn has left", () => {
    expect(sharedBlocks({ sharedTokens: 100 }, 16)).toBe(6);
    expect(sharedBlocks({ sharedTokens: 96 }, 16)).toBe(6);
  });
});
