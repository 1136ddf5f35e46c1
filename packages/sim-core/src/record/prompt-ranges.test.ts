import { describe, expect, it } from "vitest";
import { PROMPT_RANGES, promptRangeOf } from "./prompt-ranges.ts";

describe("ranges of prompt lengths", () => {
  it("join without a gap, and hold their upper end", () => {
    PROMPT_RANGES.forEach(({ fromTokens, toTokens }, index) => {
      expect(fromTokens).toBe(PROMPT_RANGES[index - 1]?.toTokens ?? 0);
      expect(promptRangeOf(fromTokens + 1)).toBe(index);
      expect(promptRangeOf(toTokens ?? 10_000_000)).toBe(index);
    });
  });
});
