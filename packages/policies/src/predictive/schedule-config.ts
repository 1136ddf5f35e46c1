import type { Issue, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { nearest, parseEntry, parseResult, positiveSeconds, replicaCount } from "../parse.ts";
import type { Calendar, CalendarDate, CalendarWindow, ZoneData } from "./calendar.ts";
import { DAY_NAMES, type DayName, parseDate, parseDays, parseTimeOfDay } from "./days.ts";

const SECONDS_PER_DAY = 86_400;
/** Calendars change on whole minutes. */
const SYNC_SECONDS = 60;
const WINDOWS_MAX = 200;
const DATES_MAX = 1000;

export type ScheduleConfig = {
  readonly calendar: Calendar;
  /** How long before an increase is due it is asked for. */
  readonly leadSeconds: number;
  readonly syncSeconds: number;
  readonly startEpochSeconds: number;
};

/** A window of one date. */
interface OwnWindow {
  readonly from: string;
  readonly to: string;
  readonly replicas: number;
}

/** A schedule as a scenario writes it. */
export interface ScheduleEntry {
  readonly timeZone: string;
  readonly replicas: number;
  readonly windows: readonly (OwnWindow & { readonly days: string | readonly string[] })[];
  readonly dates: readonly {
    readonly date: string;
    readonly replicas?: number | undefined;
    readonly as?: string | undefined;
    readonly windows?: readonly OwnWindow[] | undefined;
  }[];
  readonly leadSeconds: number | "coldStart";
  readonly syncSeconds: number;
}

/** Where a window begins and ends, and how many replicas it wants. */
const span = {
  from: z.string().describe("HH:MM of that day."),
  to: z.string().describe("HH:MM; earlier than `from`: of the next day."),
  replicas: replicaCount.describe("Replicas within it; of windows that overlap the largest count holds."),
};

/** What a scenario may say. */
export const scheduleSchema: z.ZodType<ScheduleEntry> = z.strictObject({
  timeZone: z.string().describe("IANA zone whose clocks the calendar means, as in Europe/Berlin."),
  replicas: replicaCount.describe("Replicas outside of all windows."),
  windows: z
    .array(
      z.strictObject({
        days: z
          .union([z.string(), z.array(z.string())])
          .default("daily")
          .describe("Weekdays on which it begins: mon-fri, sat,sun, daily. Default: daily."),
        ...span,
      }),
    )
    .max(WINDOWS_MAX)
    .describe("Business hours, market hours, batch windows."),
  dates: z
    .array(
      z.strictObject({
        date: z.string().describe("YYYY-MM-DD."),
        replicas: replicaCount.optional().describe("Replicas all that day, whatever windows say: a holiday, a launch."),
        as: z.string().optional().describe("The weekday whose windows hold on that day: sun for a holiday."),
        windows: z
          .array(z.strictObject(span))
          .max(WINDOWS_MAX)
          .optional()
          .describe("The windows of that day alone, in place of its weekday's: an early close."),
      }),
    )
    .max(DATES_MAX)
    .default([])
    .describe("Days with rules of their own."),
  leadSeconds: z
    .union([z.number().min(0).max(SECONDS_PER_DAY), z.literal("coldStart")])
    .default(0)
    .describe("How long before an increase is due it is asked for; `coldStart`: as long as a start is expected to take. Default: 0."),
  syncSeconds: positiveSeconds.default(SYNC_SECONDS).describe("How often the calendar is looked at. Default: 60."),
});

/** The calendar of an entry, in seconds and with the zone's offsets, or every issue with it. */
export function parseScheduleConfig(raw: unknown, context: PolicyContext): ParseResult<ScheduleConfig> {
  const parsed = parseEntry(scheduleSchema, raw);
  if (!parsed.ok) return parsed;
  const entry = parsed.value;
  const issues: Issue[] = [];
  const zone = context.zone(entry.timeZone);
  if (zone === undefined) issues.push({ code: "unknown_time_zone", path: ["timeZone"], data: { timeZone: entry.timeZone } });
  const calendar: Calendar = {
    replicas: entry.replicas,
    windows: entry.windows.flatMap((_, index) => parseWindow(entry, index, issues)),
    dates: entry.dates.flatMap((_, index) => parseDateRule(entry, index, issues)),
    zone: zone ?? UTC,
  };
  return parseResult(
    {
      calendar,
      leadSeconds: entry.leadSeconds === "coldStart" ? context.deployment.coldStartSeconds : entry.leadSeconds,
      syncSeconds: entry.syncSeconds,
      startEpochSeconds: context.startEpochSeconds,
    },
    issues,
  );
}

/** Stands in for a zone that is unknown, in a configuration that will be refused. */
const UTC: ZoneData = { timeZone: "UTC", fromEpochSeconds: [0], offsetSeconds: [0] };

function parseWindow(entry: ScheduleEntry, index: number, issues: Issue[]): readonly CalendarWindow[] {
  const window = entry.windows[index] as ScheduleEntry["windows"][number];
  const path = ["windows", index];
  const dayText = typeof window.days === "string" ? window.days : window.days.join(",");
  const days = parseDays(dayText);
  if (days === undefined) issues.push({ code: "unknown_day", path: [...path, "days"], data: { actual: dayText, known: [...DAY_NAMES] } });
  return parseSpan(window, days, dayText, path, issues);
}

/** @param days - weekdays it begins on; undefined when they could not be read, which was reported */
function parseSpan(
  window: OwnWindow,
  days: readonly number[] | undefined,
  dayText: string,
  path: Issue["path"],
  issues: Issue[],
): readonly CalendarWindow[] {
  const from = parseTimeOfDay(window.from);
  const to = parseTimeOfDay(window.to);
  if (from === undefined || from === SECONDS_PER_DAY)
    issues.push({ code: "bad_format", path: [...path, "from"], data: { actual: window.from, expected: "HH:MM, 00:00 to 23:59" } });
  if (to === undefined)
    issues.push({ code: "bad_format", path: [...path, "to"], data: { actual: window.to, expected: "HH:MM, 00:00 to 24:00" } });
  if (days === undefined || from === undefined || to === undefined) return [];
  // equal ends could mean nothing or a whole day: ask rather than guess
  if (from === to) issues.push({ code: "empty_window", path, data: { from: window.from, to: window.to } });
  return [
    {
      days,
      fromSeconds: from,
      toSeconds: to < from ? to + SECONDS_PER_DAY : to,
      replicas: window.replicas,
      text: `${dayText} ${window.from}-${window.to}`,
    },
  ];
}

function parseDateRule(entry: ScheduleEntry, index: number, issues: Issue[]): readonly CalendarDate[] {
  const rule = entry.dates[index] as ScheduleEntry["dates"][number];
  const path = ["dates", index];
  const day = parseDate(rule.date);
  if (day === undefined)
    issues.push({ code: "bad_format", path: [...path, "date"], data: { actual: rule.date, expected: "YYYY-MM-DD, a day that exists" } });
  const keys = ["replicas", "as", "windows"] as const;
  const present = keys.filter((key) => rule[key] !== undefined);
  if (present.length !== 1) issues.push({ code: "one_of", path, data: { keys: [...keys], present } });
  if (entry.dates.findIndex((one) => one.date === rule.date) < index)
    issues.push({ code: "duplicate_entry", path: [...path, "date"], data: { actual: rule.date } });
  const weekday = rule.as === undefined ? -1 : DAY_NAMES.indexOf(rule.as.toLowerCase() as DayName);
  if (rule.as !== undefined && weekday < 0) {
    const near = nearest(rule.as, DAY_NAMES);
    issues.push({
      code: "unknown_day",
      path: [...path, "as"],
      data: { actual: rule.as, known: [...DAY_NAMES], ...(near === undefined ? {} : { near }) },
    });
  }
  const windows = rule.windows?.flatMap((window, i) => parseSpan(window, [], rule.date, [...path, "windows", i], issues));
  if (day === undefined) return [];
  return [{ day, replicas: rule.replicas ?? null, weekday: weekday < 0 ? null : weekday, windows: windows ?? null }];
}
