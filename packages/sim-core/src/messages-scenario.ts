import type { Json } from "./errors.ts";
import { type DataCatalogue, plain, quote, suggestion } from "./message-text.ts";
import { formatBytes } from "./units/bytes.ts";

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

function loadHint(source: unknown, key: unknown): string {
  if (source === "none") return "name the source, as in `source: sharedFileSystem`, or leave the key out";
  if (key === "fixed") return "write what comes before the weights as `startup.container`, and what comes after them as `startup.warmUp`";
  if (key === "shared") return "a node's disk is shared by the pods on the node as it is: leave the key out";
  return "nothing is copied to the node: leave the key out";
}

const STARTER = "`replicast init` writes a scenario to start from";

/** What `actual` says of values that an issue cannot carry. */
const NOT_TEXTS: readonly string[] = ["a list", "an object"];
const NOT_FINITE: readonly string[] = ["NaN", "Infinity", "-Infinity"];

/** What a value is, when its kind is wrong: a text in quotes, anything else in words. */
function found(actual: Json | undefined): string {
  return [...NOT_TEXTS, ...NOT_FINITE].includes(actual as string) ? (actual as string) : quote(actual);
}

function typeHint(expected: readonly string[], actual: Json | undefined): string {
  const [only] = expected.length === 1 ? expected : [];
  const isPlain = typeof actual === "number" || typeof actual === "boolean";
  if (actual === null || actual === undefined) return "give the key a value, or remove it";
  if (NOT_FINITE.includes(actual as string)) return "write a finite number";
  if (only === "string" && isPlain) return `write it in quotes: "${actual}"`;
  if (only === "array") return "begin every entry with a dash, or write [a, b]";
  if (only === "object" || only === "record") return "write `key: value` lines, indented below it";
  if (typeof actual === "string" && !NOT_TEXTS.includes(actual) && expected.some((type) => type === "number" || type === "int"))
    return "write a plain number: no quotes, no unit";
  return "mind the indentation, dashes and quotes";
}

/** Fitting shapes that a hint names: the cheapest. */
const MOST_SHAPES = 4;

function fittingHint(shapes: Json | undefined, withHalfWeights: Json | undefined): string {
  const list = (given: Json | undefined): string => (Array.isArray(given) ? given.slice(0, MOST_SHAPES).map(plain).join(", ") : "");
  const halved = list(withHalfWeights);
  const quantised = halved === "" ? "" : `; with half of the bits in each weight ${halved}`;
  const fits = list(shapes);
  if (fits === "" && halved === "") return "use more GPUs, larger ones, or a smaller model";
  return `${fits === "" ? "no known GPU, not even 8 of it, holds it" : `it fits ${fits}`}${quantised}; or lower engine.maxModelTokens`;
}

function sizeOf(count: Json | undefined, actual: Json | undefined): string {
  if (actual === "a list") return `${count} ${count === 1 ? "entry" : "entries"}`;
  return `${count} ${count === 1 ? "character" : "characters"}`;
}

/** What the parser's words mean to somebody who does not write parsers. */
function yamlHint(reason: Json | undefined, isTemplate: Json | undefined): string {
  if (isTemplate === true) return "if this is a template ({{ … }}), render it first";
  if (reason === "TAB_AS_INDENT") return "indent with spaces";
  if (reason === "MISSING_CHAR" || reason === "BAD_INDENT" || reason === "BLOCK_IN_FLOW")
    return "is a bracket, a brace or a quote left open above, or a line indented differently from its neighbours?";
  return "put texts with : # @ % or brackets in quotes, and mind the indentation";
}

