import * as z from "zod";
import { bytes, duration, durations, type Field, name, positiveDuration, share, strict } from "./fields.ts";
import { machineFields, marketFields } from "./schema-node-pools.ts";
import { positiveRate } from "./schema-startup.ts";
import type { MetricsSpec } from "./spec.ts";
import type { NodePoolSpec, OfferingSpec } from "./spec-node-pools.ts";

const POOL_FIELDS = {
  name: name.describe(
    "Deployments name it. Name, gpu, gpusPerNode, pricePerGpuHour and max must be given, unless a manifest or its offerings do.",
  ),
  gpu: z.string().min(1).describe("GPU type, as in models: H100, A100, L40S …"),
  gpuMemory: bytes.optional().describe("Memory of one GPU. Default: from the data sheet."),
  gpusPerNode: z.int().min(1).max(64),
  timeSlicing: strict({
    replicas: z.int().min(2).max(64).describe("Pods that share a GPU; a node offers GPUs × replicas slots."),
  })
    .optional()
    .describe(
      "GPUs are shared by time slicing (sharing.timeSlicing of the NVIDIA device plugin): a replica takes one slot, is billed that part of the GPU, and its steps take as many times as long as replicas on the GPU are busy. Default: a replica has its GPUs to itself.",
    ),
  pricePerGpuHour: z.number().min(0).describe("Dollars per GPU and hour; the whole node is billed."),
  cpu: z.number().positive().optional().describe("Cores of a node, for quotas."),
  memory: bytes.optional().describe("Memory of a node, for quotas."),
  min: z.int().min(0).max(10_000).optional().describe("Nodes that are always there. Default 0."),
  max: z.int().min(1).max(10_000).describe("Most nodes (quota)."),
  provision: durations.optional().describe("Requested → joined. Default { median: 240s, sigma: 0.35 }."),
  allocatable: durations.optional().describe("Joined → GPUs allocatable. Default 30s."),
  scanInterval: positiveDuration.optional().describe("How often the node autoscaler looks. Default 10s."),
  scaleDownUnneeded: duration.optional().describe("An empty node goes after this time. Default 10m."),
  scaleDownDelayAfterAdd: duration.optional().describe("No node goes this soon after one came. Default 10m."),
  termination: duration.optional().describe("Removal of a node, still billed. Default 30s."),
  network: positiveRate
    .optional()
    .describe("Bandwidth into a node, shared by the images and weights that come to it as bytes at once. Default: no limit."),
  minimumBilling: duration.optional().describe("Shortest time a node is billed for. Default 60s."),
  ...marketFields,
  ...machineFields,
} as const;

/** What may differ between the machines that a NodePool may buy: any of it may be left to the pool. */
const offeringField: Field<OfferingSpec> = strict({
  name: name.optional().describe("Ends the name of its pool. Default: instance type, zone, and spot where it is that."),
  ...machineFields,
  gpu: z.string().min(1).optional(),
  gpuMemory: bytes.optional(),
  gpusPerNode: z.int().min(1).max(64).optional(),
  cpu: z.number().positive().optional(),
  memory: bytes.optional(),
  pricePerGpuHour: z.number().min(0).optional(),
  capacity: marketFields.capacity,
  commitment: marketFields.commitment,
  zone: marketFields.zone,
  min: z.int().min(0).max(10_000).optional(),
  max: z.int().min(1).max(10_000).optional(),
  provision: durations.optional(),
  allocatable: durations.optional(),
  stockOuts: marketFields.stockOuts,
  requestFailure: marketFields.requestFailure,
});

/** Keys of a pool that its manifest or its offerings may give. */
export const NODE_POOL_MANIFEST_KEYS: readonly string[] = ["name", "gpu", "gpusPerNode", "pricePerGpuHour", "max"];

/** Homogeneous nodes with one price, or a NodePool with its offerings. */
export const nodePoolField: Field<NodePoolSpec> = strict({
  manifest: z
    .string()
    .min(1)
    .optional()
    .describe(
      "YAML of a Karpenter NodePool as deployed: gives name, karpenter, priority (its weight), max and a quota (its limits), wherever the scenario does not, and leaves out machines that its requirements exclude.",
    ),
  offerings: z
    .array(offeringField)
    .min(1)
    .optional()
    .describe("Machines that the NodePool of `manifest` may buy, with the keys of a pool; each becomes a pool NAME-OFFERING."),
  ...POOL_FIELDS,
});

/** How metrics travel. */
export const metricsField: Field<MetricsSpec> = strict({
  scrapeInterval: positiveDuration.optional().describe("Prometheus scrape_interval. Default 15s."),
  scrapeOffset: z
    .enum(["together", "spread"])
    .optional()
    .describe(
      "When targets are scraped: all at the same instants (default), or each at a place of its own in the interval, as Prometheus does.",
    ),
  adapterConfig: z
    .string()
    .min(1)
    .optional()
    .describe("A prometheus-adapter's own configuration: config.yaml, the ConfigMap around it, or the values of its chart."),
  adapter: z
    .array(
      strict({
        as: z.string().min(1).describe("Name in the custom or external metrics API."),
        query: z.string().min(1).describe("PromQL; for pods metrics it must keep the label pod."),
      }),
    )
    .optional()
    .describe("Names the metrics APIs offer beside the exported ones."),
  cpuUtilization: share.optional().describe("CPU use as a share of the request; not modelled. Default 0.5."),
  memoryUtilization: share.optional().describe("Memory use as a share of the request; not modelled. Default 0.6."),
});
