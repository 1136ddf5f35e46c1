import type {
  AibrixConfig,
  DynamoConfig,
  FixedConfig,
  ForecastConfig,
  HpaConfig,
  HpaSpec,
  KedaConfig,
  KnativeConfig,
  RayServeConfig,
  ScheduleConfig,
  WvaConfig,
} from "@replicast/policies";
import type { IssuePath, Json } from "@replicast/sim-core";
import type { ControllerProspect } from "./setting.ts";

/** A number of a policy, and where it is written. */
export interface Stated {
  readonly value: number;
  readonly path: IssuePath;
}

/** What any policy says of counts and times, in the same words; absent: it has no such thing. */
export interface Scaling {
  /** Fewest and most replicas it can ask for. */
  readonly least?: Stated;
  readonly most?: Stated;
  /** How long a lower count must have been enough before it is asked for. */
  readonly calm?: Stated;
  /** How long the last replica stays without activity, when it can go. */
  readonly cooldown?: Stated;
  /** How far ahead it asks for replicas. */
  readonly lead?: Stated;
  /** How often it looks whether there is something to do. */
  readonly look?: Stated;
}

const HPA_BEHAVIOR: IssuePath = ["spec", "behavior"];
const KEDA_BEHAVIOR: IssuePath = ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"];

/** Counts and times of the policies that come with the library; of others nothing is known. */
export function scalingOf({ kind, config }: Pick<ControllerProspect, "kind" | "config">): Scaling {
  if (hpaOf(kind, config) !== undefined) return kind === "keda" ? ofKeda(config as KedaConfig) : ofHpa(config as HpaConfig);
  if (kind === "fixed" && hasKeys(config, ["replicas"])) return ofFixed(config as FixedConfig);
  if (kind === "forecast" && hasKeys(config, ["maxReplicas", "horizonSeconds"])) return ofForecast(config as ForecastConfig);
  if (kind === "schedule" && hasKeys(config, ["calendar"])) return ofSchedule(config as ScheduleConfig);
  return ofField(kind, config);
}

/** The controllers of other systems. */
function ofField(kind: string, config: Json): Scaling {
  if (kind === "knative" && hasKeys(config, ["spec", "progressDeadlineSeconds"])) return ofKnative(config as KnativeConfig);
  if (kind === "ray-serve" && hasKeys(config, ["scaling", "lookBackSeconds"])) return ofRayServe(config as RayServeConfig);
  if (kind === "aibrix" && hasKeys(config, ["strategy", "limits"])) return ofAibrix(config as AibrixConfig);
  if (kind === "wva" && hasKeys(config, ["saturation", "model"])) return ofWva(config as WvaConfig);
  if (kind === "dynamo" && hasKeys(config, ["max_gpu_budget"])) return ofDynamo(config as Json & DynamoConfig);
  return {};
}

/** The HPA behind a controller: its own, or the one that KEDA makes. */
export function hpaOf(kind: string, config: Json): { readonly spec: HpaSpec; readonly toleranceUp: number } | undefined {
  // A plug-in may carry the name of a built-in policy, with a configuration of its own.
  if (kind === "hpa" && hasKeys(config, ["spec", "flags"])) return withTolerance((config as HpaConfig).spec, config as HpaConfig);
  if (kind === "keda" && hasKeys(config, ["hpa", "spec", "flags"])) return withTolerance((config as KedaConfig).hpa, config as KedaConfig);
  return undefined;
}

function withTolerance(spec: HpaSpec, { flags }: Pick<HpaConfig, "flags">): { readonly spec: HpaSpec; readonly toleranceUp: number } {
  return { spec, toleranceUp: spec.behavior?.scaleUp.tolerance ?? flags.tolerance };
}

function hasKeys(config: Json, keys: readonly string[]): boolean {
  return typeof config === "object" && config !== null && keys.every((key) => Object.hasOwn(config, key));
}

function ofHpa({ spec, flags, syncPeriodSeconds }: HpaConfig): Scaling {
  return {
    least: { value: spec.minReplicas, path: ["spec", "minReplicas"] },
    most: { value: spec.maxReplicas, path: ["spec", "maxReplicas"] },
    ...calmOf(spec, flags.downscaleStabilizationSeconds, HPA_BEHAVIOR, ["downscaleStabilizationSeconds"]),
    look: { value: syncPeriodSeconds, path: ["syncPeriodSeconds"] },
  };
}

