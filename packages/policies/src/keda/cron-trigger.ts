import {
  type CronSchedule,
  type IssuePath,
  NEVER_EPOCH_SECONDS,
  nextFiring,
  parseCron,
  UTC_ZONE,
  type ZoneData,
  type ZoneLookup,
} from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import { fieldName, type Report } from "../manifest/shape.ts";
import { normalizedName } from "./metric-name.ts";
import { metricTypeOf } from "./metric-type.ts";
import type { TriggerReading } from "./prometheus.ts";
import type { RawTrigger } from "./raw.ts";
import type { CronTrigger } from "./spec.ts";

/** What reading a cron trigger needs from around it. */
export interface CronReading {
  /** Place in `spec.triggers`, a part of the metric's name. */
  readonly index: number;
  readonly path: IssuePath;
  readonly errors: FieldErrors;
  readonly report: Report;
  readonly lookup: ZoneLookup;
}

/**
 * Reads the metadata of a cron trigger. An unknown zone is accepted with a warning, as KEDA does; the trigger then fails at run time.
 *
 * @see keda v2.20 pkg/scalers/cron_scaler.go
 */
export function readCron(trigger: RawTrigger, { index, path, errors, report, lookup }: CronReading): CronTrigger | undefined {
  const before = errors.count;
  const metadata = trigger.metadata ?? {};
  const at = [...path, "metadata"];
  const metricType = metricTypeOf(trigger, path, errors);
  for (const key of ["timezone", "start", "end", "desiredReplicas"] as const) {
    if ((metadata[key] ?? "") === "") errors.required([...at, key], "the cron trigger needs it");
  }
  const timeZone = metadata["timezone"] ?? "";
  const zone = timeZone === "" ? UTC_ZONE : (lookup(timeZone) ?? null);
  const start = readSchedule(metadata["start"] ?? "", zone, [...at, "start"], errors, lookup);
  const end = readSchedule(metadata["end"] ?? "", zone, [...at, "end"], errors, lookup);
  const desiredReplicas = readDesired(metadata["desiredReplicas"] ?? "", [...at, "desiredReplicas"], errors);
  if (start !== undefined && metadata["start"]?.trim() === metadata["end"]?.trim()) {
    errors.invalid([...at, "end"], metadata["end"] ?? "", "start and end can not have exactly same time input");
  }
  if (errors.count > before || metricType === undefined || start === undefined || end === undefined) return undefined;
  if (zone === null) {
    const field = fieldName([...at, "timezone"]);
    report({ code: "keda_time_zone_unknown", severity: "warning", path: [...at, "timezone"], data: { field, timeZone } });
  }
  const metricName = `s${index}-${normalizedName(`cron-${timeZone}-${cronName(metadata["start"])}-${cronName(metadata["end"])}`)}`;
  const name = trigger.name ?? "";
  return { type: "cron", ...(name === "" ? {} : { name }), metricName, metricType, timeZone, start, end, desiredReplicas };
}

/**
 * Inside the window when the next start does not come before the next end. A start that never fires leaves the window open; equal times
 * count as inside.
 *
 * @param epochSeconds - now, seconds since 1970-01-01 UTC
 * @see keda v2.20 pkg/scalers/cron_scaler.go, GetMetricsAndActivity
 */
export function evaluateCron(trigger: CronTrigger, epochSeconds: number): TriggerReading {
  const { start, end } = trigger;
  if (start.zone === null || end.zone === null) {
    return { ok: false, error: `unable to load timezone: unknown time zone ${trigger.timeZone}` };
  }
  const now = Math.floor(epochSeconds);
  const nextStart = nextFiring(start, start.zone, epochSeconds);
  const nextEnd = nextFiring(end, end.zone, epochSeconds);
  const before = nextStart < nextEnd && now < nextStart;
  const active = !before && (now <= nextEnd || nextEnd > NEVER_EPOCH_SECONDS);
  return { ok: true, value: active ? trigger.desiredReplicas : 0, active };
}

function readSchedule(
  text: string,
  zone: ZoneData | null,
  path: IssuePath,
  errors: FieldErrors,
  lookup: ZoneLookup,
): CronSchedule | undefined {
  if (text === "") return undefined;
  const result = parseCron(text, zone, lookup);
  if (result.ok) return result.schedule;
  errors.invalid(path, text, result.error);
  return undefined;
}

/** Zero counts as missing; a negative count passes, and is sent as 0. */
function readDesired(text: string, path: IssuePath, errors: FieldErrors): number {
  if (text === "") return 0;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  if (value === 0) errors.invalid(path, text, "must be a whole number other than 0");
  return value;
}

/** @see cron_scaler.go, parseCronTimeFormat */
function cronName(text = ""): string {
  return text.replaceAll(" ", "").replaceAll("*", "x").replaceAll("/", "Sl").replaceAll("?", "Qm").replaceAll(",", "Cm");
}
