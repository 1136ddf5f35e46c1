import type { HpaMetric } from "@replicast/policies";
import type { Issue, IssuePath, MetricRequest } from "@replicast/sim-core";
import { queryText, requestSeries, tryParse } from "../metric-names.ts";
import { type Bound, queryBound } from "./metric-bound.ts";
import { hpaOf, scalingOf } from "./scaling.ts";
import { type ControllerProspect, warning } from "./setting.ts";

/** @see NVIDIA, DCGM field identifiers: DCGM_FI_DEV_GPU_UTIL */
const GPU_UTILIZATION = "DCGM_FI_DEV_GPU_UTIL";
/** Kinds of HPA metrics as the manifest's keys. */
const SOURCE_KEYS: Readonly<Record<HpaMetric["type"], string>> = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
};

/** Triggers on GPU utilisation: it is near 100 % with a single sequence, and says nothing about how much more would fit. */
export function checkSignals({ requests, adapter, placeOfRequest }: ControllerProspect): readonly Issue[] {
  return requests
    .filter((request) => requestSeries(request, adapter)?.includes(GPU_UTILIZATION) === true)
    .map((request) => warning("gpu_utilization_trigger", placeOfRequest(request), { metric: GPU_UTILIZATION }));
}

/** Targets of an HPA, or of the one KEDA makes, that its metrics cannot exceed, or can exceed only so far. */
export function checkTargets(controller: ControllerProspect): readonly Issue[] {
  const found = hpaOf(controller.kind, controller.config);
  if (found === undefined || found.spec.minReplicas >= found.spec.maxReplicas) return [];
  return found.spec.metrics.flatMap((metric, index) => {
    if (metric.type === "Resource" || metric.type === "ContainerResource") return constantMetric(metric, index, controller);
    const request = controller.requests.find(({ name }) => name === requestName(metric, index, controller));
    const bound = request === undefined ? undefined : boundOf(request, controller);
    return bound === undefined ? [] : boundedTarget(metric, index, bound, found.toleranceUp, controller);
  });
}

function requestName(
  metric: Exclude<HpaMetric, { type: "Resource" | "ContainerResource" }>,
  index: number,
  { kind }: ControllerProspect,
): string {
  return kind === "keda" ? metric.metric.name : `metrics[${index}]`;
}

function boundOf(request: MetricRequest, { adapter, deployment }: ControllerProspect): Bound | undefined {
  const text = queryText(request, adapter, "default");
  if (text === undefined || !tryParse(text).ok) return undefined;
  const bound = queryBound(text, { maxSequences: deployment?.maxSequences });
  // What is asked for by name comes as one value: those of all pods added up.
  const isAdded = request.kind === "external" || request.kind === "object";
  return bound?.of === "pod" && isAdded ? { ...bound, of: "total" } : bound;
}

function boundedTarget(
  metric: HpaMetric,
  index: number,
  bound: Bound,
  tolerance: number,
  controller: ControllerProspect,
): readonly Issue[] {
  const { averageValueMilli, valueMilli } = metric.target;
  const target = Number(averageValueMilli ?? valueMilli) / 1000;
  if (!(target > 0)) return [];
  const isAverage = averageValueMilli !== undefined;
  // A Pods metric is averaged over pods and never shared out; of a query that names no pods nothing is known.
  if (metric.type === "Pods" && bound.of !== "pod") return [];
  const place = controller.placeOfField(targetPath(metric, index, controller));
  const comparable = isAverage ? bound.of !== "single" : bound.of === "single";
  if (comparable) {
    const needed = target * (1 + tolerance);
    if (needed < bound.most) return [];
    return [warning("target_unreachable", place, { target, tolerance, needed: rounded(needed), most: rounded(bound.most) })];
  }
  if (!isAverage) return [];
  // One value, however many replicas there are, shared out among them: it can ask for so many and no more.
  const reachable = Math.max(1, Math.ceil(bound.most / target));
  const most = scalingOf(controller).most?.value ?? reachable;
  return reachable < most
    ? [warning("target_caps_replicas", place, { target, most: rounded(bound.most), reachable, maxReplicas: most })]
    : [];
}

function constantMetric(
  metric: Extract<HpaMetric, { type: "Resource" | "ContainerResource" }>,
  index: number,
  controller: ControllerProspect,
): readonly Issue[] {
  const { deployment } = controller;
  const { resource, target } = metric;
  if (deployment === undefined || (resource !== "cpu" && resource !== "memory")) return [];
  const percent = Math.trunc(deployment.usage[resource] * 100);
  const data = { resource, percent, ...(target.averageUtilization === undefined ? {} : { target: target.averageUtilization }) };
  return [warning("resource_not_modelled", controller.placeOfField(targetPath(metric, index, controller)), data)];
}

function targetPath(metric: HpaMetric, index: number, { kind, config }: ControllerProspect): IssuePath {
  if (kind === "keda") return ["spec", "triggers", triggerIndex(metric, config), "metadata", "threshold"];
  const { averageUtilization, averageValueMilli } = metric.target;
  const key = averageUtilization !== undefined ? "averageUtilization" : averageValueMilli !== undefined ? "averageValue" : "value";
  return ["spec", "metrics", index, SOURCE_KEYS[metric.type], "target", key];
}

/** KEDA sorts the metrics of the HPA it makes: the trigger is found by what it reads. */
function triggerIndex(metric: HpaMetric, config: ControllerProspect["config"]): number {
  const { triggers } = (
    config as { readonly spec: { readonly triggers: readonly { readonly metricName?: string; readonly resource?: string }[] } }
  ).spec;
  const wanted = metric.type === "Resource" || metric.type === "ContainerResource" ? metric.resource : metric.metric.name;
  return Math.max(
    0,
    triggers.findIndex(({ metricName, resource }) => metricName === wanted || resource === wanted),
  );
}

/** Without the digits that products of decimals leave behind. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
