import type { HpaFlags } from "./spec.ts";

/** One container's resource requests. */
export interface HpaContainer {
  readonly name: string;
  readonly requestsMilli: Readonly<Record<string, bigint>>;
}

/** A pod as the HPA controller's pod lister knows it. Times: seconds on the clock of `nowSeconds`. */
export interface HpaPod {
  readonly name: string;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  /** Has a deletion timestamp. */
  readonly deleted: boolean;
  readonly startSeconds?: number;
  /** The Ready condition. */
  readonly ready?: { readonly status: "True" | "False" | "Unknown"; readonly sinceSeconds: number };
  /** Containers and restartable init containers. */
  readonly containers: readonly HpaContainer[];
  /** Requests set on the pod itself, which win over the sum of its containers. */
  readonly podRequestsMilli?: Readonly<Record<string, bigint>>;
}

/** A pod's metric. */
export interface HpaSample {
  readonly valueMilli: bigint;
  readonly atSeconds: number;
  readonly windowSeconds: number;
}

export interface PodGroups {
  readonly readyCount: number;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}

/**
 * Sorts the pods of a target into ready, unready, missing (no sample) and ignored ones.
 *
 * @param resource - the resource the samples are of; only `cpu` looks at readiness
 * @see kubernetes v1.37 pkg/controller/podautoscaler/replica_calculator.go, groupPods
 */
export function groupPods(
  pods: readonly HpaPod[],
  samples: ReadonlyMap<string, HpaSample>,
  resource: string | undefined,
  nowSeconds: number,
  flags: HpaFlags,
): PodGroups {
  const unready = new Set<string>();
  const missing = new Set<string>();
  const ignored = new Set<string>();
  let readyCount = 0;
  for (const pod of pods) {
    const sample = samples.get(pod.name);
    if (pod.deleted || pod.phase === "Failed") ignored.add(pod.name);
    else if (pod.phase === "Pending") unready.add(pod.name);
    else if (sample === undefined) missing.add(pod.name);
    else if (resource === "cpu" && cpuSampleIsUnready(pod, sample, nowSeconds, flags)) unready.add(pod.name);
    else readyCount += 1;
  }
  return { readyCount, unready, missing, ignored };
}

/** A pod that is starting burns CPU that says nothing about load; its sample must not count yet. */
function cpuSampleIsUnready(pod: HpaPod, sample: HpaSample, nowSeconds: number, flags: HpaFlags): boolean {
  const { ready, startSeconds } = pod;
  if (ready === undefined || startSeconds === undefined) return true;
  if (startSeconds + flags.cpuInitializationPeriodSeconds > nowSeconds) {
    return ready.status === "False" || sample.atSeconds < ready.sinceSeconds + sample.windowSeconds;
  }
  return ready.status === "False" && startSeconds + flags.initialReadinessDelaySeconds > ready.sinceSeconds;
}

/** Running and Ready pods; terminating ones count. @see replica_calculator.go, getReadyPodsCount */
export function countReadyPods(pods: readonly HpaPod[]): number {
  return pods.filter((pod) => pod.phase === "Running" && pod.ready?.status === "True").length;
}

/** Where a request is looked up failed: the whole metric fails. */
export interface MissingRequest {
  readonly pod: string;
  readonly container: string;
}

/**
 * Requests of every listed pod, ignored ones included.
 *
 * @returns milli-units by pod, or the first container without the request
 * @see replica_calculator.go, calculatePodRequests
 */
export function podRequests(pods: readonly HpaPod[], resource: string, container?: string): ReadonlyMap<string, bigint> | MissingRequest {
  const requests = new Map<string, bigint>();
  for (const pod of pods) {
    const whole = container === undefined ? pod.podRequestsMilli?.[resource] : undefined;
    if (whole !== undefined) {
      requests.set(pod.name, whole);
      continue;
    }
    let sum = 0n;
    for (const entry of pod.containers) {
      if (container !== undefined && entry.name !== container) continue;
      const request = entry.requestsMilli[resource];
      if (request === undefined) return { pod: pod.name, container: entry.name };
      sum += request;
    }
    requests.set(pod.name, sum);
  }
  return requests;
}

/** True for the failure answer of {@link podRequests}. */
export function isMissingRequest(requests: ReadonlyMap<string, bigint> | MissingRequest): requests is MissingRequest {
  return !(requests instanceof Map);
}
