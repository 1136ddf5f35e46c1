import { describe, expect, it } from "vitest";
import { Kernel } from "./kernel.ts";

describe("the kernel", () => {
  it("refuses an event in the past, because the clock never goes back", () => {
    const kernel = new Kernel(10);
    kernel.advanceTo(5);
    expect(() => kernel.at(4.9, 0, 0, 0)).toThrow(/event_in_the_past/);
    expect(() => kernel.at(Number.NaN, 0, 0, 0)).toThrow(/event_in_the_past/);
    expect(() => kernel.advanceTo(4.9)).toThrow(/clock_went_back/);
  });

  it("takes an event at the present time", () => {
    const kernel = new Kernel(10);
    kernel.advanceTo(5);
    kernel.at(5, 0, 3, 0);
    expect(kernel.queue.headKind).toBe(3);
  });

  it("stops at its event budget", () => {
    const kernel = new Kernel(2);
    kernel.advanceTo(1);
    kernel.advanceTo(1);
    expect(() => kernel.advanceTo(2)).toThrow(/max_events/);
  });
});
