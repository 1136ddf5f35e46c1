import { type DataCatalogue, plain, quote } from "./message-text.ts";

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
  invalid_schedule: ({ actual, example }) => ({
    text: `${quote(actual)} is no list of days or hours`,
    hint: `write it as in ${quote(example)}`,
  }),
  quota_exceeded_at_start: ({ gpus, held, pools }) => ({
    text: `${quote(pools)} hold ${held} GPUs at the start; the quota is ${plain(gpus)}`,
    hint: "raise the quota, or lower min and replicas",
  }),
};
