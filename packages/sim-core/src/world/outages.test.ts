import { expect, it } from "vitest";
import type { FaultConfig } from "../cluster/config.ts";
import { outageAt } from "./outages.ts";

const FAULTS: readonly FaultConfig[] = [
  { kind: "metricsOutage", fromSeconds: 10, toSeconds: 30, answer: "empty" },
  { kind: "metricsOutage", fromSeconds: 20, toSeconds: 25 },
  { kind: "containerRestart", atSeconds: 40, deployment: "chat", podIndex: 0 },
];

it.each([
  { now: 9, outage: undefined, because: "it has not begun" },
  { now: 10, outage: "empty", because: "the window includes its start" },
  { now: 20, outage: "error", because: "a database that does not answer has nothing to be empty of" },
  { now: 25, outage: "empty", because: "a window does not include its end" },
  { now: 30, outage: undefined, because: "it is over" },
  { now: 40, outage: undefined, because: "other faults leave metrics alone" },
])("at $now s: $because", ({ now, outage }) => {
  expect(outageAt(FAULTS, now)).toBe(outage);
});
