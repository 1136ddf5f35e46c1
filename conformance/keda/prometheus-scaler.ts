import { targetMilli } from "../../packages/policies/src/keda/hpa-spec.ts";
import { evaluatePrometheus, readPrometheus } from "../../packages/policies/src/keda/prometheus.ts";
import { roundToMilli } from "../../packages/policies/src/keda/round.ts";
import type { PrometheusTrigger } from "../../packages/policies/src/keda/spec.ts";
import { FieldErrors } from "../../packages/policies/src/manifest/field-errors.ts";
import type { MetricAnswer, MetricElement } from "../../packages/sim-core/src/scaling/policy.ts";
import { parseQuantity, quantityMilli } from "../../packages/sim-core/src/units/quantity.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";

interface PrometheusCase {
  readonly name: string;
  readonly inputs: {
    readonly metadata: Readonly<Record<string, string>>;
    readonly metricType: string;
    readonly triggerIndex: number;
    readonly httpStatus?: number;
    readonly body?: string;
  };
  readonly expected: {
    readonly buildError?: string;
    readonly panic?: unknown;
    readonly error?: string;
    readonly metricName?: string;
    readonly target?: { readonly type: string; readonly value?: string; readonly averageValue?: string };
    readonly value?: string;
    readonly valueMilli?: number | string;
    readonly active?: boolean;
  };
}

interface Body {
  readonly data?: { readonly resultType?: string; readonly result?: unknown } | null;
}

const failed = (error: string): MetricAnswer => ({ ok: false, error });

/** What a metric source answers when a server replies like this. */
function answerOf(httpStatus: number, body: string): MetricAnswer {
  if (httpStatus < 200 || httpStatus > 299) return failed(`status ${httpStatus}`);
  let parsed: Body;
  try {
    parsed = JSON.parse(body) as Body;
  } catch {
    return failed("not JSON");
  }
  const { resultType, result } = parsed.data ?? {};
  if (resultType === "scalar" || resultType === "string") return { ok: true, elements: [], scalar: true };
  const rows = Array.isArray(result) ? (result as readonly { readonly value?: readonly unknown[] }[]) : [];
  // A matrix has no `value`: KEDA takes its element for an empty one.
  if (rows.length === 1 && (rows[0]?.value ?? []).length === 0) return { ok: true, elements: [] };
  if (rows.length === 1 && (rows[0]?.value ?? []).length < 2) return failed("not enough values");
  const values = rows.map(({ value }) => sampleOf(value?.[1]));
  if (values.includes(undefined)) return failed("not a number");
  return { ok: true, elements: values.map<MetricElement>((value) => ({ labels: {}, value: value ?? 0 })) };
}

const INFINITE = /^[+-]?inf(inity)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What the trigger's value is before a sample is parsed into it. @see keda v2.20 prometheus_scaler.go, ExecutePromQuery */
const UNSET_VALUE = -1;

/** A sample's value as Go parses it; null, which no Prometheus sends, leaves it unset. */
function sampleOf(value: unknown): number | undefined {
  if (value === null) return UNSET_VALUE;
  const text = String(value);
  if (/^nan$/i.test(text)) return Number.NaN;
  if (INFINITE.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NUMBER.test(text) ? Number(text) : undefined;
}

function triggerOf({ inputs }: PrometheusCase): PrometheusTrigger | undefined {
  const { metadata, metricType, triggerIndex } = inputs;
  const errors = new FieldErrors(() => undefined);
  return readPrometheus({ type: "prometheus", metadata, metricType }, triggerIndex, [], errors);
}

const milliOf = (text: string): bigint | undefined => {
  const quantity = parseQuantity(text);
  return quantity && quantityMilli(quantity);
};

function check(vector: PrometheusCase): string | undefined {
  const { inputs, expected } = vector;
  const trigger = triggerOf(vector);
  if (trigger === undefined || expected.buildError !== undefined) {
    return mismatch(["build error", expected.buildError !== undefined, trigger === undefined]);
  }
  const target = expected.target?.averageValue ?? expected.target?.value ?? "";
  const wrong = mismatch(
    ["metricName", expected.metricName, trigger.metricName],
    ["target type", expected.target?.type, trigger.metricType],
    ["target", milliOf(target), targetMilli(trigger)],
  );
  if (wrong !== undefined || inputs.body === undefined || inputs.httpStatus === undefined) return wrong;
  const reading = evaluatePrometheus(trigger, answerOf(inputs.httpStatus, inputs.body));
  const fails = expected.error !== undefined || expected.panic !== undefined;
  if (!reading.ok || fails) return mismatch(["error", fails, !reading.ok]);
  const milli = roundToMilli(reading.value);
  // Beyond int64 KEDA's quantity overflows into a number without meaning.
  const overflows = BigInt.asIntN(64, milli) !== milli;
  const sent = (milli < 0n ? 0n : milli).toString();
  return mismatch(["active", expected.active, reading.active], ["valueMilli", overflows ? sent : String(expected.valueMilli), sent]);
}

/** A prometheus trigger's metadata and an answer of the server → value and activity. */
export const prometheusScaler: VectorKind<PrometheusCase> = {
  kind: "prometheus-scaler",
  recognises: (vector) => "triggerIndex" in inputsOf(vector),
  check,
};
