import { describe, expect, it } from "vitest";
import { testIo } from "../../test/test-io.ts";
import { SweepProgress } from "./sweep-progress.ts";

function told(
  errIsTerminal: boolean,
  reports: readonly (readonly [seconds: number, done: number, failed: number])[],
  isQuiet = false,
): string {
  let now = 100;
  const io = testIo({ errIsTerminal, clockSeconds: () => now });
  const progress = new SweepProgress(io, isQuiet, { total: 1000, before: 100 });
  for (const [seconds, done, failed] of reports) {
    now = 100 + seconds;
    progress.report(done, failed);
  }
  progress.clear();
  return io.errText();
}

describe("the progress of a sweep", () => {
  it("is a plain line every ten seconds without a terminal, with the time that is left at the rate since the start", () => {
    expect(
      told(false, [
        [5, 110, 0],
        [10, 150, 0],
        [12, 155, 0],
        [20, 200, 3],
      ]),
    ).toBe(
      "150 of 1000 cells (15 %), 5.00 cells/s, about 2m50s left\n200 of 1000 cells (20 %), 3 failed, 5.00 cells/s, about 2m40s left\n",
    );
  });

  it("is one line that is drawn over on a terminal, and gone at the end", () => {
    const text = told(true, [
      [1, 110, 0],
      [1.05, 111, 0],
      [2, 120, 0],
    ]);
    expect(text.split("\r\u001b[2K").slice(1)).toEqual([
      "110 of 1000 cells (11 %), 10.0 cells/s, about 1m29s left",
      "120 of 1000 cells (12 %), 10.0 cells/s, about 1m28s left",
      "",
    ]);
  });

  it("is not told when nobody wants it", () => expect(told(true, [[50, 500, 0]], true)).toBe(""));
});
