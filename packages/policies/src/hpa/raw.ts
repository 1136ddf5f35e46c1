import { METADATA_SHAPE, type RawMetadata } from "../manifest/metadata.ts";
import type { Shape } from "../manifest/shape.ts";

/** An `autoscaling/v2` HPA as written, once its types have been checked. Null counts as absent. */
export interface RawHpa {
  readonly metadata?: RawMetadata | null;
  readonly spec?: RawHpaSpec | null;
}

export interface RawHpaSpec {
  readonly scaleTargetRef?: RawObjectReference | null;
  readonly minReplicas?: number | null;
  readonly maxReplicas?: number | null;
  readonly metrics?: readonly RawMetric[] | null;
  readonly behavior?: RawBehavior | null;
}

export interface RawObjectReference {
  readonly apiVersion?: string | null;
  readonly kind?: string | null;
  readonly name?: string | null;
}

export interface RawTarget {
  readonly type?: string | null;
  readonly value?: RawQuantity | null;
  readonly averageValue?: RawQuantity | null;
  readonly averageUtilization?: number | null;
}

export type RawQuantity = string | number;

export interface RawIdentifier {
  readonly name?: string | null;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> | null; readonly matchExpressions?: unknown } | null;
}

export interface RawMetricSource {
  readonly name?: string | null;
  readonly container?: string | null;
  readonly describedObject?: RawObjectReference | null;
  readonly metric?: RawIdentifier | null;
  readonly target?: RawTarget | null;
}

export type RawSourceName = "object" | "external" | "pods" | "resource" | "containerResource";

export type RawMetric = { readonly type?: string | null } & { readonly [source in RawSourceName]?: RawMetricSource | null };

export interface RawScalingRules {
  readonly stabilizationWindowSeconds?: number | null;
  readonly selectPolicy?: string | null;
  readonly policies?: readonly RawScalingPolicy[] | null;
  readonly tolerance?: RawQuantity | null;
}

export interface RawScalingPolicy {
  readonly type?: string | null;
  readonly value?: number | null;
  readonly periodSeconds?: number | null;
}

export interface RawBehavior {
  readonly scaleUp?: RawScalingRules | null;
  readonly scaleDown?: RawScalingRules | null;
}

const TARGET: Shape = { fields: { type: "string", value: "quantity", averageValue: "quantity", averageUtilization: "int32" } };
const REFERENCE: Shape = { fields: { apiVersion: "string", kind: "string", name: "string" } };
const IDENTIFIER: Shape = {
  fields: { name: "string", selector: { fields: { matchLabels: "strings", matchExpressions: { list: "any" } } } },
};
const RULES: Shape = {
  fields: {
    stabilizationWindowSeconds: "int32",
    selectPolicy: "string",
    policies: { list: { fields: { type: "string", value: "int32", periodSeconds: "int32" } } },
    tolerance: "quantity",
  },
};

/** `spec.behavior`; a ScaledObject carries one, too. */
export const BEHAVIOR_SHAPE: Shape = { fields: { scaleUp: RULES, scaleDown: RULES } };

/** @see kubernetes v1.37 staging/src/k8s.io/api/autoscaling/v2/types.go */
export const HPA_SHAPE: Shape = {
  fields: {
    apiVersion: "string",
    kind: "string",
    metadata: METADATA_SHAPE,
    status: "any",
    spec: {
      fields: {
        scaleTargetRef: REFERENCE,
        minReplicas: "int32",
        maxReplicas: "int32",
        metrics: {
          list: {
            fields: {
              type: "string",
              object: { fields: { describedObject: REFERENCE, metric: IDENTIFIER, target: TARGET } },
              external: { fields: { metric: IDENTIFIER, target: TARGET } },
              pods: { fields: { metric: IDENTIFIER, target: TARGET } },
              resource: { fields: { name: "string", target: TARGET } },
              containerResource: { fields: { name: "string", container: "string", target: TARGET } },
            },
          },
        },
        behavior: BEHAVIOR_SHAPE,
      },
    },
  },
};
