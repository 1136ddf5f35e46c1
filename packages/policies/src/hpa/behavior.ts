import type { HpaBehavior, HpaFlags, HpaScalingRules, StoredHpaSpec } from "./spec.ts";

/** A recommendation the controller remembers: `[seconds, replicas]`. */
export type Recommendation = readonly [atSeconds: number, replicas: number];

/** A scaling step it remembers: `[seconds, change, outdated]`. An outdated one is the next to be overwritten. */
export type ScaleEvent = readonly [atSeconds: number, change: number, outdated: boolean];

/**
 * What the controller remembers of one HPA. Slots are reused, not dropped, and that shows: after an edit that lengthens a window, entries
 * that were overwritten are gone, where a log with a time filter would still have them.
 */
export type HpaMemory = {
  readonly recommendations: readonly Recommendation[];
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
};

export type StabilizationReason = "ReadyForNewScale" | "ScaleUpStabilized" | "ScaleDownStabilized";
export type LimitReason = "DesiredWithinRange" | "TooFewReplicas" | "TooManyReplicas" | "ScaleUpLimit" | "ScaleDownLimit";

export interface Normalized {
  readonly replicas: number;
  /** After stabilisation, before limits. */
  readonly stabilizedReplicas: number;
  readonly stabilization: StabilizationReason;
  /** Window that was looked at in the direction of change, seconds. */
  readonly windowSeconds: number;
  /** The newest of the remembered recommendations that held the count; absent: none did. */
  readonly heldBy?: Recommendation;
  /** Count the scaling policies allow in the direction of change; absent: no change was wanted. */
  readonly policyLimit?: number;
  readonly limited: boolean;
  readonly limit: LimitReason;
  readonly memory: HpaMemory;
}

/** One recommendation on its way to a decision. */
export interface NormalizationInput {
  readonly spec: StoredHpaSpec;
  readonly flags: HpaFlags;
  readonly nowSeconds: number;
  /** `scale.spec.replicas`. */
  readonly current: number;
  /** The recommendation that came from the metrics. */
  readonly desired: number;
  readonly memory: HpaMemory;
}

/** No memory: a controller that has just started. */
export const EMPTY_MEMORY: HpaMemory = { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] };

/** Growth limit without `behavior`: double, and at least to this many. @see horizontal.go scaleUpLimitFactor, scaleUpLimitMinimum */
const LEGACY_GROWTH_FACTOR = 2;
const LEGACY_GROWTH_MINIMUM = 4;

/**
 * Stabilises and limits a recommendation, and remembers it.
 *
 * @see kubernetes v1.37 pkg/controller/podautoscaler/horizontal.go, normalizeDesiredReplicas and normalizeDesiredReplicasWithBehaviors
 */
export function normalizeReplicas(input: NormalizationInput): Normalized {
  const { behavior } = input.spec;
  return behavior === undefined ? normalizeWithoutBehavior(input) : normalizeWithBehavior(input, behavior);
}

/** Remembers a step after it was applied; nothing without `behavior`. @see horizontal.go, storeScaleEvent */
export function rememberScaleEvent(
  spec: StoredHpaSpec,
  nowSeconds: number,
  fromReplicas: number,
  toReplicas: number,
  memory: HpaMemory,
): HpaMemory {
  if (spec.behavior === undefined || fromReplicas === toReplicas) return memory;
  if (toReplicas > fromReplicas) {
    const scaleUpEvents = pushEvent(memory.scaleUpEvents, spec.behavior.scaleUp, nowSeconds, toReplicas - fromReplicas);
    return { ...memory, scaleUpEvents };
  }
  const scaleDownEvents = pushEvent(memory.scaleDownEvents, spec.behavior.scaleDown, nowSeconds, fromReplicas - toReplicas);
  return { ...memory, scaleDownEvents };
}

/** The newest remembered recommendation of a count. */
function newest(memory: HpaMemory, replicas: number, isKept: (atSeconds: number) => boolean): Recommendation | undefined {
  let found: Recommendation | undefined;
  for (const entry of memory.recommendations) {
    if (entry[1] === replicas && isKept(entry[0]) && (found === undefined || entry[0] > found[0])) found = entry;
  }
  return found;
}

/** Remembers a recommendation: over the last slot that nothing needs any more, else in a new one. */
function remember(memory: HpaMemory, entry: Recommendation, isOld: (atSeconds: number) => boolean): HpaMemory {
  const slot = memory.recommendations.findLastIndex(([at]) => isOld(at));
  return { ...memory, recommendations: placed(memory.recommendations, slot, entry) };
}

function placed<T>(list: readonly T[], slot: number, entry: T): readonly T[] {
  return slot < 0 ? [...list, entry] : list.with(slot, entry);
}

function normalizeWithoutBehavior({ spec, flags, nowSeconds, current, desired, memory }: NormalizationInput): Normalized {
  const cutoff = nowSeconds - flags.downscaleStabilizationSeconds;
  let stabilized = desired;
  // Inclusive at the cut-off, where the rules with behavior are strict.
  for (const [at, replicas] of memory.recommendations) if (at >= cutoff) stabilized = Math.max(stabilized, replicas);
  const growthLimit = Math.max(LEGACY_GROWTH_FACTOR * current, LEGACY_GROWTH_MINIMUM);
  const ceiling = Math.min(spec.maxReplicas, growthLimit);
  const heldBy = stabilized === desired ? undefined : newest(memory, stabilized, (at) => at >= cutoff);
  const common = {
    stabilizedReplicas: stabilized,
    stabilization: stabilized === desired ? "ReadyForNewScale" : "ScaleDownStabilized",
    windowSeconds: flags.downscaleStabilizationSeconds,
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(stabilized > current ? { policyLimit: growthLimit } : {}),
    memory: remember(memory, [nowSeconds, desired], (at) => at < cutoff),
  } as const;
  if (stabilized < spec.minReplicas) return { ...common, replicas: spec.minReplicas, limited: true, limit: "TooFewReplicas" };
  if (stabilized > ceiling) {
    return { ...common, replicas: ceiling, limited: true, limit: spec.maxReplicas > growthLimit ? "ScaleUpLimit" : "TooManyReplicas" };
  }
  return { ...common, replicas: stabilized, limited: false, limit: "DesiredWithinRange" };
}

