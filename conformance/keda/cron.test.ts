import { expect, it } from "vitest";
import { evaluateCron } from "../../packages/policies/src/keda/cron-trigger.ts";
import type { CronTrigger } from "../../packages/policies/src/keda/spec.ts";
import { failures, readVectors } from "../hpa/vectors.ts";
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

function passes({ inputs, expected }: CronCase): boolean {
  const trigger = triggerOf(inputs);
  if (trigger === undefined || expected.buildError !== undefined) return trigger === undefined && expected.buildError !== undefined;
  if (inputs.nowMs === undefined) return trigger.metricName === expected.metricName;
  const reading = evaluateCron(trigger, inputs.nowMs / 1000);
  if (!reading.ok) return expected.error !== undefined;
  // A negative count is sent as 0.
  return reading.active === expected.active && String(Math.max(0, reading.value)) === expected.value;
}

it("opens and closes every cron window when KEDA does, transitions included", () => {
  const cases = readVectors<CronCase>("keda/cron.jsonl");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(980);
});
