import { definePolicy, type Held, type Observation, type Policy, type ScaleDecision } from "@replicast/sim-core";
import { live, podValues, readyPods } from "../live.ts";
import { type AibrixConfig, parseAibrixConfig } from "./config.ts";
import { apaHeld, kpaHeld } from "./held.ts";
import { type AibrixPanic, apaReplicas, kpaReplicas, NO_PANIC } from "./strategies.ts";
import { aibrixWithout } from "./without.ts";

/** Sums over all pods, as read; panic; when the count was last changed. */
export type AibrixState = {
  readonly samples: readonly (readonly [seconds: number, total: number])[];
  readonly panic: AibrixPanic;
  readonly changedSeconds: number | null;
};

interface Wanted {
  readonly desired: number;
  readonly reason: string;
  readonly held: Held | undefined;
  readonly evidence: ScaleDecision["evidence"];
  readonly panic: AibrixPanic;
}

/**
 * `kind: aibrix`: an AIBrix PodAutoscaler with the strategy APA or KPA. It reads an engine metric from the pods themselves.
 *
 * @see vllm-project/aibrix pkg/controller/podautoscaler, August 2026
 */
export const aibrix: Policy<AibrixConfig, AibrixState> = definePolicy<AibrixConfig, AibrixState>({
  id: "aibrix",
  parseConfig: parseAibrixConfig,
  without: aibrixWithout,
  initialState: () => ({ samples: [], panic: NO_PANIC, changedSeconds: null }),
  timers: ({ resyncSeconds }) => [{ name: "resync", periodSeconds: resyncSeconds }],
  needs: (_timer, _state, { metric }) => [live(metric)],
  queries: ({ metric }) => [live(metric)],
  decide(observation, before, config) {
    const { nowSeconds, scale, metrics } = observation;
    const values = podValues(metrics[config.metric]);
    // pods that do not answer yet say nothing about the load
    if (values.length === 0 && scale.specReplicas > 0) return { state: before, isQuiet: true };
    const total = values.reduce((sum, { value }) => sum + value, 0);
    const samples = [...before.samples.filter(([at]) => at > nowSeconds - config.stableWindowSeconds), [nowSeconds, total] as const];
    const wanted =
      config.strategy === "APA"
        ? byApa(observation, config, total / Math.max(1, values.length), before)
        : byKpa(observation, config, samples, before);
    const { desired, reason, held } = limit(wanted, observation, before, config);
    const hold = held === undefined ? {} : { held };
    const changedSeconds = desired === scale.specReplicas ? before.changedSeconds : nowSeconds;
    const state = { samples: config.strategy === "APA" ? [] : samples, panic: wanted.panic, changedSeconds };
    return { state, decision: { desiredReplicas: desired, reason, ...hold, evidence: { metric: config.metric, ...wanted.evidence } } };
  },
});

function byApa({ scale }: Observation, config: AibrixConfig, perPod: number, { panic }: AibrixState): Wanted {
  const desired = apaReplicas(config.limits, scale.specReplicas, perPod, config.target);
  const ratio = perPod / config.target;
  const held = apaHeld(scale.specReplicas, ratio, desired);
  const evidence = { valuePerPod: perPod, targetPerPod: config.target, ratio };
  return { desired, reason: desired === scale.specReplicas ? "WithinTolerance" : "AdaptivePodAutoscaler", held, evidence, panic };
}

function byKpa({ nowSeconds, pods }: Observation, config: AibrixConfig, samples: AibrixState["samples"], { panic }: AibrixState): Wanted {
  const average = (windowSeconds: number): number => {
    const recent = samples.filter(([at]) => at > nowSeconds - windowSeconds);
    return recent.length === 0 ? 0 : recent.reduce((sum, [, total]) => sum + total, 0) / recent.length;
  };
  const [stableAverage, panicAverage] = [average(config.stableWindowSeconds), average(config.panicWindowSeconds)];
  const { target, panicThreshold, stableWindowSeconds } = config;
  const ready = readyPods(pods);
  const input = { nowSeconds, readyPods: ready, stableAverage, panicAverage, target, panicThreshold, stableWindowSeconds };
  const result = kpaReplicas(config.limits, panic, input);
  const { stablePods, panicPods } = result;
  const evidence = { stableAverage, panicAverage, targetPerPod: target, readyPods: ready, stablePods, panicPods };
  return {
    desired: result.desired,
    reason: result.panic.panicSeconds === null ? "StableMode" : "PanicMode",
    held: kpaHeld(result, { ready, stableAverage, panicAverage, target }),
    evidence,
    panic: result.panic,
  };
}

/** Limits, then cooldowns: a change waits until the last one is long enough ago. */
function limit(
  { desired, reason, held }: Wanted,
  { nowSeconds, scale }: Observation,
  { changedSeconds }: AibrixState,
  config: AibrixConfig,
): Pick<Wanted, "desired" | "reason" | "held"> {
  const { specReplicas } = scale;
  const bounded = Math.min(Math.max(desired, config.minReplicas), config.maxReplicas);
  const cooldown = bounded > specReplicas ? config.upCooldownSeconds : bounded < specReplicas ? config.downCooldownSeconds : 0;
  if (changedSeconds !== null && nowSeconds - changedSeconds < cooldown) {
    const waits = bounded > specReplicas ? "ScaleUpCooldown" : "ScaleDownCooldown";
    return { desired: specReplicas, reason: waits, held: { by: "cooldown", wanted: bounded } };
  }
  if (bounded < desired) return { desired: bounded, reason: "MaxReplicas", held: { by: "max", wanted: desired } };
  if (bounded > desired) return { desired: bounded, reason: "MinReplicas", held: { by: "min", wanted: desired } };
  return { desired, reason, held };
}
