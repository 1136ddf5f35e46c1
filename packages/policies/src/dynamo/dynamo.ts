import {
  definePolicy,
  type Held,
  type LiveMetric,
  type MetricRequest,
  type Observation,
  type Policy,
  type PolicyOutcome,
} from "@replicast/sim-core";
import { doorValue, live, podValues, readyPods } from "../live.ts";
import { type Told, told } from "../quiet.ts";
import { budgetReplicas, type DynamoConfig, parseDynamoConfig } from "./config.ts";
import { type EngineLoad, loadStep } from "./load-rule.ts";
import { NO_HISTORY, observe, type PredictorState, predict } from "./predictors.ts";
import { dynamoWithout } from "./without.ts";

/** What the planner remembers. */
export type DynamoState = {
  readonly requests: number | null;
  readonly predictor: PredictorState;
  /** Least replicas by the predicted rate. */
  readonly floor: number;
  readonly told: Told | null;
};

type Config = DynamoConfig & { readonly [key: string]: string | number | boolean | null };

const ENGINE: readonly LiveMetric[] = ["waiting_prompt_tokens", "kv_cache_usage", "kv_cache_tokens"];
const ARRIVALS: readonly MetricRequest[] = [live("requests_total")];
const LOADS: readonly MetricRequest[] = ENGINE.map(live);

/**
 * `kind: dynamo`: the planner of NVIDIA Dynamo for one component: replicas for the predicted rate of requests, and steps by what the
 * engines report about their iterations.
 *
 * @see ai-dynamo 1.6 planner, and docs/planner/sla_planner.md
 */
export const dynamo: Policy<Config, DynamoState> = definePolicy<Config, DynamoState>({
  id: "dynamo",
  parseConfig: parseDynamoConfig,
  without: dynamoWithout,
  initialState: (config) => ({ requests: null, predictor: NO_HISTORY, floor: config.min_endpoint, told: null }),
  timers: (config) => [
    ...(config.enable_throughput_scaling ? [{ name: "throughput", periodSeconds: config.throughput_adjustment_interval }] : []),
    ...(config.enable_load_scaling ? [{ name: "load", periodSeconds: config.load_adjustment_interval }] : []),
  ],
  needs: (timer) => (timer === "load" ? LOADS : ARRIVALS),
  queries: (config) => [...(config.enable_throughput_scaling ? ARRIVALS : []), ...(config.enable_load_scaling ? LOADS : [])],
  decide: (observation, state, config) =>
    observation.timer === "load" ? byLoad(observation, state, config) : byThroughput(observation, state, config),
});

/** Replicas for the rate predicted for the next interval; with the load rule on, only a lower limit for that one. */
function byThroughput(observation: Observation, before: DynamoState, config: Config): PolicyOutcome<DynamoState> {
  const { metrics, scale } = observation;
  const requests = doorValue(metrics["requests_total"]);
  if (before.requests === null) return { state: { ...before, requests }, isQuiet: true };
  const rate = (requests - before.requests) / config.throughput_adjustment_interval;
  const predictor = observe(before.predictor, rate);
  const predicted = predict(predictor, config.load_predictor);
  const engineRps = config.engine_rps ?? Number.POSITIVE_INFINITY; // the parser asks for it where this rule is on
  const foreseen = Math.ceil(predicted / engineRps);
  const needed = Math.max(config.min_endpoint, foreseen);
  const { specReplicas } = scale;
  const stepped = Math.min(Math.max(needed, specReplicas - config.max_replica_change), specReplicas + config.max_replica_change);
  const desired = Math.min(stepped, budgetReplicas(config));
  const state = { ...before, requests, predictor, floor: Math.min(needed, budgetReplicas(config)) };
  if (config.enable_load_scaling && desired <= specReplicas) return { state, isQuiet: true };
  const evidence = { observedPerSecond: rate, predictedPerSecond: predicted, engineRps, neededReplicas: needed };
  const reason = desired === needed ? "PredictedThroughput" : desired < stepped ? "GpuBudget" : "MaxReplicaChange";
  const held = throughputHeld({ foreseen, needed, stepped, desired }, config);
  return { state, decision: { desiredReplicas: desired, reason, ...(held && { held }), evidence } };
}

/** A budget, the limit of a change, the fewest engines; a trend that was followed is a forecast, the last value is none. */
function throughputHeld(
  { foreseen, needed, stepped, desired }: { foreseen: number; needed: number; stepped: number; desired: number },
  { load_predictor }: Config,
): Held | undefined {
  if (desired < stepped) return { by: "max", wanted: stepped };
  if (stepped !== needed) return { by: "rate", wanted: needed };
  if (needed > foreseen) return { by: "min", wanted: foreseen };
  return load_predictor === "kalman" ? { by: "forecast" } : undefined;
}

/** A step of one replica by the engines' load, unless one is starting already. */
function byLoad(observation: Observation, state: DynamoState, config: Config): PolicyOutcome<DynamoState> {
  const { nowSeconds, metrics, scale, pods } = observation;
  const loads = loadsOf(observation);
  const ready = readyPods(pods);
  const { specReplicas } = scale;
  const evidence = { engines: loads.length, readyReplicas: ready, lowerLimit: state.floor };
  // one step at a time: until the last one is done there is no other
  const hold = (reason: string): PolicyOutcome<DynamoState> =>
    told(state, { desiredReplicas: specReplicas, reason, held: { by: "rate" }, evidence }, nowSeconds, specReplicas);
  if (specReplicas < state.floor)
    return told(state, { desiredReplicas: state.floor, reason: "PredictedThroughput", evidence }, nowSeconds, specReplicas);
  // metrics of fewer or more engines than expected are only looked at
  if (metrics["kv_cache_usage"]?.ok !== true || loads.length !== specReplicas)
    return hold(ready < specReplicas ? "ReplicasStarting" : "ReplicasLeaving");
  const { step, reason, largest } = loadStep(config.component, config.optimization_target, loads, config.context_length ?? 1);
  const wanted = specReplicas + step;
  const desired = Math.min(Math.max(wanted, state.floor, config.min_endpoint), budgetReplicas(config));
  const bounded = desired === wanted ? reason : desired < wanted ? "GpuBudget" : "LowerLimit";
  const held = desired === wanted ? undefined : loadHeld(wanted, desired, state, config);
  return told(
    state,
    { desiredReplicas: desired, reason: bounded, ...(held && { held }), evidence: { ...evidence, largestLoad: largest } },
    nowSeconds,
    specReplicas,
  );
}

/** The lower limit is the fewest engines, or what the predicted rate needs. */
function loadHeld(wanted: number, desired: number, { floor }: DynamoState, { min_endpoint, load_predictor }: Config): Held {
  if (desired < wanted) return { by: "max", wanted };
  if (floor <= min_endpoint) return { by: "min", wanted };
  return { by: load_predictor === "kalman" ? "forecast" : "min", wanted };
}

function loadsOf({ metrics }: Observation): readonly EngineLoad[] {
  const usage = new Map(podValues(metrics["kv_cache_usage"]).map(({ pod, value }) => [pod, value]));
  const tokens = new Map(podValues(metrics["kv_cache_tokens"]).map(({ pod, value }) => [pod, value]));
  return podValues(metrics["waiting_prompt_tokens"]).map(({ pod, value }) => ({
    queuedPrefillTokens: value,
    kvLoad: (usage.get(pod) ?? 0) + value / (tokens.get(pod) ?? Number.POSITIVE_INFINITY),
  }));
}
