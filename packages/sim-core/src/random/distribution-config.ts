/**
 * A distribution of a duration or a size, as the scenario states it. Units are those of the field that holds it.
 * Sampled by inversion: one uniform per variate.
 */
export type DistributionConfig =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  | { readonly kind: "exponential"; readonly mean: number }
  /** `sigma`: standard deviation of the natural logarithm. */
  | { readonly kind: "logNormal"; readonly median: number; readonly sigma: number }
  /** Piecewise linear inverse distribution function through (probability, value), both ascending, from p = 0 to p = 1. */
  | { readonly kind: "quantiles"; readonly points: readonly (readonly [probability: number, value: number])[] };
