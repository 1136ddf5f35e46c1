import { describe, expect, it } from "vitest";
import { BusyMeter } from "./busy-meter.ts";

describe("GPU utilisation", () => {
  it.each([
    { changes: [], at: 5, share: 0, because: "it never ran" },
    { changes: [[1, true]], at: 5, share: 1, because: "one long stretch covers the last second" },
    { changes: [[4.5, true]], at: 5, share: 0.5, because: "it began half a second ago" },
    {
      changes: [
        [1, true],
        [4.25, false],
      ],
      at: 5,
      share: 0.25,
      because: "it stopped within the second",
    },
    {
      changes: [
        [4.1, true],
        [4.2, false],
        [4.5, true],
        [4.9, false],
      ],
      at: 5,
      share: 0.5,
      because: "two stretches add up",
    },
    {
      changes: [
        [1, true],
        [2, false],
      ],
      at: 5,
      share: 0,
      because: "what lies further back does not count",
    },
  ] as { changes: [number, boolean][]; at: number; share: number; because: string }[])("is $share: $because", ({ changes, at, share }) => {
    const meter = new BusyMeter();
    for (const [time, isBusy] of changes) meter.changed(time, isBusy);
    expect(meter.share(at)).toBeCloseTo(share, 12);
  });

  it("stays right over thousands of changes", () => {
    const meter = new BusyMeter();
    for (let i = 0; i < 5000; i++) meter.changed(i * 0.01, i % 2 === 0);
    expect(meter.share(49.99)).toBeCloseTo(0.5, 9);
  });
});
