/**
 * What an hour of one GPU costs where only GPUs are let: the middle of published ranges. Published prices contradict each other by a
 * factor of two and more, so these put shapes in an order and are no bill: a bill has the price of the scenario's pool.
 * @see price lists of GPU clouds, January to May 2026, as collected by deploybase, costnimbus and mercatus: L4 0.40–0.80, L40S 0.79–0.99,
 * A100 1.10–1.50 with 40 and with 80 GB, H100 1.99–3.50, H200 2.50–4.50
 */
export const TYPICAL_GPU_HOUR_USD: Readonly<Record<string, number>> = {
  L4: 0.6,
  L40S: 0.89,
  "A100-40GB": 1.3,
  A100: 1.3,
  H100: 2.75,
  H200: 3.5,
};
