import type { LatencyConfig } from "../config.ts";
import type { LatencyModel } from "./model.ts";

/**
 * Step time by the number of requests in the step, whatever their tokens. Linear between the points; beyond the last one its
 * slope goes on, which only finite differences reach: a scenario's batch limit lies within the points.
 */
export function createCurveModel(config: Extract<LatencyConfig, { kind: "curve" }>): LatencyModel {
  const secondsOf = (size: number): number => curveSeconds(config.points, size);
  return {
    requestOverheadSeconds: config.requestOverheadSeconds,
    perContextTokenSeconds: 0,
    decodeBaseSeconds: secondsOf,
    stepSeconds: (step) => secondsOf(step.decodeSequences + step.chunks),
  };
}

/** Value at a batch size of points that begin at size 1. */
export function curveSeconds(points: readonly (readonly [batchSize: number, seconds: number])[], size: number): number {
  let [previousSize, previousSeconds] = points[0] as readonly [number, number]; // the schema wants one
  let slope = 0;
  for (const [nextSize, nextSeconds] of points.slice(1)) {
    if (size === nextSize) return nextSeconds;
    slope = (nextSeconds - previousSeconds) / (nextSize - previousSize);
    if (size < nextSize) break;
    [previousSize, previousSeconds] = [nextSize, nextSeconds];
  }
  return previousSeconds + slope * (size - previousSize);
}
