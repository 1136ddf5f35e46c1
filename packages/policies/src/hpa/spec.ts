/**
 * Types of an `autoscaling/v2` HorizontalPodAutoscaler after defaulting: plain JSON, quantities as text. Aliases, since interfaces are
 * not assignable to JSON.
 */

/** Whole milli-units as decimal text: memory in milli-bytes passes 2^53, and JSON has no bigint. */
export type MilliText = string;

/** What one metric is compared with. Which field is set decides for Resource and External, `type` for Object. */
export type HpaTarget = {
  readonly type: string;
  /** Percent of the request. */
  readonly averageUtilization?: number;
  readonly averageValueMilli?: MilliText;
  readonly valueMilli?: MilliText;
};

export type HpaMetricIdentifier = {
  readonly name: string;
  readonly matchLabels?: { readonly [label: string]: string };
};

export type HpaResourceMetric = {
  readonly type: "Resource";
  readonly resource: string;
  readonly target: HpaTarget;
};

export type HpaContainerResourceMetric = {
  readonly type: "ContainerResource";
  readonly resource: string;
  readonly container: string;
  readonly target: HpaTarget;
};

export type HpaPodsMetric = {
  readonly type: "Pods";
  readonly metric: HpaMetricIdentifier;
  readonly target: HpaTarget;
};

export type HpaObjectMetric = {
  readonly type: "Object";
  readonly metric: HpaMetricIdentifier;
  readonly object: { readonly kind: string; readonly name: string };
  readonly target: HpaTarget;
};

export type HpaExternalMetric = {
  readonly type: "External";
  readonly metric: HpaMetricIdentifier;
  readonly target: HpaTarget;
};

export type HpaMetric = HpaResourceMetric | HpaContainerResourceMetric | HpaPodsMetric | HpaObjectMetric | HpaExternalMetric;

/** A metric whose type the API server would not have stored; the controller counts it as failed. */
export type HpaUnknownMetric = { readonly type: "Unknown"; readonly sourceType: string };

export type HpaScalingPolicy = {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodSeconds: number;
};

export type HpaScalingRules = {
  /** Absent for scale-down: the controller's flag applies. */
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy: "Max" | "Min" | "Disabled";
  readonly policies: readonly HpaScalingPolicy[];
  /** Absent: the controller's flag applies. */
  readonly tolerance?: number;
};

export type HpaBehavior = {
  readonly scaleUp: HpaScalingRules;
  readonly scaleDown: HpaScalingRules;
};

export type HpaSpec = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly HpaMetric[];
  /** Absent: the rules from before `behavior` existed apply, which differ from `behavior: {}`. */
  readonly behavior?: HpaBehavior;
};

/** A spec as the controller may meet it in the API: defaulted, but not validated again. */
export type StoredHpaSpec = Omit<HpaSpec, "metrics"> & { readonly metrics: readonly (HpaMetric | HpaUnknownMetric)[] };

/** Flags of the kube-controller-manager that the HPA controller reads. */
export type HpaFlags = {
  /** Deviation from ratio 1 in which nothing happens. */
  readonly tolerance: number;
  readonly downscaleStabilizationSeconds: number;
  readonly cpuInitializationPeriodSeconds: number;
  readonly initialReadinessDelaySeconds: number;
};

/** @see kube-controller-manager v1.37 --horizontal-pod-autoscaler-* flags */
export const HPA_FLAG_DEFAULTS: HpaFlags = {
  tolerance: 0.1,
  downscaleStabilizationSeconds: 300,
  cpuInitializationPeriodSeconds: 300,
  initialReadinessDelaySeconds: 30,
};

/** @see kube-controller-manager v1.37 --horizontal-pod-autoscaler-sync-period */
export const HPA_SYNC_PERIOD_SECONDS = 15;
