import type { ZoneData } from "./zone.ts";

/** A five-field cron schedule; every list holds the values that match. */
export type CronSchedule = {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 = Sunday. */
  readonly daysOfWeek: readonly number[];
  /** The field is `*` or `?`: then the other day field alone decides. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  /** Offsets of the zone it runs in; null: there is no such zone, and whoever reads the schedule fails at each evaluation. */
  readonly zone: ZoneData | null;
};

/** Looks a time zone up; undefined: there is no such zone. */
export type ZoneLookup = (timeZone: string) => ZoneData | undefined;

/** A schedule, or what the parser says of the text. */
export type CronResult = { readonly ok: true; readonly schedule: CronSchedule } | { readonly ok: false; readonly error: string };

interface Field {
  readonly minimum: number;
  readonly maximum: number;
  readonly names: readonly string[];
}

const MONTHS: readonly string[] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: readonly string[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly Field[] = [
  { minimum: 0, maximum: 59, names: [] },
  { minimum: 0, maximum: 23, names: [] },
  { minimum: 1, maximum: 31, names: [] },
  { minimum: 1, maximum: 12, names: MONTHS },
  { minimum: 0, maximum: 6, names: DAYS },
];

/** Thrown inside the parser only; {@link parseCron} turns it into a result. */
class CronError extends Error {}

/** Words for expressions. @see robfig/cron v3.0.1 parser.go, parseDescriptor */
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Parses a five-field cron expression as KEDA's cron trigger does: no seconds, no descriptors, day of week 0…6.
 *
 * @param zone - zone of the trigger; a `CRON_TZ=` prefix names another
 * @param lookup - finds the zone of a prefix
 * @param hasDescriptors - true: `@daily` and the like are read, too, as Karpenter and Kubernetes' CronJob do
 * @see robfig/cron v3.0.1 parser.go
 */
export function parseCron(text: string, zone: ZoneData | null, lookup: ZoneLookup, hasDescriptors = false): CronResult {
  try {
    return { ok: true, schedule: parse((hasDescriptors ? DESCRIPTORS[text] : undefined) ?? text, zone, lookup) };
  } catch (error) {
    if (error instanceof CronError) return { ok: false, error: error.message };
    throw error;
  }
}

function parse(text: string, zone: ZoneData | null, lookup: ZoneLookup): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  const prefix = /^(?:CRON_)?TZ=([^ ]*) +(.*)$/.exec(text);
  const own = prefix === null ? zone : lookup(prefix[1] ?? "");
  if (own === undefined) throw new CronError(`provided bad location ${prefix?.[1]}`);
  const expression = prefix?.[2] ?? text;
  if (expression.startsWith("@")) throw new CronError(`parser does not accept descriptors: ${expression}`);
  const parts = expression.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== FIELDS.length) {
    throw new CronError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  }
  const lists = FIELDS.map((field, index) => parseField(parts[index] ?? "", field));
  const values = lists.map(({ values: list }) => list);
  return {
    minutes: values[0] ?? [],
    hours: values[1] ?? [],
    daysOfMonth: values[2] ?? [],
    months: values[3] ?? [],
    daysOfWeek: values[4] ?? [],
    anyDayOfMonth: lists[2]?.any ?? false,
    anyDayOfWeek: lists[4]?.any ?? false,
    zone: own,
  };
}

interface Values {
  readonly values: readonly number[];
  /** Contains `*` or `?` without a step. */
  readonly any: boolean;
}

function parseField(text: string, field: Field): Values {
  const ranges = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseRange(part, field));
  const values = new Set(ranges.flatMap((range) => range.values));
  return { values: [...values].sort((a, b) => a - b), any: ranges.some(({ any }) => any) };
}

function parseRange(text: string, field: Field): Values {
  const [span = "", stepText, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreBounds] = span.split("-");
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`);
  if (moreBounds.length > 0) throw new CronError(`too many hyphens: ${text}`);
  const star = low === "*" || low === "?";
  const start = star ? field.minimum : parseNumber(low, field.names, field.minimum);
  const step = stepText === undefined ? 1 : parseNumber(stepText, [], 0);
  const single = star || (high === undefined && stepText !== undefined) ? field.maximum : start;
  const end = high === undefined || star ? single : parseNumber(high, field.names, field.minimum);
  if (start < field.minimum) throw new CronError(`beginning of range (${start}) below minimum (${field.minimum}): ${text}`);
  if (end > field.maximum) throw new CronError(`end of range (${end}) above maximum (${field.maximum}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return { values, any: star && step === 1 };
}

/** @param first - value of the first name */
function parseNumber(text: string, names: readonly string[], first: number): number {
  const index = names.indexOf(text.toLowerCase());
  if (index >= 0) return index + first;
  if (!/^\+?\d+$/.test(text)) throw new CronError(`failed to parse int from ${text}`);
  return Number(text);
}
