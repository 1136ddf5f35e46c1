import { type DataCatalogue, plain, quote, suggestion } from "./message-text.ts";

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  tuple: "a pair",
};

const limit = (value: unknown, exclusive: unknown, word: string): string =>
  exclusive === true ? `${word} than ${value}` : `${word} than or equal to ${value}`;

/** Texts of the issues that reading a scenario file makes: YAML, keys, types, units. */
export const SCENARIO_FILE_MESSAGES: DataCatalogue = {
  invalid_yaml: ({ detail }) => ({ text: `this is not valid YAML: ${plain(detail)}` }),
  duplicate_key: () => ({ text: "this key stands here twice", hint: "remove one of them" }),
  too_many_aliases: ({ maximum }) => ({ text: `the file expands more than ${maximum} YAML aliases`, hint: "write the values out" }),
  file_too_long: ({ maximum, actual }) => ({ text: `the file has ${actual} characters; at most ${maximum} are read` }),
  empty_file: () => ({ text: "the file is empty", hint: "`replicast init` writes a scenario to start from" }),
  missing_key: (data) => ({ text: `${quote(data["key"])} is missing`, ...suggestion(data, "allowed") }),
  unknown_key: (data) => ({ text: `unknown key ${quote(data["key"])}`, ...suggestion(data) }),
  wrong_type: ({ expected, actual }) => ({
    text: `expected ${(Array.isArray(expected) ? expected : [expected]).map((type) => TYPE_WORDS[plain(type)] ?? plain(type)).join(" or ")}, found ${plain(actual)}`,
  }),
  unknown_value: (data) => ({
    text: `${quote(data["actual"])} is not allowed here`,
    ...(data["expected"] === undefined ? suggestion(data, "allowed") : { hint: `write ${plain(data["expected"])}` }),
  }),
  too_small: ({ minimum, exclusive, actual }) => ({ text: `must be ${limit(minimum, exclusive, "greater")}, found ${plain(actual)}` }),
  too_large: ({ maximum, exclusive, actual }) => ({ text: `must be ${limit(maximum, exclusive, "less")}, found ${plain(actual)}` }),
  too_small_size: ({ minimum }) => ({
    text: `needs at least ${minimum} ${minimum === 1 ? "entry or character" : "entries or characters"}`,
  }),
  too_large_size: ({ maximum }) => ({ text: `has more than ${maximum} entries or characters` }),
  invalid_name: ({ actual }) => ({
    text: `${quote(actual)} is no name`,
    hint: "letters, digits, and - _ . inside; it starts with a letter",
  }),
  missing_unit: ({ actual, example }) => ({ text: `${quote(actual)} has no unit`, hint: `write it as in ${quote(example)}` }),
  invalid_duration: ({ actual, words }) => ({
    text: `${quote(actual)} is no duration`,
    hint: `write it as in "90s", "5m", "1h30m", "250ms"${Array.isArray(words) && words.length > 0 ? ` or ${quote(words)}` : ""}`,
  }),
  invalid_size: ({ actual }) => ({ text: `${quote(actual)} is no size`, hint: 'write it as in "80GB" (decimal) or "80GiB" (binary)' }),
  invalid_bandwidth: ({ actual }) => ({ text: `${quote(actual)} is no bandwidth`, hint: 'write it as in "2GB/s"' }),
  invalid_rate: ({ actual }) => ({ text: `${quote(actual)} is no rate`, hint: 'write it as in "3/s", "180/min" or "10000/h"' }),
  invalid_share: ({ actual }) => ({ text: `${quote(actual)} is no share`, hint: 'write "99.9%" or a number from 0 to 1' }),
  invalid_local_time: ({ actual, example }) => ({
    text: `${quote(actual)} is no local date and time`,
    hint: `write it as in ${plain(example)}, without an offset; timeZone names the zone`,
  }),
  no_such_local_time: ({ actual, timeZone }) => ({
    text: `${plain(actual)} does not exist in ${plain(timeZone)}`,
    hint: "clocks jump over it, or the date is wrong",
  }),
  unsorted_points: () => ({ text: "the points are not in ascending time", hint: "every point must be later than the one before" }),
  empty_profile: () => ({ text: "every hour of the profile is 0", hint: "at least one must be positive" }),
  invalid_quantiles: () => ({
    text: "these quantiles are no distribution",
    hint: "probabilities ascend from 0 to 1, values do not descend",
  }),
  no_objective: () => ({ text: "no latency objective is given", hint: 'add one, such as `ttft: "p(95)<2s"`' }),
  invalid_override: ({ actual }) => ({
    text: `${quote(actual)} is no path=value`,
    hint: "write it as in duration=1h or nodePools.h100.max=4",
  }),
  unknown_override_path: (data) => ({ text: `there is no ${quote(data["unknown"])} to set`, ...suggestion(data) }),
};

