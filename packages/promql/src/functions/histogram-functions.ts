import type { Evaluation } from "../evaluation.ts";
import { labelValue, METRIC_NAME } from "../labels.ts";
import type { Labels } from "../series.ts";
import { emptyVector, push, type Vector } from "../value.ts";
import { type Bucket, bucketFraction, bucketQuantile, parseBound } from "./histogram.ts";

const WITHOUT_BOUND = { keep: false, names: [METRIC_NAME, "le"] } as const;

/** Quantile of each classic histogram among the elements; elements without a readable `le` do not count. */
export function histogramQuantile(quantile: number, vector: Vector, evaluation: Evaluation): Vector {
  return summarise(vector, evaluation, (buckets) => bucketQuantile(quantile, buckets));
}

/** Share of the observations of each classic histogram that lie between two values. */
export function histogramFraction(
  bounds: { readonly lower: number; readonly upper: number },
  vector: Vector,
  evaluation: Evaluation,
): Vector {
  return summarise(vector, evaluation, (buckets) => bucketFraction(bounds.lower, bounds.upper, buckets));
}

function summarise({ labels, values }: Vector, { query }: Evaluation, summary: (buckets: readonly Bucket[]) => number): Vector {
  const histograms = new Map<Labels, Bucket[]>();
  for (let element = 0; element < labels.length; element++) {
    const set = labels[element] ?? {};
    const upperBound = parseBound(labelValue(set, "le"));
    if (upperBound === undefined) continue;
    const key = query.store.project(set, WITHOUT_BOUND);
    const bucket = { upperBound, count: values[element] ?? Number.NaN };
    const buckets = histograms.get(key);
    if (buckets) buckets.push(bucket);
    else histograms.set(key, [bucket]);
  }
  const result = emptyVector();
  for (const [key, buckets] of histograms) push(result, key, summary(buckets));
  return result;
}
