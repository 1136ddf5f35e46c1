import { BEHAVIOR_SHAPE, type RawBehavior } from "../hpa/raw.ts";
import { METADATA_SHAPE, type RawMetadata } from "../manifest/metadata.ts";
import type { Shape } from "../manifest/shape.ts";

/** A ScaledObject as written, once its types have been checked. Null counts as absent. */
export interface RawScaledObject {
  readonly metadata?: (RawMetadata & { readonly annotations?: Readonly<Record<string, string>> | null }) | null;
  readonly spec?: RawScaledObjectSpec | null;
}

export interface RawScaledObjectSpec {
  readonly scaleTargetRef?: { readonly name?: string | null } | null;
  readonly pollingInterval?: number | null;
  readonly cooldownPeriod?: number | null;
  readonly initialCooldownPeriod?: number | null;
  readonly minReplicaCount?: number | null;
  readonly maxReplicaCount?: number | null;
  readonly idleReplicaCount?: number | null;
  readonly fallback?: RawFallback | null;
  readonly advanced?: RawAdvanced | null;
  readonly triggers?: readonly RawTrigger[] | null;
}

export interface RawFallback {
  readonly failureThreshold?: number | null;
  readonly replicas?: number | null;
  readonly behavior?: string | null;
}

export interface RawAdvanced {
  readonly horizontalPodAutoscalerConfig?: { readonly name?: string | null; readonly behavior?: RawBehavior | null } | null;
  readonly scalingModifiers?: RawScalingModifiers | null;
}

export interface RawScalingModifiers {
  readonly formula?: string | null;
  readonly target?: string | null;
  readonly activationTarget?: string | null;
  readonly metricType?: string | null;
}

export interface RawTrigger {
  readonly type?: string | null;
  readonly name?: string | null;
  readonly metricType?: string | null;
  readonly useCachedMetrics?: boolean | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly authenticationRef?: { readonly name?: string | null; readonly kind?: string | null } | null;
}

/** @see keda v2.20 config/crd/bases/keda.sh_scaledobjects.yaml */
export const SCALED_OBJECT_SHAPE: Shape = {
  fields: {
    apiVersion: "string",
    kind: "string",
    metadata: METADATA_SHAPE,
    status: "any",
    spec: {
      fields: {
        scaleTargetRef: { fields: { name: "string", apiVersion: "string", kind: "string", envSourceContainerName: "string" } },
        pollingInterval: "int32",
        cooldownPeriod: "int32",
        initialCooldownPeriod: "int32",
        minReplicaCount: "int32",
        maxReplicaCount: "int32",
        idleReplicaCount: "int32",
        fallback: { fields: { failureThreshold: "int32", replicas: "int32", behavior: "string" } },
        advanced: {
          fields: {
            restoreToOriginalReplicaCount: "boolean",
            horizontalPodAutoscalerConfig: { fields: { name: "string", behavior: BEHAVIOR_SHAPE } },
            scalingModifiers: { fields: { formula: "string", target: "string", activationTarget: "string", metricType: "string" } },
          },
        },
        triggers: {
          list: {
            fields: {
              type: "string",
              name: "string",
              metricType: "string",
              useCachedMetrics: "boolean",
              metadata: "strings",
              authenticationRef: { fields: { name: "string", kind: "string" } },
            },
          },
        },
      },
    },
  },
};
