import type { KubernetesObject } from "../../packages/policies/src/keda/cluster-view.ts";
import { readScaledObject, type ScaledObject } from "../../packages/policies/src/keda/manifest.ts";
import { UTC_ZONE, type ZoneData } from "../../packages/sim-core/src/domain/zone.ts";
import type { Issue } from "../../packages/sim-core/src/errors.ts";

/** The vectors' cluster has one workload: its container requests cpu and no memory. */
const DEPLOYMENT: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "vllm", namespace: "llm" },
  spec: { template: { spec: { containers: [{ name: "vllm", resources: { requests: { cpu: "1" } } }] } } },
};

export interface ReadObjectOptions {
  /** Other objects of the cluster. */
  readonly objects?: readonly KubernetesObject[];
  readonly withoutWebhook?: boolean;
}

/** A ScaledObject read by KEDA's reader: what it is, or what was wrong. */
export function readObject(
  value: KubernetesObject,
  { objects = [], withoutWebhook = false }: ReadObjectOptions = {},
): { readonly object: ScaledObject | undefined; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const cluster = { objects: [DEPLOYMENT, ...objects], isComplete: true };
  const reading = { lookup: zoneOf, cluster, namespace: "llm", withoutWebhook };
  const object = readScaledObject({ value, report: (issue) => issues.push(issue) }, reading);
  return { object, issues };
}

const HOUR_SECONDS = 3600;
const FROM_EPOCH_SECONDS = Date.UTC(2025, 0, 1) / 1000;
const TO_EPOCH_SECONDS = Date.UTC(2035, 0, 1) / 1000;
const zones = new Map<string, ZoneData | undefined>();

/** Offsets of a zone over the years the vectors fall in; the vectors' operator runs in UTC. */
export function zoneOf(timeZone: string): ZoneData | undefined {
  if (timeZone === "UTC" || timeZone === "Local" || timeZone === "") return UTC_ZONE;
  if (!zones.has(timeZone)) zones.set(timeZone, computeZone(timeZone));
  return zones.get(timeZone);
}

function computeZone(timeZone: string): ZoneData | undefined {
  let format: Intl.DateTimeFormat;
  try {
    const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...fields });
  } catch {
    return undefined;
  }
  const offsetAt = (epochSeconds: number): number => {
    const parts = Object.fromEntries(format.formatToParts(epochSeconds * 1000).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - epochSeconds;
  };
  const fromEpochSeconds = [FROM_EPOCH_SECONDS];
  const offsetSeconds = [offsetAt(FROM_EPOCH_SECONDS)];
  // Every transition in these years falls on a quarter of an hour; a day's step finds it, bisection pins it.
  for (let day = FROM_EPOCH_SECONDS; day < TO_EPOCH_SECONDS; day += 24 * HOUR_SECONDS) {
    let low = day;
    let high = day + 24 * HOUR_SECONDS;
    if (offsetAt(low) === offsetAt(high)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === offsetAt(low)) low = middle;
      else high = middle;
    }
    fromEpochSeconds.push(high);
    offsetSeconds.push(offsetAt(high));
  }
  return { timeZone, fromEpochSeconds, offsetSeconds };
}
