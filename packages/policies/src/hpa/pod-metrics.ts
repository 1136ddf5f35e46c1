import { saturateInt32, wrapInt64 } from "./int64.ts";
import { type CalculatorInput, type CurrentValue, isWithinTolerance, type MetricOutcome, metricFailure, metricName } from "./outcome.ts";
import { groupPods, type HpaSample, isMissingRequest, type PodGroups, podRequests } from "./pods.ts";
import type { HpaContainerResourceMetric, HpaPodsMetric, HpaResourceMetric } from "./spec.ts";

type PerPodMetric = HpaResourceMetric | HpaContainerResourceMetric | HpaPodsMetric;

/** Values by pod, in milli-units. */
type Values = ReadonlyMap<string, bigint>;

/** Turns values into a ratio to the target; undefined: none of them belongs to a known pod. */
interface Measure {
  readonly ratioOf: (values: Values) => { readonly ratio: number; readonly current: CurrentValue } | undefined;
  /** What a pod without a sample is taken to use when the rest asks for fewer replicas. */
  readonly missingValue: (pod: string) => bigint;
}

/**
 * Replicas that a per-pod metric asks for: ready pods decide; missing ones are filled in against the direction of change, unready ones
 * as idle when scaling up.
 *
 * @see kubernetes v1.37 replica_calculator.go, GetResourceReplicas and calcPlainMetricReplicas
 */
export function proposeFromSamples(metric: PerPodMetric, samples: ReadonlyMap<string, HpaSample>, input: CalculatorInput): MetricOutcome {
  if (input.pods.length === 0) return metricFailure(metric, "no pods returned by selector while calculating replica count");
  const resource = metric.type === "Pods" ? undefined : metric.resource;
  const groups = groupPods(input.pods, samples, resource, input.nowSeconds, input.flags);
  const values = new Map<string, bigint>();
  for (const [pod, sample] of samples) {
    if (!groups.ignored.has(pod) && !groups.unready.has(pod)) values.set(pod, sample.valueMilli);
  }
  if (values.size === 0) return metricFailure(metric, "did not receive metrics for targeted pods (pods might be unready)");
  const measure = measureOf(metric, input);
  if ("error" in measure) return metricFailure(metric, measure.error);
  const measured = measure.ratioOf(values);
  if (measured === undefined) return metricFailure(metric, "no metrics returned matched known pods");
  const { replicas, filledRatio } = replicasFor(measured.ratio, values, groups, measure, input);
  return {
    ok: true,
    replicas,
    metricName: metricName(metric),
    current: measured.current,
    ratio: measured.ratio,
    ...(filledRatio === undefined ? {} : { filledRatio }),
    pods: { ready: groups.readyCount, unready: groups.unready.size, missing: groups.missing.size, ignored: groups.ignored.size },
  };
}

interface Filled {
  readonly replicas: number;
  /** Absent: no pod had to be filled in. */
  readonly filledRatio?: number;
}

function replicasFor(ratio: number, values: Map<string, bigint>, groups: PodGroups, measure: Measure, input: CalculatorInput): Filled {
  const current = input.specReplicas;
  const countsUnready = groups.unready.size > 0 && ratio > 1;
  if (!countsUnready && groups.missing.size === 0) {
    return { replicas: isWithinTolerance(ratio, input.tolerance) ? current : saturateInt32(Math.ceil(ratio * groups.readyCount)) };
  }
  if (ratio < 1) for (const pod of groups.missing) values.set(pod, measure.missingValue(pod));
  else if (ratio > 1) for (const pod of groups.missing) values.set(pod, 0n);
  if (countsUnready) for (const pod of groups.unready) values.set(pod, 0n);
  // With every request 0 there is no ratio; the first measurement has already refused that.
  const filled = measure.ratioOf(values)?.ratio ?? ratio;
  const flipped = (ratio < 1 && filled > 1) || (ratio > 1 && filled < 1);
  if (isWithinTolerance(filled, input.tolerance) || flipped) return { replicas: current, filledRatio: filled };
  const replicas = saturateInt32(Math.ceil(filled * values.size));
  const against = (filled < 1 && replicas > current) || (filled > 1 && replicas < current);
  return { replicas: against ? current : replicas, filledRatio: filled };
}

function measureOf(metric: PerPodMetric, input: CalculatorInput): Measure | { readonly error: string } {
  const { averageValueMilli, averageUtilization } = metric.target;
  if (averageValueMilli !== undefined) return averageMeasure(BigInt(averageValueMilli));
  if (metric.type === "Pods") return { error: "invalid pods metric source: no average value target was set" };
  if (averageUtilization === undefined) return { error: "invalid resource metric source: no target was set" };
  const container = metric.type === "ContainerResource" ? metric.container : undefined;
  const requests = podRequests(input.pods, metric.resource, container);
  if (isMissingRequest(requests)) {
    return { error: `missing request for ${metric.resource} in container ${requests.container} of Pod ${requests.pod}` };
  }
  return utilizationMeasure(requests, averageUtilization);
}

/** Samples of pods that are not listed count here; only a utilisation skips them. @see metrics/utilization.go, GetMetricUsageRatio */
function averageMeasure(targetMilli: bigint): Measure {
  return {
    missingValue: () => targetMilli,
    ratioOf: (values) => {
      let total = 0n;
      for (const value of values.values()) total = wrapInt64(total + value);
      const average = total / BigInt(values.size);
      return { ratio: Number(average) / Number(targetMilli), current: { averageValueMilli: average } };
    },
  };
}

/**
 * The percentage is an integer before it becomes a ratio: 55.9 % counts as 55 %.
 *
 * @see metrics/utilization.go, GetResourceUtilizationRatio
 */
function utilizationMeasure(requests: ReadonlyMap<string, bigint>, targetPercent: number): Measure {
  const missingPercent = BigInt(Math.max(100, targetPercent));
  return {
    missingValue: (pod) => wrapInt64((requests.get(pod) ?? 0n) * missingPercent) / 100n,
    ratioOf: (values) => {
      let total = 0n;
      let requested = 0n;
      let pods = 0n;
      for (const [pod, value] of values) {
        const request = requests.get(pod);
        if (request === undefined) continue;
        total = wrapInt64(total + value);
        requested = wrapInt64(requested + request);
        pods += 1n;
      }
      if (requested === 0n) return undefined;
      const percent = Number(BigInt.asIntN(32, wrapInt64(total * 100n) / requested));
      return { ratio: percent / targetPercent, current: { averageUtilization: percent, averageValueMilli: total / pods } };
    },
  };
}
