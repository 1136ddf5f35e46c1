import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { promptRangeName, promptRangesUsed, ttftIn } from "./prompt-lengths.ts";

describe("ranges of prompt lengths in a report", () => {
  it.each([
    { fromTokens: 0, toTokens: 256, name: "up to 256" },
    { fromTokens: 1024, toTokens: 4096, name: "1k to 4k" },
    { fromTokens: 16_384, toTokens: null, name: "over 16k" },
  ])("are called by their ends: $name", ({ name, ...range }) => {
    expect(promptRangeName(range)).toBe(name);
  });

  it("are shown when some run has prompts in them", () => {
    const { runs } = fixture({ hours: 1 });
    expect(promptRangesUsed(runs)).toEqual(["up to 256", "256 to 1k", "1k to 4k"]);
    const [run] = runs;
    expect(run && ttftIn(run, "256 to 1k")).toBe(run?.ttftByPrompt[1]?.ttft);
    expect(run && ttftIn(run, "over 16k")).toBeUndefined();
  });
});