function ofKeda({ spec, hpa, flags }: KedaConfig): Scaling {
  const goesIdle = spec.minReplicaCount === 0 || spec.idleReplicaCount !== undefined;
  return {
    least: { value: spec.minReplicaCount, path: ["spec", "minReplicaCount"] },
    most: { value: spec.maxReplicaCount, path: ["spec", "maxReplicaCount"] },
    ...calmOf(hpa, flags.downscaleStabilizationSeconds, KEDA_BEHAVIOR, ["downscaleStabilizationSeconds"]),
    // With a replica or more KEDA's own loop decides nothing.
    ...(goesIdle
      ? {
          cooldown: { value: spec.cooldownPeriodSeconds, path: ["spec", "cooldownPeriod"] },
          look: { value: spec.pollingIntervalSeconds, path: ["spec", "pollingInterval"] },
        }
      : {}),
  };
}

/** Nothing when the policy never removes a replica. */
function calmOf(spec: HpaSpec, flagSeconds: number, behavior: IssuePath, flag: IssuePath): Pick<Scaling, "calm"> {
  if (spec.minReplicas >= spec.maxReplicas || spec.behavior?.scaleDown.selectPolicy === "Disabled") return {};
  const written = spec.behavior?.scaleDown.stabilizationWindowSeconds;
  if (written === undefined) return { calm: { value: flagSeconds, path: flag } };
  return { calm: { value: written, path: [...behavior, "scaleDown", "stabilizationWindowSeconds"] } };
}

function ofFixed({ replicas }: FixedConfig): Scaling {
  return { most: { value: replicas, path: ["replicas"] } };
}

function ofForecast({ minReplicas, maxReplicas, horizonSeconds, scaleDownDelaySeconds }: ForecastConfig): Scaling {
  return {
    least: { value: minReplicas, path: ["minReplicas"] },
    most: { value: maxReplicas, path: ["maxReplicas"] },
    calm: { value: scaleDownDelaySeconds, path: ["scaleDownDelaySeconds"] },
    lead: { value: horizonSeconds, path: ["horizonSeconds"] },
  };
}

function ofKnative({ spec }: KnativeConfig): Scaling {
  const annotation = (key: string): IssuePath => ["annotations", `autoscaling.knative.dev/${key}`];
  return {
    least: { value: spec.minScale, path: annotation("min-scale") },
    ...(spec.maxScale === 0 ? {} : { most: { value: spec.maxScale, path: annotation("max-scale") } }),
  };
}

function ofRayServe({ scaling }: RayServeConfig): Scaling {
  const path = (key: string): IssuePath => ["autoscaling_config", key];
  return {
    least: { value: scaling.min_replicas, path: path("min_replicas") },
    most: { value: scaling.max_replicas, path: path("max_replicas") },
    calm: { value: scaling.downscale_delay_s, path: path("downscale_delay_s") },
  };
}

function ofAibrix({ minReplicas, maxReplicas }: AibrixConfig): Scaling {
  return {
    least: { value: minReplicas, path: ["spec", "minReplicas"] },
    most: { value: maxReplicas, path: ["spec", "maxReplicas"] },
  };
}

function ofWva({ minReplicas, maxReplicas, retentionPeriodSeconds }: WvaConfig): Scaling {
  return {
    least: { value: retentionPeriodSeconds === null ? minReplicas : 0, path: ["minReplicas"] },
    most: { value: maxReplicas, path: ["maxReplicas"] },
    ...(retentionPeriodSeconds === null
      ? {}
      : { cooldown: { value: retentionPeriodSeconds, path: ["scaleToZero", "retentionPeriodSeconds"] } }),
  };
}

function ofDynamo({ min_endpoint, max_gpu_budget, engine_num_gpu }: DynamoConfig): Scaling {
  return {
    least: { value: min_endpoint, path: ["min_endpoint"] },
    most: { value: Math.floor(max_gpu_budget / engine_num_gpu), path: ["max_gpu_budget"] },
  };
}

function ofSchedule({ calendar, leadSeconds }: ScheduleConfig): Scaling {
  const counts = [
    { value: calendar.replicas, path: ["replicas"] },
    ...calendar.windows.map(({ replicas }, index) => ({ value: replicas, path: ["windows", index, "replicas"] })),
    ...calendar.dates.map(({ replicas }, index) => ({ value: replicas ?? 0, path: ["dates", index, "replicas"] })),
    ...calendar.dates.flatMap(({ windows }, index) =>
      (windows ?? []).map(({ replicas }, i) => ({ value: replicas, path: ["dates", index, "windows", i, "replicas"] })),
    ),
  ];
  const most = counts.reduce((largest, one) => (one.value > largest.value ? one : largest));
  return most.value > calendar.replicas ? { most, lead: { value: leadSeconds, path: ["leadSeconds"] } } : { most };
}
