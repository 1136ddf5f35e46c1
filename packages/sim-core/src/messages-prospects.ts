import { type DataCatalogue, plain } from "./message-text.ts";

const percent = (share: unknown): string =>
  typeof share === "number" ? `${Number((share * 100).toPrecision(3))} %` : plain(share as string);

/** Texts of the warnings about what a scenario is bound to meet when it runs. */
export const PROSPECT_MESSAGES: DataCatalogue = {
  gpu_utilization_trigger: ({ metric }) => ({
    text: `${plain(metric)} is near 100 with a single sequence in the batch: it says that the GPU is busy, not that it is full`,
    hint: "scale on what fills a replica: vllm:num_requests_running, vllm:num_requests_waiting or vllm:kv_cache_usage_perc",
  }),
  target_unreachable: ({ target, tolerance, needed, most }) => ({
    text: `the target ${target} is out of reach: the metric never exceeds ${most} for a replica, and more replicas are asked for only above ${needed} (tolerance ${percent(tolerance)})`,
    hint: `choose a target well below ${most}, or a metric that grows with the queue, such as vllm:num_requests_waiting`,
  }),
  target_caps_replicas: ({ target, most, reachable, maxReplicas }) => ({
    text: `one value of at most ${most} shared out in portions of ${target} can ask for ${reachable} replicas, and never for the ${maxReplicas} of the maximum`,
    hint: "add the value up over the replicas, as in sum(…), or compare it as a whole: metricType: Value (KEDA), target.type: Value (HPA)",
  }),
  resource_not_modelled: ({ resource, percent: used, target }) => ({
    text: `${plain(resource)} is not simulated: each container uses ${used} % of its request at all times${target === undefined ? "" : `, whatever the load, against a target of ${target} %`}`,
    hint: `scale on a metric of the servers; metrics.${plain(resource)}Utilization sets the constant`,
  }),
  stabilization_below_cold_start: ({ windowSeconds, coldStartSeconds, warmStartSeconds }) => ({
    text: `a replica is removed after ${windowSeconds} s of lower load, and a new one takes ${coldStartSeconds} s to come (${warmStartSeconds} s where its node is still there)`,
    hint: "a lull shorter than a start is paid for twice: raise the scale-down window above the time a replica takes to come back, or shorten that",
  }),
  cooldown_below_cold_start: ({ cooldownSeconds, coldStartSeconds, warmStartSeconds }) => ({
    text: `the last replica goes after ${cooldownSeconds} s without activity, and the next one takes ${coldStartSeconds} s to come (${warmStartSeconds} s where its node is still there)`,
    hint: "whoever arrives then waits a whole cold start: raise cooldownPeriod above it, or keep a replica",
  }),
  lead_below_cold_start: ({ key, leadSeconds, coldStartSeconds }) => ({
    text: `replicas are asked for ${leadSeconds} s ahead, and take ${coldStartSeconds} s to come`,
    hint: key === "leadSeconds" ? "write leadSeconds: coldStart" : `leave ${plain(key)} out, which takes the cold start, or raise it`,
  }),
  period_above_cold_start: ({ key, periodSeconds, coldStartSeconds }) => ({
    text: `load is looked at every ${periodSeconds} s, more than the ${coldStartSeconds} s a replica takes to come`,
    hint: `lower ${plain(key)}: most of the delay is waiting for the next look`,
  }),
  max_replicas_above_pools: ({ key, replicas, roomReplicas }) => ({
    text: `${replicas} replicas may be asked for, and the node pools hold ${roomReplicas} of them: the rest would stay unschedulable`,
    hint: `lower ${plain(key)}, or raise max of a node pool`,
  }),
  min_replicas_above_pools: ({ replicas, roomReplicas }) => ({
    text: `at least ${replicas} replicas are asked for, and the node pools hold ${roomReplicas}: some never start`,
    hint: "raise max of a node pool, or lower the minimum",
  }),
  window_below_scrapes: ({ function: name, windowSeconds, scrapeIntervalSeconds }) => ({
    text: `${plain(name)} needs two samples, and a window of ${windowSeconds} s holds ${Number(windowSeconds) <= Number(scrapeIntervalSeconds) ? "at most one" : "often only one"} at a scrape every ${scrapeIntervalSeconds} s`,
    hint: "four scrape intervals are the usual window; without two samples there is no value",
  }),
  grace_below_longest_answer: ({ graceSeconds, tokens, answerSeconds }) => ({
    text: `after a stop ${graceSeconds} s are left to finish, and answers of ${tokens} tokens (one in a thousand is longer) take about ${answerSeconds} s in a batch half full: scaling down cuts them off`,
    hint: "raise shutdown.grace (terminationGracePeriodSeconds), or limit answers with maxOutputTokens",
  }),
};
