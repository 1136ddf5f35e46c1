import {
  definePolicy,
  type MetricRequest,
  type Observation,
  type Policy,
  type PolicyOutcome,
  type ScaleDecision,
} from "@replicast/sim-core";
import { doorValue, live, readyPods } from "../live.ts";
import { type Told, told } from "../quiet.ts";
import { type Buckets, emptyBuckets, isEmpty, record, type WindowShape, windowAverage } from "./buckets.ts";
import { type KnativeConfig, parseKnativeConfig } from "./config.ts";
import { type DeciderHold, deciderHold, heldBy } from "./held.ts";
import { initialReconciler, type Reconciled, type ReconcilerState, reconcile } from "./reconcile.ts";
import { activatorCount } from "./resolve.ts";
import { initialScaler, type ScaleResult, type ScalerState, scale, TICK_SECONDS } from "./scaler.ts";
import { knativeWithout } from "./without.ts";

/** What the autoscaler remembers. */
export type KnativeState = {
  readonly firings: number;
  readonly stable: Buckets;
  readonly panic: Buckets;
  /** The door's counters when they were last read. */
  readonly counters: { readonly atSeconds: number; readonly requestSeconds: number; readonly requests: number } | null;
  readonly scaler: ScalerState | null;
  readonly reconciler: ReconcilerState | null;
  /** The last valid decision; null: none yet. */
  readonly decided: Decided | null;
  readonly told: Told | null;
};

type Decided = {
  readonly desiredPods: number;
  readonly excessBurstCapacity: number;
  readonly reason: string;
  readonly hold: DeciderHold;
  readonly evidence: ScaleDecision["evidence"];
};

/** Pods and activators are read every second. @see knative.dev/serving pkg/autoscaler/metrics/collector.go, scrapeTickInterval */
const SCRAPE_SECONDS = 1;
const TICK_FIRINGS = TICK_SECONDS / SCRAPE_SECONDS;
const REQUESTS: readonly MetricRequest[] = [live("request_seconds_total"), live("requests_total")];

/**
 * `kind: knative`: the Knative pod autoscaler, configured by the user's own Knative Service or by its annotations. It reads concurrency or
 * requests of every second from pods and activator itself, decides every two seconds, and holds requests while there are no pods.
 *
 * @see knative.dev/serving pkg/autoscaler and pkg/reconciler/autoscaling/kpa, August 2026
 */
export const knative: Policy<KnativeConfig, KnativeState> = definePolicy<KnativeConfig, KnativeState>({
  id: "knative",
  parseConfig: parseKnativeConfig,
  without: knativeWithout,
  initialState: (config) => ({
    firings: 0,
    stable: emptyBuckets(stableShape(config)),
    panic: emptyBuckets(panicShape(config)),
    counters: null,
    scaler: null,
    reconciler: null,
    decided: null,
    told: null,
  }),
  timers: () => [{ name: "scrape", periodSeconds: SCRAPE_SECONDS }],
  needs: () => REQUESTS,
  queries: () => REQUESTS,
  decide(observation, before, config) {
    const { nowSeconds, scale: target } = observation;
    const measured = measure(observation, before, config);
    // the activator tells at once of a request that finds no pod
    const isPoked = target.specReplicas === 0 && measured.value > 0;
    const isTick = before.firings % TICK_FIRINGS === 0 || isPoked;
    const ticked = isTick ? tick(observation, measured.state, config) : measured.state;
    const ready = readyPods(observation.pods);
    const reconciler = ticked.reconciler ?? initialReconciler(config, ready, target.specReplicas, nowSeconds);
    const result = reconcile(config, reconciler, {
      nowSeconds,
      readyPods: ready,
      specReplicas: target.specReplicas,
      desiredPods: ticked.decided?.desiredPods ?? -1,
      excessBurstCapacity: ticked.decided?.excessBurstCapacity ?? -1,
    });
    return outcome(observation, { ...ticked, firings: before.firings + 1, reconciler: result.state }, result);
  },
});

function stableShape({ spec }: KnativeConfig): WindowShape {
  return { windowSeconds: spec.stableWindowSeconds, granularitySeconds: SCRAPE_SECONDS };
}

function panicShape({ spec }: KnativeConfig): WindowShape {
  return { windowSeconds: spec.panicWindowSeconds, granularitySeconds: SCRAPE_SECONDS };
}

/** The second that has just ended: average concurrency of all pods and of what waits at the activator, or requests that arrived. */
function measure(
  { nowSeconds, metrics, pods }: Observation,
  state: KnativeState,
  config: KnativeConfig,
): { readonly value: number; readonly state: KnativeState } {
  const counters = {
    atSeconds: nowSeconds,
    requestSeconds: doorValue(metrics["request_seconds_total"]),
    requests: doorValue(metrics["requests_total"]),
  };
  const { counters: last } = state;
  if (last === null) return { value: 0, state: { ...state, counters } };
  const seconds = nowSeconds - last.atSeconds;
  const sum = config.spec.scalingMetric === "rps" ? counters.requests - last.requests : counters.requestSeconds - last.requestSeconds;
  const value = Math.max(0, sum / seconds);
  // without a pod and without a request nobody reports anything
  if (value === 0 && readyPods(pods) === 0) return { value, state: { ...state, counters } };
  const unixSeconds = config.startEpochSeconds + nowSeconds;
  return {
    value,
    state: {
      ...state,
      counters,
      stable: record(state.stable, stableShape(config), unixSeconds, value),
      panic: record(state.panic, panicShape(config), unixSeconds, value),
    },
  };
}

