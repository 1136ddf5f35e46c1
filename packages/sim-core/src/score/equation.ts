/** Hours of the month that costs are stated for: 365 × 24 ÷ 12. */
export const HOURS_PER_MONTH = 730;

/** Inputs of the monthly cost equation, for replicas of one kind at one price. All are ≥ 0. */
export interface EquationInputs {
  /** Replicas that the load needed, averaged over time. */
  readonly averageConcurrentReplicas: number;
  /** Price of all GPUs of one replica, dollars per hour. */
  readonly gpuPricePerHourUsd: number;
  /** Replicas started per month. */
  readonly scaleUpEvents: number;
  /** Time a started replica is paid for before it serves, hours. */
  readonly modelLoadHours: number;
  /** Replicas ready beyond what the load needed, averaged over time. */
  readonly overprovisioningBuffer: number;
}

/** The equation's three terms and their sum, dollars per month. */
export interface MonthlyCost {
  readonly replicasTermUsd: number;
  readonly scaleUpsTermUsd: number;
  readonly bufferTermUsd: number;
  readonly totalUsd: number;
}

/**
 * What a month costs: average concurrent replicas × GPU price × 730, plus scale-up events × model load time × GPU
 * price, plus overprovisioning buffer × GPU price × 730.
 */
export function monthlyCost(inputs: EquationInputs): MonthlyCost {
  const replicasTermUsd = inputs.averageConcurrentReplicas * inputs.gpuPricePerHourUsd * HOURS_PER_MONTH;
  const scaleUpsTermUsd = inputs.scaleUpEvents * inputs.modelLoadHours * inputs.gpuPricePerHourUsd;
  const bufferTermUsd = inputs.overprovisioningBuffer * inputs.gpuPricePerHourUsd * HOURS_PER_MONTH;
  return { replicasTermUsd, scaleUpsTermUsd, bufferTermUsd, totalUsd: replicasTermUsd + scaleUpsTermUsd + bufferTermUsd };
}
