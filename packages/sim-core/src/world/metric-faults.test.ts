import { describe, expect, it } from "vitest";
import type { FaultConfig } from "../cluster/config.ts";
import { faultTimes } from "./fault-times.ts";
import { MetricFaults } from "./metric-faults.ts";

const FAULTS: readonly FaultConfig[] = [
  { kind: "metricsOutage", fromSeconds: 10, toSeconds: 30, answer: "empty" },
  { kind: "metricsOutage", fromSeconds: 20, toSeconds: 25 },
  { kind: "containerRestart", atSeconds: 40, deployment: "chat", podIndex: 0 },
  { kind: "metricsOutage", fromSeconds: 28, toSeconds: 90, answer: "stale" },
  { kind: "prometheusLag", fromSeconds: 10, toSeconds: 20, lagSeconds: 60 },
  { kind: "prometheusLag", fromSeconds: 15, toSeconds: 30, lagSeconds: 5 },
  { kind: "scrapeLoss", fromSeconds: 10, toSeconds: 20, deployment: "chat", share: 0.3 },
  { kind: "scrapeLoss", fromSeconds: 15, toSeconds: 30, deployment: "chat", share: 1 },
];
const faults = new MetricFaults(faultTimes({ faults: FAULTS, seed: "1", durationSeconds: 100 }));

describe("metric faults", () => {
  it.each([
    { now: 9, outage: undefined, because: "it has not begun" },
    { now: 10, outage: "empty", because: "the window includes its start" },
    { now: 20, outage: "error", because: "a database that does not answer has nothing to be empty of" },
    { now: 25, outage: "empty", because: "a window does not include its end" },
    { now: 29, outage: "empty", because: "a database without series has no old answers either" },
    { now: 30, outage: { staleSinceSeconds: 28 }, because: "the answers of the beginning are repeated" },
    { now: 90, outage: undefined, because: "it is over" },
  ])("at $now s: $because", ({ now, outage }) => {
    expect(faults.outageAt(now)).toEqual(outage);
  });

  it("let the longest lag and the largest loss count where windows overlap", () => {
    expect([9, 10, 15, 20, 30].map((now) => faults.lagAt(now))).toEqual([0, 60, 60, 5, 0]);
    expect([9, 10, 15, 20, 30].map((now) => faults.lostShareAt("chat", now))).toEqual([0, 0.3, 1, 1, 0]);
    expect(faults.lostShareAt("code", 15)).toBe(0);
  });

  it("need samples from as long ago as old answers and late samples reach", () => {
    expect(faults.reachSeconds).toBe(62 + 60);
  });
});
