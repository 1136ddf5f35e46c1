import type { NodePoolConfig } from "./config.ts";

/** GPUs of a node, however many slots each is offered as. */
export const gpusOfNode = ({ gpusPerNode, slotsPerGpu = 1 }: NodePoolConfig): number => gpusPerNode / slotsPerGpu;

/** Dollars per hour of a GPU slot: of a shared GPU, its part. */
export function slotPriceUsd({ slotsPerGpu = 1 }: NodePoolConfig, pricePerGpuHourUsd: number): number {
  return pricePerGpuHourUsd / slotsPerGpu;
}
