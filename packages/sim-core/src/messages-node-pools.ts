import { type DataCatalogue, plain, quote } from "./message-text.ts";
import { formatBytes } from "./units/bytes.ts";

const roundedDown = (share: number): number => Math.floor(share * 100) / 100;

/** Texts of the issues about how nodes are bought, added and taken away. */
export const NODE_POOL_MESSAGES: DataCatalogue = {
  commitment_above_max: ({ name, nodes, maximum }) => ({
    text: `${quote(name)} pays for ${nodes} nodes in any case, but never has more than ${maximum}`,
    hint: "raise max or lower commitment.nodes",
  }),
  balloon_larger_than_node: ({ gpus, gpusPerNode }) => ({
    text: `a balloon pod of ${gpus} GPUs fits on no node of ${gpusPerNode}`,
    hint: "lower headroom.gpus; as many as a node has keep a whole node free",
  }),
  shared_gpu_takes_one: ({ pool, gpusPerReplica }) => ({
    text: `the GPUs of ${quote(pool)} are time-sliced, and a replica of ${gpusPerReplica} GPUs takes one slot at most`,
    hint: "slots of one GPU are no second GPU (failRequestsGreaterThanOne of the device plugin); name a pool without timeSlicing in nodePools",
  }),
  shared_gpu_memory_exceeded: ({ pool, replicas, share, gpuMemoryBytes, fitting }) => ({
    text: `${replicas} replicas on one GPU of ${quote(pool)} do not fit its memory, which time slicing does not divide: ${replicas} × ${share} × ${formatBytes(Number(gpuMemoryBytes))} = ${formatBytes(Number(replicas) * Number(share) * Number(gpuMemoryBytes))}`,
    hint: `set engine.gpuMemoryUtilization to ${roundedDown(1 / Number(replicas))} at most${Number(fitting) > 1 ? `, or timeSlicing.replicas to ${fitting}` : ""}`,
  }),
  invalid_schedule: ({ actual, example }) => ({
    text: `${quote(actual)} is no list of days or hours`,
    hint: `write it as in ${quote(example)}`,
  }),
  quota_exceeded_at_start: ({ gpus, held, pools }) => ({
    text: `${quote(pools)} hold ${held} GPUs at the start; the quota is ${plain(gpus)}`,
    hint: "raise the quota, or lower min and replicas",
  }),
};
