import type { PickDeployment } from "./pick-deployment.ts";

/** Splits requests among the available targets in proportion to their weights; where these have no weight, the first gets all. */
export const pickByWeight: PickDeployment = ({ uniform }, candidates) => {
  let total = 0;
  for (const { weight, isAvailable } of candidates) if (isAvailable) total += weight;
  let left = uniform * total;
  let last = -1;
  for (let i = 0; i < candidates.length; i++) {
    const { weight, isAvailable } = candidates[i] as (typeof candidates)[number];
    if (!isAvailable || (weight === 0 && total > 0)) continue;
    last = i;
    left -= weight;
    if (left < 0 || total === 0) return i;
  }
  // the rounding of the sums may leave a crumb, which is the last one's
  return last;
};
