import type { CronSchedule } from "./cron.ts";
import { localTime, type ZoneData, zoneOffsetSeconds } from "./zone.ts";

/** What a schedule that never fires gives: the zero time of Go, before everything. */
export const NEVER_EPOCH_SECONDS = -62_135_596_800;

const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_HOUR = 3600;
/** The search gives up after this many years. @see robfig/cron v3.0.1 spec.go, yearLimit */
const YEAR_LIMIT = 5;

/**
 * First firing strictly after an instant. In the zone's own way over its transitions: a time that a transition skips does not fire that
 * day, one that it repeats fires twice.
 *
 * @param epochSeconds - seconds since 1970-01-01 UTC
 * @param zone - zone of the schedule
 * @see robfig/cron v3.0.1 spec.go, SpecSchedule.Next
 */
export function nextFiring(schedule: CronSchedule, zone: ZoneData, epochSeconds: number): number {
  let t = Math.floor(epochSeconds) + 1;
  const at = (): ReturnType<typeof localTime> => localTime(zone, t);
  const yearLimit = at().year + YEAR_LIMIT;
  // Fields below the one that moved start from their minimum, once.
  let added = false;
  const startOf = (unit: "month" | "day" | "hour" | "minute"): void => {
    if (added) return;
    added = true;
    const { year, month, day, hour } = at();
    if (unit === "month") t = epochOf(zone, year, month, 1, 0, 0, 0);
    else if (unit === "day") t = epochOf(zone, year, month, day, 0, 0, 0);
    else if (unit === "hour") t = epochOf(zone, year, month, day, hour, 0, 0);
    else t = t - (((t % 60) + 60) % 60);
  };
  search: while (at().year <= yearLimit) {
    while (!schedule.months.includes(at().month)) {
      startOf("month");
      const { year, month, day, hour, minute, second } = at();
      t = epochOf(zone, year, month + 1, day, hour, minute, second);
      if (at().month === 1) continue search;
    }
    while (!dayMatches(schedule, at())) {
      startOf("day");
      t = nextMidnight(zone, t);
      if (at().day === 1) continue search;
    }
    while (!schedule.hours.includes(at().hour)) {
      startOf("hour");
      t += SECONDS_PER_HOUR;
      if (at().hour === 0) continue search;
    }
    while (!schedule.minutes.includes(at().minute)) {
      startOf("minute");
      t += 60;
      if (at().minute === 0) continue search;
    }
    // Schedules have no seconds field: they fire at second 0.
    const { second } = at();
    if (second === 0) return t;
    added = true;
    t += 60 - second;
  }
  return NEVER_EPOCH_SECONDS;
}

/** Both day fields must match if one is open, else either. */
function dayMatches(schedule: CronSchedule, { day, weekday }: { readonly day: number; readonly weekday: number }): boolean {
  const byMonth = schedule.daysOfMonth.includes(day);
  const byWeek = schedule.daysOfWeek.includes(weekday);
  return schedule.anyDayOfMonth || schedule.anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek;
}

/** The same wall-clock time on the next day, moved to midnight if a transition put it an hour off. */
function nextMidnight(zone: ZoneData, t: number): number {
  const { year, month, day, hour, minute, second } = localTime(zone, t);
  const next = epochOf(zone, year, month, day + 1, hour, minute, second);
  const shifted = localTime(zone, next).hour;
  if (shifted === 0) return next;
  return next + (shifted > 12 ? 24 - shifted : -shifted) * SECONDS_PER_HOUR;
}

/**
 * Instant of a wall-clock time; months and days may overflow. In a gap or an overlap it resolves as Go's `time.Date`: with the offset in
 * force at the wall-clock time read as UTC, corrected once.
 */
function epochOf(zone: ZoneData, year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const carry = Math.floor((month - 1) / 12);
  const days = daysFromCivil(year + carry, month - carry * 12, 1) + day - 1;
  const local = days * SECONDS_PER_DAY + hour * SECONDS_PER_HOUR + minute * 60 + second;
  const offset = zoneOffsetSeconds(zone, local);
  const utc = local - offset;
  return zoneOffsetSeconds(zone, utc) === offset ? utc : local - zoneOffsetSeconds(zone, utc);
}

/** Days since 1970-01-01 (proleptic Gregorian). @see Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
