import { evaluateCron } from "../../packages/policies/src/keda/cron-trigger.ts";
import type { CronTrigger } from "../../packages/policies/src/keda/spec.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";
import { readObject } from "./scaled-objects.ts";

interface CronCase {
  readonly name: string;
  readonly inputs: {
    readonly desiredReplicas: string;
    readonly start: string;
    readonly end: string;
    readonly timezone: string;
    readonly nowMs?: number;
  };
  readonly expected: {
    readonly buildError?: string;
    readonly error?: string;
    readonly metricName?: string;
    readonly active?: boolean;
    readonly value?: string;
  };
}

const triggers = new Map<string, CronTrigger | undefined>();

function triggerOf({ nowMs: _, ...metadata }: CronCase["inputs"]): CronTrigger | undefined {
  const key = JSON.stringify([metadata.start, metadata.end, metadata.timezone, metadata.desiredReplicas]);
  if (!triggers.has(key)) {
    const spec = { scaleTargetRef: { name: "vllm" }, triggers: [{ type: "cron", metadata: { ...metadata, now: "" } }] };
    const [trigger] = readObject({ metadata: { name: "so" }, spec }).object?.spec.triggers ?? [];
    triggers.set(key, trigger?.type === "cron" ? trigger : undefined);
  }
  return triggers.get(key);
}

function check({ inputs, expected }: CronCase): string | undefined {
  const trigger = triggerOf(inputs);
  if (trigger === undefined || expected.buildError !== undefined) {
    return mismatch(["build error", expected.buildError !== undefined, trigger === undefined]);
  }
  if (inputs.nowMs === undefined) return mismatch(["metricName", expected.metricName, trigger.metricName]);
  const reading = evaluateCron(trigger, inputs.nowMs / 1000);
  if (!reading.ok) return mismatch(["error", expected.error !== undefined, true]);
  // A negative count is sent as 0.
  return mismatch(
    ["error", expected.error, undefined],
    ["active", expected.active, reading.active],
    ["value", expected.value, String(Math.max(0, reading.value))],
  );
}

/** A cron trigger's window at an instant. */
export const cron: VectorKind<CronCase> = { kind: "cron", recognises: (vector) => "desiredReplicas" in inputsOf(vector), check };
