import { type DataCatalogue, plain, quote, suggestion } from "./message-text.ts";
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
  object_field_invalid: ({ field, detail }) => ({
    text: `${plain(field)}: ${plain(detail)}`,
    hint: "the API server refuses the object with these words: correct the field",
  }),
  object_field_unknown: (data) => ({
    text: `${plain(data["field"])} is no field of a ${plain(data["kind"])}`,
    ...suggestion(data, "known", "kubectl refuses it, the server would drop it"),
  }),
  object_not_in_file: ({ kind, found }) => ({
    text: `the file holds no ${plain(kind)}, but: ${quote(found)}`,
    hint: `give the file with the ${plain(kind)} as it is deployed`,
  }),
  object_ambiguous: ({ kind, found, name }) => ({
    text: `several objects of the file could be ${name === undefined ? `the ${plain(kind)}` : `the ${plain(kind)} ${quote(name)}`}: ${quote(found)}`,
    hint: "let the pool's name be the metadata.name of the one that is meant",
  }),
  offerings_without_manifest: () => ({
    text: "offerings are machines that a NodePool may buy, and the pool names none",
    hint: "give manifest: the NodePool's YAML, or write a pool for each machine",
  }),
  node_pool_without_offering: ({ name, reasons }) => ({
    text: `the NodePool ${quote(name)} allows none of the machines; they are left out by ${quote(reasons)}`,
    hint: "say what the machines are (instanceType, zone, capacity, labels), list others as offerings, or change the requirements",
  }),
  taint_not_tolerated: ({ workload, nodePool, taint }) => ({
    text: `the pods of ${quote(workload)} do not tolerate ${quote(taint)} of the NodePool ${quote(nodePool)}; simulated as if they did`,
    hint: "add the toleration to the manifest; for nvidia.com/gpu the admission plugin ExtendedResourceToleration adds it where it is on",
  }),
  schedule_of_manifest: ({ key }) => ({
    text: `beside manifest there can be no ${quote(key)}: the file says all of the schedule`,
    hint: "remove one of the two",
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
  quota_exceeded_at_start: ({ limit, held, key, pools }) => ({
    text: `${quote(pools)} hold ${held} at the start; the quota of ${plain(key)} is ${plain(limit)}`,
    hint: "raise the quota, or lower min and replicas",
  }),
};
