import type { CronSchedule } from "@replicast/sim-core";

/** Target type of an external metric: `AverageValue`; any other name counts as `Value`, and only that one is valid in an HPA. */
export type KedaMetricType = string;

/** Target types that the HPA of an external metric may have. */
export const EXTERNAL_METRIC_TYPES: readonly string[] = ["AverageValue", "Value"];

/** Where the scenario takes a trigger's values from. */
export type TriggerSource =
  /** PromQL over the simulated series; one number. */
  | { readonly kind: "query"; readonly query: string }
  /** `[seconds, value]`: each holds until the next; null: the source fails. */
  | { readonly kind: "series"; readonly points: readonly (readonly [atSeconds: number, value: number | null])[] }
  /** The scale target's own pods, counted. */
  | { readonly kind: "pods" };

export type PrometheusTrigger = {
  readonly type: "prometheus";
  /** Its name in `scalingModifiers.formula`. */
  readonly name?: string;
  readonly metricName: string;
  readonly metricType: KedaMetricType;
  readonly query: string;
  /** The HPA is told the last poll's value instead of a fresh one. */
  readonly useCachedMetrics: boolean;
  readonly threshold: number;
  readonly activationThreshold: number;
  /** An empty, NaN or infinite result counts as 0 rather than as an error. */
  readonly ignoreNullValues: boolean;
};

/** A trigger whose source lies outside of the simulation. */
export type SuppliedTrigger = {
  readonly type: "supplied";
  /** KEDA's name of the trigger's type. */
  readonly scaler: string;
  readonly name?: string;
  readonly metricName: string;
  readonly metricType: KedaMetricType;
  readonly useCachedMetrics: boolean;
  /** What one replica takes; absent: the manifest does not say it where this reader could know. */
  readonly threshold?: number;
  readonly activationThreshold: number;
  /** Which pods a kubernetes-workload trigger counts. */
  readonly podSelector?: string;
  /** Absent: nobody has said it yet, and the trigger fails. */
  readonly source?: TriggerSource;
};

export type CronTrigger = {
  readonly type: "cron";
  readonly name?: string;
  readonly metricName: string;
  readonly metricType: KedaMetricType;
  readonly timeZone: string;
  readonly start: CronSchedule;
  readonly end: CronSchedule;
  readonly desiredReplicas: number;
};

/** CPU or memory: the HPA reads it itself; the operator only takes it as always active. */
export type ResourceTrigger = {
  readonly type: "resource";
  readonly resource: "cpu" | "memory";
  readonly container?: string;
  readonly averageUtilization?: number;
  readonly averageValueMilli?: string;
};

export type ExternalTrigger = PrometheusTrigger | CronTrigger | SuppliedTrigger;
export type KedaTrigger = ExternalTrigger | ResourceTrigger;

export type KedaFallback = {
  readonly failureThreshold: number;
  readonly replicas: number;
  /** `scalingModifiers`: triggers that fail are nil in the formula; only when that is nil, too, does the count stand in. */
  readonly behavior: "static" | "currentReplicas" | "currentReplicasIfHigher" | "currentReplicasIfLower" | "scalingModifiers";
};

/** What the `autoscaling.keda.sh/…` annotations ask for. */
export type KedaAnnotations = {
  readonly paused: boolean;
  /** Count to which a paused object is set. */
  readonly pausedReplicas?: number;
  readonly pausedScaleIn: boolean;
  readonly pausedScaleOut: boolean;
  readonly forceActivation: boolean;
};

/** The one metric that stands for all external ones. @see keda v2.20 apis/keda/v1alpha1/scaledobject_types.go, CompositeMetricName */
export const COMPOSITE_METRIC = "composite-metric";

/** One metric made of all external triggers by a formula over their names. @see ./formula/formula.ts */
export type ScalingModifiers = {
  readonly formula: string;
  readonly target: number;
  readonly activationTarget: number;
  readonly metricType: KedaMetricType;
};

/** A ScaledObject after defaulting. */
export type KedaSpec = {
  readonly pollingIntervalSeconds: number;
  readonly cooldownPeriodSeconds: number;
  readonly initialCooldownPeriodSeconds: number;
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  readonly idleReplicaCount?: number;
  readonly fallback?: KedaFallback;
  readonly triggers: readonly KedaTrigger[];
  readonly scalingModifiers?: ScalingModifiers;
  readonly annotations: KedaAnnotations;
};

/** @see keda v2.20 CRD and pkg/scaling: defaults of a ScaledObject */
export const KEDA_DEFAULTS = {
  pollingIntervalSeconds: 30,
  cooldownPeriodSeconds: 300,
  initialCooldownPeriodSeconds: 0,
  minReplicaCount: 0,
  maxReplicaCount: 100,
} as const;
