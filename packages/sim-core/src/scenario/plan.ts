import type { ClusterConfig, FaultConfig } from "../cluster/config.ts";
import type { NodePoolUpdateConfig, UpdateConfig } from "../cluster/fault-config.ts";
import type { ZoneTransitions } from "../domain/zone.ts";
import type { Json } from "../errors.ts";
import type { MetricsConfig } from "../metrics/config.ts";
import type { QualityConfig, SloConfig, Threshold } from "../score/config.ts";
import type { ServingConfig } from "../serving/config.ts";
import type { ModelRouteConfig } from "../serving/models/config.ts";
import type { TrafficConfig } from "../traffic/config.ts";

/** One way to scale the scenario: the unit of comparison. */
export interface PlanPolicy {
  /** Unique within the scenario; how tables call it. */
  readonly name: string;
  /** One controller per scaled deployment; a deployment without one keeps its replicas. */
  readonly controllers: readonly PlanController[];
  /** All models as they are routed under this policy; absent: as the plan says. */
  readonly models?: readonly ModelRouteConfig[];
}

export interface PlanController {
  readonly deployment: string;
  /** `id` of a policy. */
  readonly kind: string;
  /** What the policy's `parseConfig` made of the scenario's entry. */
  readonly config: Json;
}

export interface PlanDeployment {
  readonly name: string;
  readonly serving: ServingConfig;
}

/** A scenario, checked, completed and frozen: all a run needs but the text of its traces. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  /** Start of the run, seconds since 1970-01-01 UTC. */
  readonly startEpochSeconds: number;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  /** Offsets of every zone the scenario names. */
  readonly zones: readonly ZoneTransitions[];
  /** Length of the run; it covers [0, durationSeconds). */
  readonly durationSeconds: number;
  readonly seed: string;
  readonly traffic: readonly TrafficConfig[];
  /** Models that requests may name, besides the deployments themselves; absent: none. */
  readonly models?: readonly ModelRouteConfig[];
  readonly deployments: readonly PlanDeployment[];
  readonly cluster: ClusterConfig;
  readonly metrics: MetricsConfig;
  readonly faults: readonly FaultConfig[];
  /** Rolling updates, and changes of NodePools; absent: none. */
  readonly updates?: readonly (UpdateConfig | NodePoolUpdateConfig)[];
  readonly policies: readonly PlanPolicy[];
  readonly slo: SloConfig;
  /** Absent: answers that do not do cost nothing, and there may be any number. */
  readonly quality?: QualityConfig;
  readonly thresholds: readonly Threshold[];
  /** The policy whose thresholds decide the exit code of a comparison; absent: all. */
  readonly thresholdPolicy?: string;
  /** Named formulas over result metrics. */
  readonly derive: Readonly<Record<string, string>>;
  /** Named formulas in dollars per month, shown beside the bill. */
  readonly costs: Readonly<Record<string, string>>;
  /** What was assumed, estimated or taken from a preset, in words a reader can check. */
  readonly assumptions: readonly string[];
  /** FNV-1a hash of all of the above in canonical JSON. */
  readonly hash: string;
}
