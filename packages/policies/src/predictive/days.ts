/** Names of the days of a week; the index is the weekday, 0 = Sunday. */
export const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

export type DayName = (typeof DAY_NAMES)[number];

const DAILY = "daily";
const SECONDS_PER_DAY = 86_400;

/**
 * Weekdays (0 = Sunday, ascending) that a text such as "mon-fri", "sat,sun", "fri-mon" or "daily" names;
 * undefined when it names none. Ranges include both ends and may run over the end of the week.
 */
export function parseDays(text: string): readonly number[] | undefined {
  if (text.trim().toLowerCase() === DAILY) return [0, 1, 2, 3, 4, 5, 6];
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(part.trim().toLowerCase());
    if (range === undefined) return undefined;
    for (const day of range) days.add(day);
  }
  return [...days].sort((a, b) => a - b);
}

function parseRange(text: string): readonly number[] | undefined {
  const [first, last = first, ...more] = text.split("-").map((name) => DAY_NAMES.indexOf(name.trim() as DayName));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) return undefined;
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => (first + index) % 7);
}

/** Seconds after local midnight that "HH:MM" names, "24:00" included; undefined when it names none. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60;
  return Number(match[2]) < 60 && seconds <= SECONDS_PER_DAY ? seconds : undefined;
}

/** Days from 1970-01-01 to the date that "YYYY-MM-DD" names; undefined when there is no such day. */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return undefined;
  return dayNumber(year, month, day);
}

/** Weekday of a day number, 0 = Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function daysOfMonth(year: number, month: number): number {
  const next = month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1);
  return next - dayNumber(year, month, 1);
}

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
function dayNumber(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last; the months from March on are then 153 days per five.
  const shiftedYear = month <= 2 ? year - 1 : year;
  const shiftedMonth = month <= 2 ? month + 9 : month - 3;
  const leapDays = Math.floor(shiftedYear / 4) - Math.floor(shiftedYear / 100) + Math.floor(shiftedYear / 400);
  return shiftedYear * 365 + leapDays + Math.floor((shiftedMonth * 153 + 2) / 5) + day - 719_469;
}