/** Texts of the issues that reading a scenario file makes: YAML, keys, types, units. */
export const SCENARIO_FILE_MESSAGES: DataCatalogue = {
  not_text: () => ({ text: "this is not a text file in UTF-8", hint: "save it as UTF-8; unpack it first if it is an archive" }),
  not_a_scenario: ({ kind, found: keys, names }) => ({
    text: kind === undefined ? `this is no scenario: it has ${quote(keys)}` : `this is ${plain(kind)}, not a scenario`,
    hint:
      kind === undefined
        ? STARTER
        : kind === "a prometheus-adapter configuration"
          ? `name it in a scenario, as metrics: { adapterConfig: FILE }, or write its rules there, as metrics.adapter: [${(Array.isArray(names) ? names : ["NAME"]).map((name) => `{ as: ${plain(name)}, query: PROMQL }`).join(", ")}]`
          : "a scenario's policy names it as `manifest`; `replicast validate` checks it by itself",
  }),
  invalid_yaml: ({ detail, reason, isTemplate }) => ({
    text: `this is not valid YAML: ${plain(detail)}`,
    hint: yamlHint(reason, isTemplate),
  }),
  duplicate_key: ({ key }) => ({ text: `the key ${quote(key)} stands here twice`, hint: "remove one of them" }),
  several_documents: () => ({ text: "a second document begins here", hint: "a file is one scenario: remove the --- and what follows" }),
  nested_too_deep: () => ({ text: "the file is nested too deep to be read", hint: STARTER }),
  unknown_tag: ({ tag }) => ({
    text: `the YAML tag ${quote(tag)} means nothing here`,
    hint: "remove it; put a text that begins with ! in quotes",
  }),
  unknown_anchor: (data) => ({
    text: `no anchor ${quote(`&${plain(data["anchor"])}`)} stands before this alias`,
    ...suggestion(data, "known", "put a text that begins with * in quotes"),
  }),
  circular_alias: ({ anchor }) => ({
    text: `the alias ${quote(`*${plain(anchor)}`)} stands inside what it stands for`,
    hint: "write the value out",
  }),
  collection_key: () => ({
    text: "a list or an object cannot be a key",
    hint: "if this is a template ({{ … }}), render it first; put a text that begins with a bracket in quotes",
  }),
  too_many_aliases: ({ maximum }) => ({ text: `the file expands more than ${maximum} YAML aliases`, hint: "write the values out" }),
  file_too_long: ({ maximum, actual }) => ({
    text: `the file has ${actual} characters; at most ${maximum} are read`,
    hint: "is it a trace? name it in traffic, or give it with --trace",
  }),
  empty_file: () => ({ text: "the file is empty", hint: STARTER }),
  missing_key: (data) => ({
    text: `${quote(data["key"])} is missing`,
    ...suggestion(data, "allowed", "add it; the JSON schema describes it: `replicast schema`"),
  }),
  unknown_key: (data) => ({ text: `unknown key ${quote(data["key"])}`, ...suggestion(data, "known", "remove it, or check the spelling") }),
  wrong_type: ({ expected, actual }) => {
    const types = (Array.isArray(expected) ? expected : [expected ?? ""]).map(plain);
    return {
      text: `expected ${types.map((type) => TYPE_WORDS[type] ?? type).join(" or ")}, found ${found(actual)}`,
      hint: typeHint(types, actual),
    };
  },
  unknown_value: (data) => ({
    text: `${quote(data["actual"])} is not allowed here`,
    ...(data["expected"] === undefined ? suggestion(data, "allowed") : { hint: `write ${plain(data["expected"])}` }),
  }),
  too_small: ({ minimum, exclusive, actual }) => ({
    text: `must be ${limit(minimum, exclusive, "greater")}, found ${plain(actual)}`,
    hint: `choose a value ${exclusive === true ? "above" : "of at least"} ${minimum}`,
  }),
  too_large: ({ maximum, exclusive, actual }) => ({
    text: `must be ${limit(maximum, exclusive, "less")}, found ${plain(actual)}`,
    hint: `choose a value ${exclusive === true ? "below" : "of at most"} ${maximum}`,
  }),
  too_small_size: ({ minimum, actual }) => ({
    text: `needs at least ${sizeOf(minimum, actual)}`,
    hint: "it must not be empty",
  }),
  too_large_size: ({ maximum, actual }) => ({ text: `has more than ${sizeOf(maximum, actual)}`, hint: "shorten it" }),
  invalid_name: ({ actual }) => ({
    text: `${quote(actual)} is no name`,
    hint: "letters and digits, with - _ . between them; 63 characters at most",
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
  no_users: () => ({ text: "there are never any users", hint: "at least one point must have more than 0" }),
  empty_profile: () => ({ text: "every hour of the profile is 0", hint: "at least one must be positive" }),
  invalid_quantiles: () => ({
    text: "these quantiles are no distribution",
    hint: "probabilities ascend from 0 to 1, values do not descend",
  }),
  no_objective: () => ({ text: "no latency objective is given", hint: 'add one, such as `ttft: "p(95)<2s"`' }),
  invalid_override: ({ actual }) => ({
    text: `${quote(actual)} is no path=value`,
    hint: 'write it as in duration=1h, nodePools.h100.max=4 or policies["fixed 2.5"].replicas=3',
  }),
  invalid_seed: ({ actual }) => ({ text: `${quote(actual)} is no seed`, hint: "any text of 1 to 100 characters, such as 42" }),
  unknown_override_path: (data) => ({
    text: `there is no ${quote(data["unknown"])} to set`,
    ...suggestion(data, "known", "name entries of lists by their name or index, as in nodePools.h100.max or traffic[0].speed"),
  }),
};

/** Texts of the issues that show between entries of a scenario. */
export const SCENARIO_PLAN_MESSAGES: DataCatalogue = {
  duplicate_name: ({ actual }) => ({ text: `the name ${quote(actual)} is taken`, hint: "names are unique within their list" }),
  which_deployment: (data) => ({
    text: "there are several deployments: say which",
    hint: `add deployment: with one of ${quote(data["known"])}`,
  }),
  deployment_and_model: () => ({
    text: "a stream goes to a deployment or to the model it names, not both",
    hint: "remove deployment, or remove model",
  }),
  unknown_model: (data) => ({
    text: `nobody serves a model ${quote(data["actual"])}`,
    ...suggestion(data, "known", "name one of the scenario's models or deployments"),
  }),
  duplicate_target: ({ actual }) => ({
    text: `the deployment ${quote(actual)} is a target of this model already`,
    hint: "remove one of them, or add its weight to the other",
  }),
  target_option_unused: ({ option, rule, needed }) => ({
    text: `${plain(option)} means nothing to the rule ${plain(rule)}`,
    hint: `remove it, or write rule: ${plain(needed)}`,
  }),
  no_target_weight: () => ({
    text: "nothing here has a weight above 0, so no request would go anywhere",
    hint: "give at least one a weight",
  }),
  no_target_score: ({ deployment }) => ({
    text: `nothing says which requests are for ${quote(deployment)}`,
    hint: "give it adequateUpTo (its answers do up to this complexity), or maxScore",
  }),
  scores_not_ascending: () => ({
    text: "the next target takes nothing beyond what this one takes",
    hint: "targets stand in ascending order of maxScore, or of adequateUpTo where there is none; the last one takes the rest",
  }),
  last_score_unused: ({ deployment }) => ({
    text: `${quote(deployment)} is the last target and takes whatever the others do not`,
    hint: "leave maxScore out there",
  }),
  quality_not_judged: () => ({
    text: "no target says which requests it answers well enough",
    hint: "give the targets of a model adequateUpTo, as in 0.7",
  }),
  prompt_limits_not_ascending: () => ({
    text: "the next target would get no prompts, as this one takes them all",
    hint: "give every target but the last a maxPromptTokens, in ascending order",
  }),
  unknown_deployment: (data) => ({
    text: `there is no deployment ${quote(data["actual"])}`,
    ...suggestion(data, "known", "name one of the scenario's deployments"),
  }),
  unknown_policy: (data) => ({
    text: `there is no policy ${quote(data["actual"])}`,
    ...suggestion(data, "known", "policies go by their name in the scenario"),
  }),
  unknown_policy_kind: (data) => ({
    text: `no policy has the kind ${quote(data["actual"])}`,
    ...suggestion(data, "known", "load further policies with --plugin MODULE"),
  }),
  unknown_gpu: (data) => ({
    text: `the GPU ${quote(data["actual"])} is not known`,
    hint: `${suggestion(data, "known", "use the name of a data sheet").hint}${suggestion(data).hint?.endsWith("?") === true ? " Or" : ", or"} give gpuMemory`,
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
    hint: "exchange from and to, or move one of them",
  }),
  session_context_too_small: ({ systemTokens, maxContext }) => ({
    text: `systemTokens ${systemTokens} leave no room in a context of ${maxContext} tokens`,
    hint: "raise maxContext, or engine.maxModelTokens where it comes from, or lower systemTokens",
  }),
  session_context_too_large: ({ maxContext, maxModelTokens }) => ({
    text: `maxContext ${maxContext} is above maxModelTokens ${maxModelTokens}: turns in between are rejected, and end their session`,
    hint: "lower maxContext, or raise engine.maxModelTokens",
  }),
  latency_not_fitted: (data) => ({
    text: `${plain(data["preset"])} has no such fit`,
    ...suggestion(data, "known", "leave latency out, or choose another preset"),
  }),
  latency_needs_preset: () => ({
    text: "latency chooses the fit of a preset, and the model here is no preset",
    hint: "write it inside model",
  }),
  kernel_tables_not_given: () => ({
    text: "nothing here reads the tables that this latency names",
    hint: "hand kernelTables to buildPlan, or use load",
  }),
  latency_function_result: ({ name, actual, decodeSequences, promptTokens }) => ({
    text: `the latency function ${quote(name)} gave ${plain(actual)} for a step of ${decodeSequences} decoding sequences and ${promptTokens} prompt tokens`,
    hint: "it must return a number of seconds above 0 for every step",
  }),
  unknown_engine_version: ({ actual }) => ({
    text: `${quote(actual)} is no version of vLLM whose defaults are known`,
    hint: "write it as in 0.25.0; before 0.8 the scheduler was another one",
  }),
  batch_below_sequences: ({ maxBatchedTokens, maxSequences }) => ({
    text: `maxBatchedTokens ${maxBatchedTokens} is below maxSequences ${maxSequences}`,
    hint: "the server refuses that: every decoding sequence takes a token of each step",
  }),
  tokens_per_step_above_drafts: ({ mean, maximum, draftTokens }) => ({
    text: `${mean} tokens per step on average cannot come from ${draftTokens} drafted ones: at most ${maximum}`,
    hint: "lower tokensPerStep or raise draftTokens",
  }),
  staleness_unused: ({ routing }) => ({
    text: `the gateway reads no metrics with ${plain(routing)} routing and without flow control`,
    hint: "remove staleness, or choose leastKvCache, inferenceGateway or flowControl",
  }),
  staleness_too_short: ({ actualSeconds }) => ({
    text: `the gateway cannot read metrics every ${actualSeconds} s`,
    hint: "write 1ms or more; 0s means: before every decision",
  }),
  metrics_always_old: ({ stalenessSeconds, maxAgeSeconds }) => ({
    text: `metrics are read every ${stalenessSeconds} s, but count as saturated after ${maxAgeSeconds} s`,
    hint: "between two readings nothing leaves the queue: shorten staleness or raise metricsMaxAge",
  }),
  flow_control_has_limits: ({ instead }) => ({
    text: "flow control has a queue of its own",
    hint: `write it as flowControl.${plain(instead)}`,
  }),
  unknown_stream: (data) => ({
    text: `no stream of this deployment is called ${quote(data["actual"])}`,
    ...suggestion(data, "known", "give the stream a name in traffic"),
  }),
  stream_in_two_bands: ({ actual }) => ({ text: `the stream ${quote(actual)} stands in two bands`, hint: "leave it in one of them" }),
  duplicate_priority: ({ actual }) => ({ text: `two bands have the priority ${plain(actual)}`, hint: "join them, or change one" }),
  invalid_curve: () => ({
    text: "these points are no curve over batch sizes",
    hint: "begin with size 1 and let sizes ascend, as in [[1, 5ms], [8, 12ms]]",
  }),
  batch_beyond_curve: ({ limit, last }) => ({
    text: `batches may hold ${limit} requests, and the curve ends at ${last}`,
    hint: "measure up to the batch limit, or lower it",
  }),
  batching_without_section: ({ batching }) => ({
    text: `batching ${plain(batching)} needs its figures`,
    hint: batching === "static" ? "add static: { size: 8 } beside it" : "add dynamic: { maxBatchSize: 8 } beside it",
  }),
  unused_with_batching: ({ key, batching }) => ({
    text: `${plain(key)} means nothing with ${plain(batching)} batching`,
    hint: "remove it, or choose another engine.batching",
  }),
  prefill_is_itself: ({ decode }) => ({
    text: `${quote(decode)} cannot compute prompts for itself`,
    hint: "name another deployment of the same model, or remove disaggregation: every replica then computes its own prompts",
  }),
  prefill_is_a_pair: ({ prefill }) => ({
    text: `${quote(prefill)} has its own prompts computed elsewhere`,
    hint: "a deployment either computes prompts or decodes: remove disaggregation there",
  }),
  prefill_shared: ({ prefill, other }) => ({
    text: `${quote(prefill)} computes the prompts of ${quote(other)} already`,
    hint: "give each deployment that decodes a prefill deployment of its own",
  }),
  pair_of_models: ({ decodeModel, prefillModel }) => ({
    text: `the two deployments serve different models: ${quote(decodeModel)} and ${quote(prefillModel)}`,
    hint: "the KV cache of one model means nothing to another; GPUs, GPUs per replica and limits may differ",
  }),
  prefill_takes_less: ({ decode, prefill, most, decodeMost }) => ({
    text: `${quote(prefill)} holds ${most} tokens of a request, ${quote(decode)} ${decodeMost}: longer prompts are rejected`,
    hint: `give ${plain(prefill)} the maxModelTokens and KV blocks of ${plain(decode)}`,
  }),
  pair_needs_continuous: ({ batching }) => ({
    text: `prompts and answers cannot be separated with batching ${plain(batching)}`,
    hint: "both deployments batch continuously; to choose a batch limit, give maxSequences and compare runs",
  }),
  prefill_has_no_clients: ({ decode, prefill }) => ({
    text: `no client ever talks to ${quote(prefill)}: it computes prompts for ${quote(decode)}`,
    hint: `write client under ${plain(decode)}`,
  }),
  traffic_to_prefill: ({ decode, prefill }) => ({
    text: `${quote(prefill)} only computes prompts for ${quote(decode)}`,
    hint: `send this traffic to ${plain(decode)}`,
  }),
  dynamic_needs_curve: ({ latency }) => ({
    text: `dynamic batching takes the time of a whole batch, and this model has a ${plain(latency)} latency`,
    hint: "give the model latency: { kind: curve, points: [[1, 5ms], [8, 12ms]] }; generative models batch continuously or statically",
  }),
  preferred_size_above_max: ({ size, maxBatchSize }) => ({
    text: `the preferred size ${size} exceeds maxBatchSize ${maxBatchSize}`,
    hint: "remove it, or raise maxBatchSize",
  }),
  instances_do_not_fit: ({ instances, weights, usable, fitting }) => ({
    text: `${instances} instances with ${plain(weights)} of weights each do not fit the ${plain(usable)} that a replica may use`,
    hint: fitting === 0 ? "use more GPUs, larger ones, or a smaller model" : `at most ${fitting} fit`,
  }),
  shape_incomplete: ({ missing }) => ({
    text: `a model that generates tokens needs ${Array.isArray(missing) ? missing.map(plain).join(", ") : ""} in its shape`,
    hint: "copy them from the model's config.json",
  }),
  model_does_not_fit: ({ model, gpu, gpusPerReplica, maxModelTokens, sum, fitting, fittingWithHalfWeights, utilization }) => ({
    text: `${plain(model)} does not fit ${gpusPerReplica} × ${plain(gpu)} with room for one request of ${maxModelTokens} tokens: ${plain(sum)}`,
    hint: `${utilization === undefined ? "" : `raise engine.gpuMemoryUtilization to ${utilization}; or `}${fittingHint(fitting, fittingWithHalfWeights)}`,
  }),
  kv_cache_below_one_request: ({ kvBlocks, blockTokens, maxModelTokens }) => ({
    text: `${kvBlocks} KV blocks of ${blockTokens} tokens do not hold one request of ${maxModelTokens} tokens`,
    hint: "lower maxModelTokens or raise kvBlocks",
  }),
  gpu_mismatch: ({ pool, poolGpu, modelGpu }) => ({
    text: `the pool ${quote(pool)} has ${plain(poolGpu)} GPUs, the model was measured or described on ${plain(modelGpu)}`,
    hint: "choose a pool or a model for the same GPU",
  }),
  shared_bandwidths_differ: ({ name, bytesPerSecond, firstBytesPerSecond }) => ({
    text: `${quote(name)} has ${formatBytes(Number(bytesPerSecond))}/s here and ${formatBytes(Number(firstBytesPerSecond))}/s where it is named first`,
    hint: "one name is one bandwidth: write the same, or another name",
  }),
  base_larger_than_image: ({ name, bytes, baseBytes }) => ({
    text: `the base ${quote(name)} has ${formatBytes(Number(baseBytes))}, the image built from it ${formatBytes(Number(bytes))}`,
    hint: "bytes are those of the whole image, its base included",
  }),
  base_sizes_differ: ({ name, bytes, firstBytes }) => ({
    text: `the base ${quote(name)} has ${formatBytes(Number(bytes))} here and ${formatBytes(Number(firstBytes))} where it is named first`,
    hint: "one name is one base: write the same, or another name",
  }),
  load_needs_node_copy: () => ({
    text: "weights from an object store come to the node's disk first, and nothing says how fast that is read",
    hint: "add `nodeCopy`, the rate of the disk, as in 4GB/s; or take `source: streaming` for a loader that needs no disk",
  }),
  load_key_without_effect: ({ source, key }) => ({
    text: source === "none" ? `\`${key}\` has no meaning without a \`source\`` : `\`${key}\` has no meaning for weights from ${source}`,
    hint: loadHint(source, key),
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
  min_above_max: ({ minimum, maximum }) => ({
    text: `the minimum ${minimum} is above the maximum ${maximum}`,
    hint: "raise the maximum or lower the minimum",
  }),
  unknown_node_pool: (data) => ({ text: `there is no node pool ${quote(data["name"])}`, ...suggestion(data) }),
  no_node_pool: ({ known, gpu }) => ({
    text: `no node pool has the GPU that this deployment needs${gpu === undefined ? "" : `: ${plain(gpu)}`}`,
    hint: `pools: ${quote(known)}; give one of them that GPU, or choose a model for theirs`,
  }),
  node_pool_unused: ({ name, gpu, minimum }) => ({
    text: `no deployment uses the node pool ${quote(name)} (${plain(gpu)}), but its ${minimum} ${minimum === 1 ? "node is" : "nodes are"} billed`,
    hint: "remove the pool, set its min to 0, or name it in a deployment's nodePools",
  }),
  replica_larger_than_node: ({ gpusPerReplica, gpusPerNode, nodesPerReplica }) => ({
    text: `a replica needs ${gpusPerReplica} GPUs${nodesPerReplica === 1 ? "" : ` on ${nodesPerReplica} nodes`}, the largest node it may use has ${gpusPerNode}`,
    hint: "a replica's GPUs are in one node, unless nodesPerReplica says more (a LeaderWorkerSet)",
  }),
  gpus_not_shared_evenly: ({ gpusPerReplica, nodesPerReplica }) => ({
    text: `${gpusPerReplica} GPUs of a replica cannot be shared evenly by ${nodesPerReplica} nodes`,
    hint: "every node of a replica holds as many of its GPUs; change nodesPerReplica or model.gpusPerReplica",
  }),
  initial_replicas_do_not_fit: ({ replicas, placed }) => ({
    text: `only ${placed} of the ${replicas} replicas at the start have room`,
    hint: "raise the max of a node pool or lower replicas",
  }),
};
