import type { Cluster } from "../cluster/cluster.ts";
import { unreachable } from "../errors.ts";
import type { LiveMetric, MetricElement } from "../scaling/policy.ts";
import type { Plan, PlanDeployment } from "../scenario/plan.ts";
import type { EngineConfig } from "../serving/config.ts";
import { createReplicaSample } from "../serving/replica.ts";
import { SlotState } from "../serving/request-table.ts";
import type { Service } from "../serving/service.ts";

/** Where the answers are taken from. */
export interface LiveSources {
  readonly service: Service;
  readonly cluster: Cluster;
  readonly plan: Plan;
}

/** What a deployment's endpoints show when a controller asks them itself. Pods that are not Ready, or whose container is down, say nothing. */
export function readLive(
  { service, cluster, plan }: LiveSources,
  deployment: number,
  metric: LiveMetric,
  nowSeconds: number,
): readonly MetricElement[] {
  const gateway = service.gateway(deployment);
  const { engine } = (plan.deployments[deployment] as PlanDeployment).serving;
  switch (metric) {
    case "request_seconds_total":
      return [{ labels: {}, value: gateway.load.requestSecondsAt(nowSeconds) }];
    case "requests_total":
      return [{ labels: {}, value: gateway.arrivals }];
    case "queued_requests":
      return [{ labels: {}, value: gateway.queueDepth }];
    default:
      return cluster
        .readyPods(deployment)
        .filter((pod) => service.isServing(pod))
        .map((pod) => {
          const { name } = cluster.pod(pod);
          return { labels: { pod: name }, pod: name, value: podValue(service, pod, metric, nowSeconds, engine) };
        });
  }
}

type PodMetric = Exclude<LiveMetric, "request_seconds_total" | "requests_total" | "queued_requests">;

function podValue(service: Service, pod: number, metric: PodMetric, nowSeconds: number, { kvBlocks, blockTokens }: EngineConfig): number {
  const replica = service.fleet.get(pod);
  if (metric === "ongoing_requests") return replica.inFlight;
  if (metric === "kv_cache_tokens") return kvBlocks * blockTokens;
  if (metric === "waiting_prompt_tokens") return waitingPromptTokens(service, pod);
  const sample = createReplicaSample();
  replica.sample(nowSeconds, sample);
  switch (metric) {
    case "running_requests":
      return sample.running;
    case "waiting_requests":
      return sample.waiting;
    case "kv_cache_usage":
      return sample.usedBlocks / kvBlocks;
    default:
      return unreachable(metric);
  }
}

/** Prompt tokens of the requests in the engine's queue: asked for every few seconds at most, so the table is simply searched. */
function waitingPromptTokens({ table }: Service, pod: number): number {
  let tokens = 0;
  table.forEachSlot((slot) => {
    if (table.replica[slot] !== pod || table.state[slot] !== SlotState.Waiting || table.aborted[slot] === 1) return;
    tokens += table.promptTokens[slot] as number;
  });
  return tokens;
}