/** Texts of the issues that show between entries of a scenario. */
export const SCENARIO_PLAN_MESSAGES: DataCatalogue = {
  duplicate_name: ({ actual }) => ({ text: `the name ${quote(actual)} is taken`, hint: "names are unique within their list" }),
  which_deployment: (data) => ({ text: "there are several deployments: say which", ...suggestion(data) }),
  unknown_deployment: (data) => ({ text: `there is no deployment ${quote(data["actual"])}`, ...suggestion(data) }),
  unknown_policy: (data) => ({ text: `there is no policy ${quote(data["actual"])}`, ...suggestion(data) }),
  unknown_policy_kind: (data) => ({ text: `no policy has the kind ${quote(data["actual"])}`, ...suggestion(data) }),
  unknown_gpu: (data) => ({
    text: `the GPU ${quote(data["actual"])} is not known`,
    hint: `${suggestion(data).hint ?? ""}; or give gpuMemory`.replace(/^; /, ""),
  }),
  unknown_time_zone: ({ actual, timeZone }) => ({
    text: `there is no time zone ${quote(actual ?? timeZone)}`,
    hint: "IANA names, such as Europe/Berlin or UTC",
  }),
  kind_or_deployments: ({ name }) => ({
    text: `the policy ${quote(name)} needs either kind or deployments`,
    hint: "kind for one controller, deployments for one each",
  }),
  window_ends_before_start: ({ fromSeconds, toSeconds }) => ({
    text: `the window ends at ${toSeconds} s, before it starts at ${fromSeconds} s`,
  }),
  latency_not_fitted: (data) => ({ text: `${plain(data["preset"])} has no such fit`, ...suggestion(data) }),
  latency_needs_preset: () => ({
    text: "latency chooses the fit of a preset, and the model here is no preset",
    hint: "write it inside model",
  }),
  batch_below_sequences: ({ maxBatchedTokens, maxSequences }) => ({
    text: `maxBatchedTokens ${maxBatchedTokens} is below maxSequences ${maxSequences}`,
    hint: "the server refuses that: every decoding sequence takes a token of each step",
  }),
  model_does_not_fit: ({ model, gpu, gpusPerReplica, maxModelTokens, sum, fitting }) => ({
    text: `${plain(model)} does not fit ${gpusPerReplica} × ${plain(gpu)} with room for one request of ${maxModelTokens} tokens: ${plain(sum)}`,
    hint:
      Array.isArray(fitting) && fitting.length > 0
        ? `it would fit ${fitting.map(plain).join(", ")}; or lower engine.maxModelTokens`
        : "use more GPUs, larger ones, or a smaller model",
  }),
  kv_cache_below_one_request: ({ kvBlocks, blockTokens, maxModelTokens }) => ({
    text: `${kvBlocks} KV blocks of ${blockTokens} tokens do not hold one request of ${maxModelTokens} tokens`,
    hint: "lower maxModelTokens or raise kvBlocks",
  }),
  gpu_mismatch: ({ pool, poolGpu, modelGpu }) => ({
    text: `the pool ${quote(pool)} has ${plain(poolGpu)} GPUs, the model was measured or described on ${plain(modelGpu)}`,
    hint: "choose a pool or a model for the same GPU",
  }),
  pre_stop_exceeds_grace: ({ preStopSeconds, graceSeconds }) => ({
    text: `preStop ${preStopSeconds} s is longer than the grace period of ${graceSeconds} s`,
    hint: "preStop counts in the grace period, so requests would never drain",
  }),
  not_an_objective: ({ actual, example }) => ({
    text: `${quote(actual)} is no objective`,
    hint: `an upper bound on a percentile, as in ${quote(example)}`,
  }),
};

/** Texts of the issues that the cluster makes about its configuration. */
export const CLUSTER_MESSAGES: DataCatalogue = {
  min_above_max: ({ minimum, maximum }) => ({ text: `the minimum ${minimum} is above the maximum ${maximum}` }),
  unknown_node_pool: (data) => ({ text: `there is no node pool ${quote(data["name"])}`, ...suggestion(data) }),
  no_node_pool: ({ known }) => ({ text: "no node pool has the GPU that this deployment needs", hint: `pools: ${quote(known)}` }),
  replica_larger_than_node: ({ gpusPerReplica, gpusPerNode }) => ({
    text: `a replica needs ${gpusPerReplica} GPUs, the largest node it may use has ${gpusPerNode}`,
    hint: "a replica's GPUs are in one node",
  }),
  initial_replicas_do_not_fit: ({ replicas, placed }) => ({
    text: `only ${placed} of the ${replicas} replicas at the start have room`,
    hint: "raise the max of a node pool or lower replicas",
  }),
};
