import { INT64_MAX, saturateInt32, wrapInt64 } from "./int64.ts";
import {
  type CalculatorInput,
  type CurrentValue,
  isWithinTolerance,
  type MetricOutcome,
  type MetricReading,
  metricFailure,
  metricName,
} from "./outcome.ts";
import { proposeFromSamples } from "./pod-metrics.ts";
import { countReadyPods } from "./pods.ts";
import type { HpaExternalMetric, HpaMetric, HpaObjectMetric } from "./spec.ts";

/**
 * Replicas that one metric asks for.
 *
 * @see kubernetes v1.37 pkg/controller/podautoscaler/horizontal.go computeReplicasForMetric and replica_calculator.go
 */
export function proposeReplicas(metric: HpaMetric, reading: MetricReading, input: CalculatorInput): MetricOutcome {
  switch (metric.type) {
    case "Resource":
    case "ContainerResource":
    case "Pods":
      return reading.kind === "samples"
        ? proposeFromSamples(metric, reading.samples, input)
        : metricFailure(metric, unavailable(reading, metric));
    case "Object":
      return reading.kind === "value"
        ? proposeFromObject(metric, reading.valueMilli, input)
        : metricFailure(metric, unavailable(reading, metric));
    case "External":
      return reading.kind === "values"
        ? proposeFromExternal(metric, reading.valuesMilli, input)
        : metricFailure(metric, unavailable(reading, metric));
  }
}

function unavailable(reading: MetricReading, metric: HpaMetric): string {
  return reading.kind === "error" ? reading.error : `no metrics returned for ${metricName(metric)}`;
}

function proposeFromObject(metric: HpaObjectMetric, usage: bigint, input: CalculatorInput): MetricOutcome {
  const { target } = metric;
  if (target.type === "Value" && target.valueMilli !== undefined) return proposeFromValue(metric, usage, BigInt(target.valueMilli), input);
  if (target.type === "AverageValue" && target.averageValueMilli !== undefined) {
    return proposeFromTotal(metric, usage, BigInt(target.averageValueMilli), input);
  }
  return metricFailure(metric, "invalid object metric source: neither a value target nor an average value target was set");
}

function proposeFromExternal(metric: HpaExternalMetric, values: readonly bigint[], input: CalculatorInput): MetricOutcome {
  const { averageValueMilli, valueMilli } = metric.target;
  if (averageValueMilli !== undefined) return proposeFromTotal(metric, sumForAverage(values), BigInt(averageValueMilli), input);
  if (valueMilli !== undefined) return proposeFromValue(metric, sumForValue(values), BigInt(valueMilli), input);
  return metricFailure(metric, "invalid external metric source: neither a value target nor an average value target was set");
}

/** A `Value` target multiplies the ready pods: it grows again at every sync while the value stays above the target. */
function proposeFromValue(
  metric: HpaObjectMetric | HpaExternalMetric,
  usage: bigint,
  targetMilli: bigint,
  input: CalculatorInput,
): MetricOutcome {
  const ratio = Number(usage) / Number(targetMilli);
  const base = { ok: true, metricName: metricName(metric), current: { valueMilli: usage }, ratio } as const;
  if (input.specReplicas === 0) return { ...base, replicas: saturateInt32(Math.ceil(ratio)) };
  if (isWithinTolerance(ratio, input.tolerance)) return { ...base, replicas: input.specReplicas };
  if (input.pods.length === 0) {
    return metricFailure(metric, "unable to calculate ready pods: no pods returned by selector while calculating replica count");
  }
  const ready = countReadyPods(input.pods);
  const pods = { ready, unready: input.pods.length - ready, missing: 0, ignored: 0 };
  return { ...base, replicas: saturateInt32(Math.ceil(ratio * ready)), pods };
}

/** An `AverageValue` target divides the total by the target; pods play no part but for the tolerance's base. */
function proposeFromTotal(
  metric: HpaObjectMetric | HpaExternalMetric,
  usage: bigint,
  targetMilli: bigint,
  input: CalculatorInput,
): MetricOutcome {
  const { statusReplicas } = input;
  const ratio = Number(usage) / (Number(targetMilli) * statusReplicas);
  // Written so that NaN (0 / 0 at no replicas) is outside the tolerance.
  const keep = isWithinTolerance(ratio, input.tolerance);
  const replicas = keep ? statusReplicas : saturateInt32(Math.ceil(Number(usage) / Number(targetMilli)));
  return { ok: true, replicas, metricName: metricName(metric), current: averageOf(usage, statusReplicas), ratio };
}

/** Rounded up, unlike the average of a Pods metric. A saturated total is reported as it is. */
function averageOf(usage: bigint, statusReplicas: number): CurrentValue {
  if (usage === INT64_MAX) return { averageValueMilli: usage };
  return statusReplicas === 0 ? {} : { averageValueMilli: BigInt(Math.ceil(Number(usage) / statusReplicas)) };
}

/** The overflow check subtracts first, so a negative running sum overflows it and saturates: the controller's own slip. */
function sumForAverage(values: readonly bigint[]): bigint {
  let sum = 0n;
  for (const value of values) sum = wrapInt64(INT64_MAX - sum) < value ? INT64_MAX : wrapInt64(sum + value);
  return sum;
}

function sumForValue(values: readonly bigint[]): bigint {
  let sum = 0n;
  for (const value of values) sum = value > 0n && sum > INT64_MAX - value ? INT64_MAX : wrapInt64(sum + value);
  return sum;
}
