import { type Aggregation, emptyBuckets, isEmpty, record, windowAverage } from "../../packages/policies/src/knative/buckets.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface BucketsCase {
  readonly aggregation: Aggregation;
  readonly windowS: number;
  readonly granularityS: number;
  readonly t0UnixS: number;
  readonly ops: readonly (readonly ["rec", number, number] | readonly ["avg", number, number, boolean])[];
}

/** Weighted averages are not rounded by the real code: they agree but for the last bits of a power. */
export function sameAverage(wanted: number, got: number): boolean {
  return Math.abs(wanted - got) <= 1e-9 * Math.max(1, Math.abs(wanted)) + 1.5e-6;
}

function check({ aggregation, windowS, granularityS, t0UnixS, ops }: BucketsCase): string | undefined {
  const shape = { windowSeconds: windowS, granularitySeconds: granularityS };
  let buckets = emptyBuckets(shape);
  for (const [op, t, value, wantEmpty] of ops) {
    const at = t0UnixS + t;
    if (op === "rec") {
      buckets = record(buckets, shape, at, value);
      continue;
    }
    const got = windowAverage(buckets, shape, aggregation, at);
    if (!sameAverage(value, got)) return mismatch([`average at ${t}`, value, got]);
    const wrong = mismatch([`empty at ${t}`, wantEmpty, isEmpty(buckets, shape, at)]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The windowed average alone. */
export const buckets: VectorKind<BucketsCase> = { kind: "buckets", recognises: ({ kind }) => kind === "buckets", check };
