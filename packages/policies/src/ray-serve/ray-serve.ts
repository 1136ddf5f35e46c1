import { definePolicy, type MetricRequest, type Observation, type Policy, type PolicyOutcome } from "@replicast/sim-core";
import { doorValue, live, podValues, readyPods } from "../live.ts";
import { type Told, told } from "../quiet.ts";
import { aggregate, mergeInstantaneousTotal, type Reduced, reduceSteps, type Steps } from "./aggregate.ts";
import { parseRayServeConfig, type RayServeConfig } from "./config.ts";
import { decideReplicas, NO_TIMER, type RayDecision, type RayTimer } from "./decide.ts";
import { heldBy } from "./held.ts";
import { rayServeWithout } from "./without.ts";

/** A replica, or the queue at the handles (an empty name), with what it recorded. */
type Source = { readonly name: string; readonly steps: Steps };

/** What replicas, handles and the controller remember. */
export type RayServeState = {
  /** Recorded at the sources. */
  readonly recorded: readonly Source[];
  /** As last sent to the controller. */
  readonly sent: readonly Source[];
  readonly sentSeconds: number;
  /** The load of the sources that still exist, put together once for all turns until something is sent or a pod goes. */
  readonly load: { readonly pods: number; readonly reduced: Reduced | null } | null;
  readonly timer: RayTimer;
  readonly told: Told | null;
};

/** @see ray python/ray/serve/_private/constants.py, RAY_SERVE_REPLICA_AUTOSCALING_METRIC_RECORD_INTERVAL_S and the handle's */
const RECORD_SECONDS = 0.5;
const HANDLES = "";
const REQUESTS: readonly MetricRequest[] = [live("ongoing_requests"), live("queued_requests")];

/**
 * `kind: ray-serve`: Ray Serve's request autoscaling. Replicas record what they run and handles what they queue, every half second; both
 * send it to the controller, which adds it up and decides ten times a second.
 *
 * @see ray 2.60 python/ray/serve/autoscaling_policy.py and _private/autoscaling_state.py
 */
export const rayServe: Policy<RayServeConfig, RayServeState> = definePolicy<RayServeConfig, RayServeState>({
  id: "ray-serve",
  parseConfig: parseRayServeConfig,
  without: (config, hindrance, replicasMax) => rayServeWithout(config, hindrance, replicasMax, RECORD_SECONDS),
  initialState: () => ({ recorded: [], sent: [], sentSeconds: 0, load: null, timer: NO_TIMER, told: null }),
  timers: ({ controlLoopSeconds }) => [
    { name: "record", periodSeconds: RECORD_SECONDS },
    { name: "control", periodSeconds: controlLoopSeconds },
  ],
  needs: (timer) => (timer === "record" ? REQUESTS : []),
  queries: () => REQUESTS,
  decide: (observation, state, config) =>
    observation.timer === "record" ? { state: recordLoad(observation, state, config), isQuiet: true } : control(observation, state, config),
});

/** One recording at every source; every so often what is recorded is sent. A handle without a replica sends its first request at once. */
function recordLoad({ nowSeconds, metrics, pods }: Observation, state: RayServeState, config: RayServeConfig): RayServeState {
  const queued = doorValue(metrics["queued_requests"]);
  const values = [{ pod: HANDLES, value: queued }, ...podValues(metrics["ongoing_requests"])];
  const before = new Map(state.recorded.map(({ name, steps }) => [name, steps]));
  const fromSeconds = nowSeconds - config.lookBackSeconds;
  const recorded = values.map(({ pod, value }) => ({
    name: pod,
    steps: [...(before.get(pod) ?? []).filter(([seconds]) => seconds > fromSeconds), [nowSeconds, value] as const],
  }));
  const isCold = readyPods(pods) === 0 && queued > 0 && lastOf(state.sent, HANDLES) === 0;
  const isDue = nowSeconds - state.sentSeconds >= config.metricsIntervalSeconds || state.sent.length === 0 || isCold;
  return isDue ? { ...state, recorded, sent: recorded, sentSeconds: nowSeconds, load: null } : { ...state, recorded };
}

function lastOf(sources: readonly Source[], wanted: string): number {
  return sources.find(({ name }) => name === wanted)?.steps.at(-1)?.[1] ?? 0;
}

/** One turn of the controller: the load of the sources it knows of that still exist. */
function control(observation: Observation, state: RayServeState, config: RayServeConfig): PolicyOutcome<RayServeState> {
  const { nowSeconds, scale, pods } = observation;
  const running = readyPods(pods);
  const load = state.load?.pods === pods.length ? state.load : loadOf(state.sent, pods);
  const totalRequests = load.reduced === null ? 0 : (aggregate(load.reduced, config.aggregation, nowSeconds) ?? load.reduced.lastValue);
  const input = { nowSeconds, runningReplicas: running, targetReplicas: scale.specReplicas, totalRequests };
  const result = decideReplicas(config.scaling, state.timer, input);
  const evidence = {
    ongoingRequests: totalRequests,
    targetOngoingRequests: config.scaling.target_ongoing_requests,
    runningReplicas: running,
    wantedReplicas: result.desired,
    metricsAgeSeconds: nowSeconds - state.sentSeconds,
    ...(result.timer.direction === 0 ? {} : { delaySeconds: result.delaySeconds, waitedSeconds: nowSeconds - result.timer.sinceSeconds }),
  };
  const held = heldBy(config.scaling, result, input);
  const hold = held === undefined ? {} : { held };
  const decision = { desiredReplicas: result.bounded, reason: reasonOf(result, scale.specReplicas), ...hold, evidence };
  return told({ ...state, load, timer: result.timer }, decision, nowSeconds, scale.specReplicas);
}

/** From the moment on at which every source has something to say. */
function loadOf(sent: readonly Source[], pods: Observation["pods"]): { readonly pods: number; readonly reduced: Reduced | null } {
  const alive = new Set(pods.map(({ name }) => name));
  const series = sent.filter(({ name }) => name === HANDLES || alive.has(name)).map(({ steps }) => steps);
  const starts = series.flatMap((steps) => (steps[0] === undefined ? [] : [steps[0][0]]));
  return { pods: pods.length, reduced: reduceSteps(mergeInstantaneousTotal(series), Math.max(...starts)) ?? null };
}

function reasonOf({ bounded, decision, timer }: RayDecision, target: number): string {
  if (bounded !== decision) return bounded < decision ? "MaxReplicas" : "MinReplicas";
  if (timer.direction !== 0) return timer.direction > 0 ? "UpscaleDelay" : "DownscaleDelay";
  return decision === target ? "TargetOngoingRequestsMet" : decision > target ? "Upscale" : "Downscale";
}
