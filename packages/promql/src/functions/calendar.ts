/** A UTC instant's place in the Gregorian calendar. */
export interface CalendarTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 1 to 366. */
  readonly dayOfYear: number;
  /** 0 is Sunday. */
  readonly dayOfWeek: number;
  readonly daysInMonth: number;
  readonly hour: number;
  readonly minute: number;
}

const SECONDS_PER_DAY = 86_400;
/** Days of 400 Gregorian years, after which the calendar repeats. */
const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01, where the count below begins, to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;
const DAYS_BEFORE_MONTH: readonly number[] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Calendar of an instant, fractions of a second cut off. */
export function calendarOf(epochSeconds: number): CalendarTime {
  const seconds = Math.trunc(epochSeconds);
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const secondOfDay = seconds - days * SECONDS_PER_DAY;
  const { year, month, day } = dateOf(days);
  const leap = isLeap(year) ? 1 : 0;
  const before = DAYS_BEFORE_MONTH[month - 1] ?? 0;
  return {
    year,
    month,
    day,
    dayOfYear: before + day + (month > 2 ? leap : 0),
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    daysInMonth: (DAYS_BEFORE_MONTH[month] ?? 0) - before + (month === 2 ? leap : 0),
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor((secondOfDay % 3600) / 60),
  };
}

/** The count runs in years that begin in March, so that the leap day comes last. */
function dateOf(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const days = daysSinceEpoch + DAYS_TO_EPOCH;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + 400 * era + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
