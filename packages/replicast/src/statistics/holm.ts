/**
 * p-values corrected for being several, by Holm's step-down procedure: rejecting what lies at or below α keeps the chance of even one
 * false rejection at or below α, however the tests depend on each other.
 *
 * @param pValues in any order; the answers keep it
 * @see Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979)
 */
export function holmAdjusted(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] as number) - (pValues[b] as number) || a - b);
  const adjusted = pValues.map(() => 1);
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues[index] as number) * (pValues.length - rank)));
    adjusted[index] = highest;
  });
  return adjusted;
}
