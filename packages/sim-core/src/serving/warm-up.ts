import { exp, ln } from "../random/real.ts";

/** Step-time factors f(n) = max(1, F^(1 − n/N)) for n = 0 … N − 1 requests admitted since Ready. */
export function warmUpFactors(factor: number, requests: number): Float64Array {
  if (factor <= 1) return new Float64Array(0);
  const logarithm = ln(factor);
  return Float64Array.from({ length: requests }, (_, n) => Math.max(1, exp(logarithm * (1 - n / requests))));
}

/** Factor once `admitted` requests have been admitted; 1 beyond the curve. */
export function factorAt(factors: Float64Array, admitted: number): number {
  return admitted < factors.length ? (factors[admitted] as number) : 1;
}
