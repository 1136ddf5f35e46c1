import { describe, expect, it } from "vitest";
import { scriptConversations } from "./conversation-script.ts";

const constant = (value: number) => ({ kind: "constant", value }) as const;
const LENGTHS = { promptTokens: constant(100), outputTokens: constant(40) };
const SESSION = { turns: constant(4), thinkSeconds: constant(7), systemTokens: 50, maxContextTokens: 10_000 };

describe("scriptConversations", () => {
  it("lets every prompt hold all that was said before", () => {
    expect(scriptConversations(LENGTHS, SESSION, 2)).toEqual(
      Array.from({ length: 2 }, () => [
        { thinkSeconds: 0, promptTokens: 150, outputTokens: 40 },
        { thinkSeconds: 7, promptTokens: 290, outputTokens: 40 },
        { thinkSeconds: 7, promptTokens: 430, outputTokens: 40 },
        { thinkSeconds: 7, promptTokens: 570, outputTokens: 40 },
      ]),
    );
  });

  it("ends a conversation before a turn that would exceed its context, and answers at their limit", () => {
    expect(scriptConversations(LENGTHS, { ...SESSION, maxContextTokens: 470 }, 1)[0]?.length).toBe(3);
    expect(scriptConversations(LENGTHS, { ...SESSION, maxContextTokens: 469 }, 1)[0]?.length).toBe(2);
    expect(scriptConversations(LENGTHS, SESSION, 1, 10)[0]?.map(({ promptTokens }) => promptTokens)).toEqual([150, 260, 370, 480]);
  });

  it("is the same each time, and its first conversations do not depend on how many there are", () => {
    const random = { promptTokens: { kind: "exponential", mean: 100 }, outputTokens: { kind: "exponential", mean: 90 } } as const;
    const session = { ...SESSION, turns: { kind: "uniform", min: 1, max: 9 } as const };
    expect(scriptConversations(random, session, 20)).toEqual(scriptConversations(random, session, 40).slice(0, 20));
  });
});
