import type { ZoneTransitions } from "../domain/zone.ts";
import type { Issue, Json } from "../errors.ts";

/** A metric a policy asks for. The control loop answers each through the {@link MetricSource} it was given. */
export type MetricRequest =
  /** An instant query. The answer holds every element of the resulting vector (a scalar has `scalar: true`). */
  | { readonly name: string; readonly kind: "promql"; readonly query: string }
  /** Resource metrics API: usage per pod, as metrics-server reports it. */
  | { readonly name: string; readonly kind: "resource"; readonly resource: string; readonly container?: string }
  /** Custom metrics API, one value per pod of the scale target. */
  | { readonly name: string; readonly kind: "pods"; readonly metric: string; readonly selector?: Readonly<Record<string, string>> }
  /** Custom metrics API, one value for a described object. */
  | {
      readonly name: string;
      readonly kind: "object";
      readonly metric: string;
      readonly object: { readonly kind: string; readonly name: string };
      readonly selector?: Readonly<Record<string, string>>;
    }
  /** External metrics API: all matching values, summed by the reader. */
  | { readonly name: string; readonly kind: "external"; readonly metric: string; readonly selector?: Readonly<Record<string, string>> }
  /** Read from the endpoints themselves at the moment of asking, as a controller does that keeps its own metrics: no scrape, no age. */
  | { readonly name: string; readonly kind: "live"; readonly metric: LiveMetric };

/**
 * What endpoints show when they are asked. Of the deployment's door, one value: `request_seconds_total` (seconds that attempts have spent
 * at the door or at a replica, so that a difference over a second is the average concurrency in it), `requests_total`, `queued_requests`.
 * Of each Ready pod: `ongoing_requests`, `running_requests`, `waiting_requests`, `waiting_prompt_tokens`, `kv_cache_usage` (0…1),
 * `kv_cache_tokens` (what the whole cache holds).
 */
export type LiveMetric = (typeof LIVE_DOOR_METRICS)[number] | (typeof LIVE_POD_METRICS)[number];

export const LIVE_DOOR_METRICS = ["request_seconds_total", "requests_total", "queued_requests"] as const;
export const LIVE_POD_METRICS = [
  "ongoing_requests",
  "running_requests",
  "waiting_requests",
  "waiting_prompt_tokens",
  "kv_cache_usage",
  "kv_cache_tokens",
] as const;

export interface MetricElement {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Pod the value belongs to; for `resource` and `pods` requests. */
  readonly pod?: string;
}

export type MetricAnswer =
  | {
      readonly ok: true;
      /** May be empty: "no data" is an answer, what it means is the policy's business. */
      readonly elements: readonly MetricElement[];
      /** True when the query yields a scalar rather than a vector. */
      readonly scalar?: boolean;
      /** Age of the newest sample the answer rests on, seconds; absent without samples. */
      readonly ageSeconds?: number;
      /** Window a resource metric was averaged over, seconds. */
      readonly windowSeconds?: number;
    }
  | { readonly ok: false; readonly error: string };

/** Kubernetes' view of a pod of the scale target. */
export interface PodView {
  readonly name: string;
  readonly phase: "Pending" | "Running" | "Failed";
  readonly createdSeconds: number;
  /** `status.startTime`; absent until the kubelet has acknowledged the pod. */
  readonly startSeconds?: number;
  /** The Ready condition; absent before the pod is scheduled. */
  readonly ready?: { readonly status: boolean; readonly sinceSeconds: number };
  readonly deletionSeconds?: number;
  /** Container resource requests: cpu in cores, memory in bytes, `nvidia.com/gpu` in GPUs. */
  readonly requests: Readonly<Record<string, number>>;
}

/** The scale subresource of the target. */
export interface ScaleView {
  /** `spec.replicas`: what was last asked for (the HPA's "current"). */
  readonly specReplicas: number;
  /** `status.replicas`: pods that exist and are not terminating. */
  readonly statusReplicas: number;
}

/** All a policy may know at a moment. */
export interface Observation {
  readonly nowSeconds: number;
  readonly timer: string;
  readonly scale: ScaleView;
  /** Pods of the target, terminating ones included, in order of creation. */
  readonly pods: readonly PodView[];
  readonly metrics: Readonly<Record<string, MetricAnswer>>;
}

/**
 * What kept a decision from the count that the policy's rule came to. tolerance: a deviation too small to act on; stabilization: a wish of
 * the recent past; rate: limits of a step; max, min: limits of the count; cooldown: a wait after the last activity; metric: a metric failed;
 * paused: told not to act; fixed: the count is a constant; forecast: it rests on what was foreseen, not on what is.
 */
export type HoldCause = "tolerance" | "stabilization" | "rate" | "max" | "min" | "cooldown" | "metric" | "paused" | "fixed" | "forecast";