function normalizeWithBehavior(input: NormalizationInput, behavior: HpaBehavior): Normalized {
  const { flags, nowSeconds, current, desired, memory } = input;
  const upWindow = behavior.scaleUp.stabilizationWindowSeconds ?? 0;
  // The controller fills the window in from its flag, in whole seconds.
  const downWindow = behavior.scaleDown.stabilizationWindowSeconds ?? Math.trunc(flags.downscaleStabilizationSeconds);
  const upCutoff = nowSeconds - upWindow;
  const downCutoff = nowSeconds - downWindow;
  let up = desired;
  let down = desired;
  for (const [at, replicas] of memory.recommendations) {
    if (at > upCutoff) up = Math.min(up, replicas);
    if (at > downCutoff) down = Math.max(down, replicas);
  }
  const stabilized = Math.min(Math.max(current, up), down);
  const isUp = desired >= current;
  const heldBy =
    stabilized === desired ? undefined : isUp ? newest(memory, up, (at) => at > upCutoff) : newest(memory, down, (at) => at > downCutoff);
  const bounded = applyLimits(input, behavior, stabilized);
  return {
    replicas: bounded.replicas,
    stabilizedReplicas: stabilized,
    stabilization: stabilized === desired ? "ReadyForNewScale" : isUp ? "ScaleUpStabilized" : "ScaleDownStabilized",
    windowSeconds: isUp ? upWindow : downWindow,
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(bounded.policyLimit === undefined ? {} : { policyLimit: bounded.policyLimit }),
    limited: bounded.replicas !== stabilized,
    limit: bounded.limit,
    memory: remember(memory, [nowSeconds, desired], (at) => at < upCutoff && at < downCutoff),
  };
}

/** Only the bound in the direction of change is checked. @see horizontal.go, convertDesiredReplicasWithBehaviorRate */
function applyLimits(
  { spec, nowSeconds, current, memory }: NormalizationInput,
  behavior: HpaBehavior,
  stabilized: number,
): { readonly replicas: number; readonly limit: LimitReason; readonly policyLimit?: number } {
  if (stabilized > current) {
    const limit = Math.max(current, scaleUpLimit(behavior.scaleUp, nowSeconds, current, memory));
    const ceiling = Math.min(spec.maxReplicas, limit);
    const reason = stabilized <= ceiling ? "DesiredWithinRange" : spec.maxReplicas > limit ? "ScaleUpLimit" : "TooManyReplicas";
    return { replicas: Math.min(stabilized, ceiling), limit: reason, policyLimit: limit };
  }
  if (stabilized < current) {
    const limit = Math.min(current, scaleDownLimit(behavior.scaleDown, nowSeconds, current, memory));
    const floor = Math.max(spec.minReplicas, limit);
    const reason = stabilized >= floor ? "DesiredWithinRange" : spec.minReplicas < limit ? "ScaleDownLimit" : "TooFewReplicas";
    return { replicas: Math.max(stabilized, floor), limit: reason, policyLimit: limit };
  }
  return { replicas: stabilized, limit: "DesiredWithinRange" };
}

/** Replicas at the start of the period: what both kinds of step did since is undone. */
function periodStart(current: number, periodSeconds: number, nowSeconds: number, memory: HpaMemory): number {
  const cutoff = nowSeconds - periodSeconds;
  const changed = (events: readonly ScaleEvent[]): number => events.reduce((sum, [at, change]) => (at > cutoff ? sum + change : sum), 0);
  return current - changed(memory.scaleUpEvents) + changed(memory.scaleDownEvents);
}

function scaleUpLimit(rules: HpaScalingRules, nowSeconds: number, current: number, memory: HpaMemory): number {
  if (rules.selectPolicy === "Disabled") return current;
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const start = periodStart(current, periodSeconds, nowSeconds, memory);
    // In doubles exactly as written: 50 replicas plus 10 % are 55.00000000000001, so 56.
    return type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return rules.selectPolicy === "Min" ? Math.min(...limits) : Math.max(...limits);
}

function scaleDownLimit(rules: HpaScalingRules, nowSeconds: number, current: number, memory: HpaMemory): number {
  if (rules.selectPolicy === "Disabled") return current;
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const start = periodStart(current, periodSeconds, nowSeconds, memory);
    return type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100));
  });
  // "Max" selects the largest change, which is the smallest count.
  return rules.selectPolicy === "Min" ? Math.max(...limits) : Math.min(...limits);
}

/** The mark is permanent: a longer period set later does not bring an event back. @see horizontal.go, markScaleEventsOutdated */
function pushEvent(events: readonly ScaleEvent[], rules: HpaScalingRules, nowSeconds: number, change: number): readonly ScaleEvent[] {
  const longest = rules.policies.reduce((period, policy) => Math.max(period, policy.periodSeconds), 0);
  const marked = events.map<ScaleEvent>(([at, size, outdated]) => [at, size, outdated || at < nowSeconds - longest]);
  const slot = marked.findLastIndex(([, , outdated]) => outdated);
  return placed(marked, slot, [nowSeconds, change, false]);
}
