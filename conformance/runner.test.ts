import { describe, expect, it } from "vitest";
import { runVectors } from "./runner.ts";

describe("runVectors", () => {
  it("counts what passes and names what fails, exceptions included", () => {
    const tally = runVectors({
      suite: "runner",
      file: "example",
      cases: [1, 2, 3],
      name: (number) => `case-${number}`,
      check: (number) => {
        if (number === 3) throw new Error("three");
        return number === 2 ? "two" : undefined;
      },
    });
    expect(tally).toMatchObject({ passed: 1, total: 3 });
    expect([...tally.failures]).toEqual([
      ["case-2", "two"],
      ["case-3", "threw three"],
    ]);
  });
});
