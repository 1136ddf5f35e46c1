import { describe, expect, it } from "vitest";
import type { FaultConfig } from "../cluster/config.ts";
import { faultTimes } from "./fault-times.ts";

const HOUR = 3600;
const crashes: FaultConfig = {
  kind: "podCrash",
  deployment: "chat",
  everySeconds: { kind: "exponential", mean: HOUR },
  fromSeconds: 0,
  toSeconds: Number.POSITIVE_INFINITY,
};
const outages: FaultConfig = {
  kind: "stockOut",
  pool: "spot",
  everySeconds: { kind: "exponential", mean: HOUR },
  forSeconds: { kind: "constant", value: 600 },
  fromSeconds: 0,
  toSeconds: 1000 * HOUR,
};
const timesOf = (faults: readonly FaultConfig[], seed = "1") => faultTimes({ faults, seed, durationSeconds: 1000 * HOUR });

describe("a repeated fault", () => {
  it("strikes as often as its mean says, whoever it hits", () => {
    const times = timesOf([crashes]);
    // a Poisson count of mean 1000: within four standard deviations
    expect(Math.abs(times.length - 1000)).toBeLessThan(127);
    const picks = times.map(({ pick = -1 }) => pick);
    expect(Math.abs(picks.reduce((sum, pick) => sum + pick, 0) / picks.length - 0.5)).toBeLessThan(0.04);
  });

  it("lasts as long as it says, and windows never overlap", () => {
    const windows = timesOf([outages]);
    windows.forEach(({ fromSeconds, toSeconds }, i) => {
      expect(toSeconds - fromSeconds).toBeLessThanOrEqual(600.001);
      expect(fromSeconds).toBeGreaterThanOrEqual(windows[i - 1]?.toSeconds ?? 0);
    });
  });

  it("keeps to its limits", () => {
    const times = timesOf([{ ...crashes, fromSeconds: 10 * HOUR, toSeconds: 20 * HOUR } as FaultConfig]);
    expect(times.length).toBeGreaterThan(0);
    for (const { fromSeconds } of times) expect(fromSeconds >= 10 * HOUR && fromSeconds < 20 * HOUR).toBe(true);
  });

  it("is not moved by other faults, and moves with the seed", () => {
    const alone = timesOf([crashes]);
    expect(timesOf([outages, crashes]).filter(({ fault }) => fault.kind === "podCrash")).toEqual(alone);
    expect(timesOf([crashes], "2")).not.toEqual(alone);
  });
});

it("a fault that is written down happens when it says, once", () => {
  const window: FaultConfig = { kind: "slowStorage", factor: 2, fromSeconds: 5, toSeconds: 9 };
  const moment: FaultConfig = { kind: "oomKill", deployment: "chat", atSeconds: 7 };
  expect(timesOf([window, moment])).toEqual([
    { fault: window, fromSeconds: 5, toSeconds: 9 },
    { fault: moment, fromSeconds: 7, toSeconds: 7 },
  ]);
});
