import {
  aggregate as aggregateLoad,
  mergeInstantaneousTotal,
  reduceSteps,
  type Steps,
} from "../../packages/policies/src/ray-serve/aggregate.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface AggregateCase {
  readonly series: readonly Steps[];
  readonly merged: Steps;
  readonly windowStart: number | null;
  readonly lastWindowS: number;
  readonly expected: { readonly mean: number; readonly max: number; readonly min: number };
}

function check({ series, merged, windowStart, lastWindowS, expected }: AggregateCase): string | undefined {
  const got = mergeInstantaneousTotal(series);
  const wrong = mismatch(["merged", merged, got]);
  if (wrong !== undefined) return wrong;
  const [first, last] = [got[0], got.at(-1)];
  const reduced = reduceSteps(got, windowStart ?? first?.[0] ?? 0);
  if (reduced === undefined || last === undefined) return "no steps";
  const endSeconds = last[0] + lastWindowS;
  const mean = aggregateLoad(reduced, "mean", endSeconds) ?? Number.NaN;
  if (Math.abs(mean - expected.mean) > 1e-12 * Math.abs(expected.mean)) return mismatch(["mean", expected.mean, mean]);
  return mismatch(
    ["max", expected.max, aggregateLoad(reduced, "max", endSeconds)],
    ["min", expected.min, aggregateLoad(reduced, "min", endSeconds)],
  );
}

/** Gauges of several sources → one load. */
export const aggregate: VectorKind<AggregateCase> = { kind: "aggregate", recognises: ({ kind }) => kind === "aggregate", check };