/** The last hold on the way to a decision: the one that the next replica, up or down, would have to pass. */
export interface Held {
  readonly by: HoldCause;
  /** Count that was wanted before this hold; absent: the hold would stand in the way of any other count. */
  readonly wanted?: number;
}

export interface ScaleDecision {
  /** Whole number ≥ 0. The control loop writes it to the scale target when it differs from `specReplicas`. */
  readonly desiredReplicas: number;
  /** CamelCase code, as the real controller names it where there is one. */
  readonly reason: string;
  /** What held the count back, up or down; absent: it is what the rule came to. */
  readonly held?: Held;
  /** The numbers behind the decision. */
  readonly evidence: { readonly [key: string]: Json };
}

export interface PolicyTimer {
  readonly name: string;
  readonly periodSeconds: number;
  /** First firing, seconds after the start; default 0. The n-th firing falls at phase + n × period. */
  readonly phaseSeconds?: number;
}

/** What a policy may use to turn its configuration into a plan, before the run. */
export interface PolicyContext {
  /** The deployment it will scale. */
  readonly deployment: PolicyDeployment;
  /** Text of a file the scenario names, or undefined if there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** Offsets of an IANA time zone over the run, or undefined for an unknown zone. */
  readonly zone: (timeZone: string) => ZoneTransitions | undefined;
  /** Start of the run, seconds since 1970-01-01 UTC. */
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
}

export interface PolicyDeployment {
  readonly name: string;
  readonly namespace: string;
  /** Replicas at the start of the run. */
  readonly replicas: number;
  /** Expected time from pod creation to Ready on a new node (mean of each part), seconds. */
  readonly coldStartSeconds: number;
  readonly maxSequences: number;
}

export type ParseResult<T> =
  | { readonly ok: true; readonly config: T; readonly warnings?: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** What each of a number of replicas carries within the scenario's objectives, requests per second. */
export type CapacityOfReplicas = { readonly replicas: number; readonly requestsPerSecond: number };

/**
 * What keeps a policy from what its rule would do, in the order in which it is taken away to see what each costs: samples that are old
 * when they are read; the time between two looks; stabilisation, cooldowns and step limits; least and most replicas.
 */
export const HINDRANCES = ["metricAge", "pollPeriod", "damping", "limits"] as const;
export type Hindrance = (typeof HINDRANCES)[number];

/**
 * An autoscaling policy: pure functions over plain data. It has no clock, no chance and no memory of its own:
 * the time is in the observation, memory goes in and comes out as `state`.
 */
export interface Policy<Config extends Json = Json, State extends Json = Json> {
  /** The `kind` a scenario selects it by. */
  readonly id: string;
  /** Checks and completes the configuration; reports every problem at once. Paths are relative to `raw`. */
  readonly parseConfig: (raw: unknown, context: PolicyContext) => ParseResult<Config>;
  /**
   * Takes what replicas of its deployment carry, before the run; left out by policies that do not ask for it.
   *
   * @param capacity - κ(n): requests per second per replica at n replicas, by ascending n; empty when it was not computed
   */
  readonly withCapacity?: (config: Config, capacity: readonly CapacityOfReplicas[]) => Config;
  readonly initialState: (config: Config) => State;
  readonly timers: (config: Config) => readonly PolicyTimer[];
  /** Metrics wanted at this firing. Every name that can ever be asked for must be listed by {@link Policy.queries}. */
  readonly needs: (timer: string, state: State, config: Config, scale: ScaleView) => readonly MetricRequest[];
  /** Every request the policy can make, so that only series somebody reads are kept. */
  readonly queries: (config: Config) => readonly MetricRequest[];
  readonly decide: (observation: Observation, state: State, config: Config) => PolicyOutcome<State>;
  /**
   * The same configuration freed of one hindrance and of nothing else; what it does not know is left as it is. Absent: it has none.
   * @param replicasMax what the node pools hold, where a limit must have a number
   */
  readonly without?: (config: Config, hindrance: Hindrance, replicasMax: number) => Config;
}

/** What one firing came to. */
export interface PolicyOutcome<State> {
  readonly decision?: ScaleDecision;
  readonly state: State;
  /** Nothing was to be decided: the firing only took a measurement, or repeats what is on record. Else a firing without a decision counts as missed. */
  readonly isQuiet?: true;
}

/** Identity function that fixes the types of a policy. */
export function definePolicy<Config extends Json, State extends Json>(policy: Policy<Config, State>): Policy<Config, State> {
  return policy;
}

/** A policy bound to its parsed configuration and the deployment it scales. */
export interface BoundPolicy {
  readonly deployment: string;
  // biome-ignore lint/suspicious/noExplicitAny: configurations differ by policy; the pair is bound by its parser
  readonly policy: Policy<any, any>;
  readonly config: Json;
}
