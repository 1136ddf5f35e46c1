import type { WallClock } from "@replicast/report";
import { type Plan, zoneOffsetSeconds } from "@replicast/sim-core";

/** The scenario's own clock, by which times of its run are named and found. */
export function wallClock({ startEpochSeconds, durationSeconds, timeZone, zones }: Plan): WallClock {
  const zone = zones.find((candidate) => candidate.timeZone === timeZone);
  return { startEpochSeconds, durationSeconds, startOffsetSeconds: zone === undefined ? 0 : zoneOffsetSeconds(zone, startEpochSeconds) };
}
