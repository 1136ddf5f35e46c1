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
  quota_without_limit: () => ({ text: "this quota limits nothing", hint: "give gpus, nodes, cpu or memory" }),
  quota_of_unknown_size: ({ key, pool }) => ({
    text: `a node of ${quote(pool)} does not say how much it takes of the quota of ${plain(key)}`,
    hint: `give the pool's ${plain(key)}, of one node`,
  }),
  schedule_without_duration: () => ({
    text: "'schedule' must be set with 'duration'",
    hint: "the schedule says when a budget begins to be in force, the duration for how long",
  }),
  invalid_cron: ({ actual, error }) => ({
    text: `${quote(actual)} is no schedule: ${plain(error)}`,
    hint: 'write five fields as in "0 9 * * mon-fri", or @daily; the time is UTC',
  }),
  invalid_schedule: ({ actual, example }) => ({
    text: `${quote(actual)} is no list of days or hours`,
    hint: `write it as in ${quote(example)}`,
  }),
  quota_exceeded_at_start: ({ limit, held, key, pools }) => ({
    text: `${quote(pools)} hold ${held} at the start; the quota of ${plain(key)} is ${plain(limit)}`,
    hint: "raise the quota, or lower min and replicas",
  }),
};
