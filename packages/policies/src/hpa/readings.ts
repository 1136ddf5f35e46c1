import type { MetricAnswer, MetricElement, MetricRequest, PodView } from "@replicast/sim-core";
import { truncateInt64 } from "./int64.ts";
import type { MetricReading } from "./outcome.ts";
import type { HpaPod, HpaSample } from "./pods.ts";
import type { HpaMetric } from "./spec.ts";

const MILLI = 1000;
const NANO = 1e9;
const NANO_PER_MILLI = 1_000_000n;

/**
 * Window of a sample whose source names none: the default scrape interval of metrics-server.
 *
 * @see metrics-server --metric-resolution, default 15 s in its manifests
 */
const DEFAULT_WINDOW_SECONDS = 15;

/** The metrics-API request behind an HPA metric. @param name - unique among the requests of a policy */
export function requestFor(metric: HpaMetric, name: string): MetricRequest {
  switch (metric.type) {
    case "Resource":
      return { name, kind: "resource", resource: metric.resource };
    case "ContainerResource":
      return { name, kind: "resource", resource: metric.resource, container: metric.container };
    case "Pods":
      return { name, kind: "pods", metric: metric.metric.name, ...selectorOf(metric.metric.matchLabels) };
    case "Object":
      return { name, kind: "object", metric: metric.metric.name, object: metric.object, ...selectorOf(metric.metric.matchLabels) };
    case "External":
      return { name, kind: "external", metric: metric.metric.name, ...selectorOf(metric.metric.matchLabels) };
  }
}

/**
 * Turns an answer into milli-units as the adapters do. An answer without items is an error ("metric unavailable"), not zero.
 *
 * @param nowSeconds - time of the sync
 */
export function readingFrom(metric: HpaMetric, answer: MetricAnswer | undefined, nowSeconds: number): MetricReading {
  if (answer === undefined) return { kind: "error", error: "metric was not asked for" };
  if (!answer.ok) return { kind: "error", error: answer.error };
  const aged = answer.ageSeconds === undefined ? {} : { ageSeconds: answer.ageSeconds };
  const [first] = answer.elements;
  if (first === undefined) return { kind: "error", error: "no metrics returned" };
  switch (metric.type) {
    case "Resource":
    case "ContainerResource":
      return samplesFrom(answer, nowSeconds, (value) => resourceMilli(metric.resource, value));
    case "Pods":
      return samplesFrom(answer, nowSeconds, customMilli);
    case "Object":
      return { kind: "value", valueMilli: customMilli(first.value), ...aged };
    case "External":
      return { kind: "values", valuesMilli: answer.elements.map(({ value }) => customMilli(value)), ...aged };
  }
}

/**
 * The pod lister's view of simulated pods.
 *
 * A simulated pod has one container, so its requests stand for whichever container a metric names.
 */
export function podsFrom(pods: readonly PodView[], metrics: readonly HpaMetric[]): readonly HpaPod[] {
  const named = metrics.map((metric) => (metric.type === "ContainerResource" ? metric.container : "main"));
  const names = [...new Set(named)];
  // pods of one deployment share their requests: thousands of them cost one conversion
  let shared: PodView["requests"] | undefined;
  let resources = resourcesOf({}, names);
  return pods.map((pod) => {
    if (pod.requests !== shared) {
      shared = pod.requests;
      resources = resourcesOf(shared, names);
    }
    return podFrom(pod, resources);
  });
}

type PodResources = Required<Pick<HpaPod, "containers" | "podRequestsMilli">>;

function resourcesOf(requests: PodView["requests"], names: readonly string[]): PodResources {
  const podRequestsMilli = Object.fromEntries(Object.entries(requests).map(([resource, value]) => [resource, requestMilli(value)]));
  return { podRequestsMilli, containers: names.map((name) => ({ name, requestsMilli: podRequestsMilli })) };
}

function podFrom({ name, phase, deletionSeconds, startSeconds, ready }: PodView, { containers, podRequestsMilli }: PodResources): HpaPod {
  const pod: { -readonly [key in keyof HpaPod]: HpaPod[key] } = {
    name,
    phase,
    deleted: deletionSeconds !== undefined,
    containers,
    podRequestsMilli,
  };
  if (startSeconds !== undefined) pod.startSeconds = startSeconds;
  if (ready !== undefined) pod.ready = { status: ready.status ? "True" : "False", sinceSeconds: ready.sinceSeconds };
  return pod;
}

function selectorOf(labels: { readonly [label: string]: string } | undefined): { readonly selector?: Readonly<Record<string, string>> } {
  return labels === undefined ? {} : { selector: labels };
}

/** prometheus-adapter and KEDA: `int64(value * 1000)`, so 32.3 becomes 32299. NaN becomes 0. */
function customMilli(value: number): bigint {
  return truncateInt64(value * MILLI);
}

/** metrics-server: CPU in whole nanocores, rounded up to milli by the HPA; memory in whole bytes. */
function resourceMilli(resource: string, value: number): bigint {
  if (resource !== "cpu") return truncateInt64(value) * BigInt(MILLI);
  const nano = truncateInt64(value * NANO);
  return (nano + NANO_PER_MILLI - 1n) / NANO_PER_MILLI;
}

/** Requests are quantities, exact in milli-units; the nearest whole one undoes the float. */
function requestMilli(value: number): bigint {
  return BigInt(Math.round(value * MILLI));
}

function samplesFrom(
  answer: { readonly elements: readonly MetricElement[]; readonly ageSeconds?: number; readonly windowSeconds?: number },
  nowSeconds: number,
  milli: (value: number) => bigint,
): MetricReading {
  const samples = new Map<string, HpaSample>();
  const atSeconds = nowSeconds - (answer.ageSeconds ?? 0);
  const windowSeconds = answer.windowSeconds ?? DEFAULT_WINDOW_SECONDS;
  for (const { pod, value } of answer.elements) {
    if (pod === undefined) continue;
    // Containers are rounded one by one and then summed.
    const before = samples.get(pod);
    const valueMilli = before === undefined ? milli(value) : before.valueMilli + milli(value);
    samples.set(pod, { valueMilli, atSeconds, windowSeconds });
  }
  if (samples.size === 0) return { kind: "error", error: "no metrics returned" };
  return { kind: "samples", samples, ...(answer.ageSeconds === undefined ? {} : { ageSeconds: answer.ageSeconds }) };
}
