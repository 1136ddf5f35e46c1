import type { Issue } from "@replicast/sim-core";
import { readAnnotations } from "../../packages/policies/src/knative/annotations.ts";
import { readConfigMap } from "../../packages/policies/src/knative/config-map.ts";
import { activatorCount, resolveSpec } from "../../packages/policies/src/knative/resolve.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface ResolveCase {
  readonly annotations: Readonly<Record<string, string>>;
  readonly configMap: Readonly<Record<string, string>>;
  readonly containerConcurrency: number;
  readonly readyPods: number;
  readonly expected: unknown;
}

function check({ annotations, configMap, containerConcurrency, readyPods, expected }: ResolveCase): string | undefined {
  const issues: Issue[] = [];
  const add = (issue: Issue): number => issues.push(issue);
  const spec = resolveSpec(readConfigMap(configMap, [], add), readAnnotations(annotations, [], add), containerConcurrency);
  const got = {
    activationScale: spec.activationScale,
    numActivators: activatorCount(spec, readyPods),
    panicThreshold: spec.panicThreshold,
    panicWindowS: spec.panicWindowSeconds,
    scaleDownDelayS: spec.scaleDownDelaySeconds,
    scalingMetric: spec.scalingMetric,
    stableWindowS: spec.stableWindowSeconds,
    targetBurstCapacity: spec.targetBurstCapacity,
    targetValue: spec.targetValue,
    totalValue: spec.totalValue,
  };
  return mismatch(["issues", [], issues], ["resolved", expected, got]);
}

/** Config map and annotations → targets, windows, thresholds, activators. */
export const resolve: VectorKind<ResolveCase> = { kind: "resolve", recognises: ({ kind }) => kind === "resolve", check };
