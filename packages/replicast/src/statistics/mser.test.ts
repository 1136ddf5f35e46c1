import { createStreams } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { mser5 } from "./mser.ts";

function noise(seed: string, length: number): readonly number[] {
  const stream = createStreams(seed).get("noise");
  return Array.from({ length }, () => stream.uniform() - 0.5);
}

describe("MSER-5", () => {
  it("cuts a start-up off where it ends", () => {
    const series = noise("1", 400).map((value, minute) => value + (minute < 60 ? 20 * (1 - minute / 60) : 0));
    const { values, isSettled } = mser5(series);
    expect(isSettled).toBe(true);
    expect(values).toBeGreaterThanOrEqual(50);
    expect(values).toBeLessThanOrEqual(75);
  });

  it("leaves a series that has settled from the beginning almost alone", () => {
    const cuts = ["1", "2", "3", "4", "5"].map((seed) => mser5(noise(seed, 400)).values);
    expect(cuts.filter((values) => values > 100)).toEqual([]);
  });

  it("does not claim that a series settles that only grows, or is too short to tell", () => {
    expect(mser5(Array.from({ length: 200 }, (_, minute) => minute * minute)).isSettled).toBe(false);
    expect(mser5(noise("1", 49)).isSettled).toBe(false);
  });

  it("cuts nothing off a constant", () => {
    expect(mser5(Array.from({ length: 100 }, () => 3))).toEqual({ values: 0, isSettled: true });
  });
});