/** One decision of the autoscaler; without data for a whole window the last one stays. */
function tick({ nowSeconds, pods }: Observation, state: KnativeState, config: KnativeConfig): KnativeState {
  const { spec } = config;
  const unixSeconds = config.startEpochSeconds + nowSeconds;
  const ready = readyPods(pods);
  const scaler = state.scaler ?? initialScaler(ready, unixSeconds);
  if (isEmpty(state.stable, stableShape(config), unixSeconds)) return { ...state, scaler };
  const stableAverage = windowAverage(state.stable, stableShape(config), spec.aggregation, unixSeconds);
  const panicAverage = windowAverage(state.panic, panicShape(config), spec.aggregation, unixSeconds);
  const result = scale({ ...spec, reachable: true }, scaler, { unixSeconds, readyPods: ready, stableAverage, panicAverage });
  const evidence = {
    metric: spec.scalingMetric,
    stableAverage,
    panicAverage,
    targetPerPod: spec.targetValue,
    readyPods: ready,
    stablePods: result.stablePods,
    panicPods: result.panicPods,
    maxScaleUp: result.maxScaleUp,
    maxScaleDown: result.maxScaleDown,
    excessBurstCapacity: result.excessBurstCapacity,
    activators: activatorCount(spec, ready),
    ...(result.state.panicSeconds === null ? {} : { inPanic: true, maxPanicPods: result.state.maxPanicPods }),
  };
  const { desiredPods, excessBurstCapacity } = result;
  return {
    ...state,
    scaler: result.state,
    decided: { desiredPods, excessBurstCapacity, reason: reasonOf(result), hold: deciderHold(result), evidence },
  };
}

/** Which rule has the last word about the count. */
function reasonOf({ desiredPods, undelayedPods, state, stablePods, panicPods, maxScaleUp, maxScaleDown }: ScaleResult): string {
  if (desiredPods !== undelayedPods) return "ScaleDownDelay";
  if (state.panicSeconds !== null) {
    if (desiredPods === maxScaleUp && panicPods > maxScaleUp) return "MaxScaleUpRate";
    return desiredPods > Math.max(panicPods, stablePods) ? "PanicHoldsPods" : "PanicMode";
  }
  if (stablePods > desiredPods) return "MaxScaleUpRate";
  if (stablePods < desiredPods) return desiredPods === maxScaleDown ? "MaxScaleDownRate" : "ActivationScale";
  return "StableMode";
}

const BOUND_REASONS: Readonly<Record<Exclude<Reconciled["boundBy"], "none">, string>> = {
  minScale: "MinScale",
  maxScale: "MaxScale",
  initialScale: "InitialScale",
};

function outcome({ nowSeconds, scale: target }: Observation, state: KnativeState, result: Reconciled): PolicyOutcome<KnativeState> {
  const { decided, reconciler } = state;
  if (decided === null) {
    if (result.replicas === target.specReplicas) return { state, isQuiet: true };
    const evidence = { condition: reconciler?.condition ?? "activating" };
    return told(
      state,
      { desiredReplicas: result.replicas, reason: zeroReason(result) ?? "InitialScale", evidence },
      nowSeconds,
      target.specReplicas,
    );
  }
  const reason = zeroReason(result) ?? (result.boundBy === "none" ? decided.reason : BOUND_REASONS[result.boundBy]);
  const evidence = {
    ...decided.evidence,
    condition: result.state.condition,
    path: result.state.serviceMode === "Proxy" ? "through the activator" : "straight to the pods",
  };
  const held = heldBy(result, decided.desiredPods, decided.hold);
  const hold = held === undefined ? {} : { held };
  return told(state, { desiredReplicas: result.replicas, reason, ...hold, evidence }, nowSeconds, target.specReplicas);
}

/** Why a wish for no pods is met, or not yet. */
function zeroReason({ zero, boundBy, condition }: Reconciled): string | undefined {
  if (boundBy !== "none" || zero.desired > 1) return undefined;
  if (zero.desired === 1) return zero.requeueAfterSeconds === null ? undefined : "ScaleToZeroWaitsForStableWindow";
  if (zero.desired < 0) return zero.requeueAfterSeconds === null ? "NoMetricsYet" : "Activating";
  if (!zero.apply) return "ScaleToZeroGracePeriod";
  return condition === "activating" ? "ActivationTimedOut" : "NoTraffic";
}
