/**
 * Numbers and dates read straight from a range of characters: no string is cut out for the usual ones, which is most
 * of what reading a trace costs.
 */

const ZERO = 48;
export const POWERS_OF_TEN: readonly number[] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
/** Up to here a decimal fraction is an exact integer over an exact power of ten, so one division rounds it right. @see Clinger, "How to read floating point numbers accurately", 1990 */
export const EXACT_DIGITS = 15;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const isBlank = (code: number): boolean => code === 32 || code === 9;
const isDigit = (code: number): boolean => code >= ZERO && code < ZERO + 10;

/** The decimal number in text[start, end), blanks around it allowed; NaN when it is none. Equal to `Number` of the same text. */
export function parseDecimal(text: string, start: number, end: number): number {
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit < 10) {
      mantissa = mantissa * 10 + digit;
      digits++;
    } else if (digit === -2 && point < 0) {
      point = digits;
    } else {
      return parseRareDecimal(text.slice(start, end));
    }
  }
  if (digits === 0 || digits > EXACT_DIGITS) return parseRareDecimal(text.slice(start, end));
  return point < 0 ? mantissa : mantissa / (POWERS_OF_TEN[digits - point] as number);
}

/** Signs, exponents, blanks and long numbers. */
function parseRareDecimal(text: string): number {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** Position in the text while a date is read. */
interface Cursor {
  readonly text: string;
  readonly end: number;
  at: number;
}

/** An instant: whole seconds since 1970-01-01 UTC, and nanoseconds. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * The date and time in text[start, end): `2023-11-16 18:15:46.6805900`, with `T` or a blank between, any number of
 * decimals (nine count), `Z` or an offset like `+01:00` at the end; without one the time is taken as UTC.
 * Undefined when it is none.
 */
export function parseInstant(text: string, start: number, end: number): Instant | undefined {
  const cursor: Cursor = { text, end, at: start };
  skipBlanks(cursor);
  const year = fixed(cursor, 4);
  const month = after(cursor, "-") ? fixed(cursor, 2) : Number.NaN;
  const day = after(cursor, "-") ? fixed(cursor, 2) : Number.NaN;
  const hour = after(cursor, " ") || after(cursor, "T") ? fixed(cursor, 2) : Number.NaN;
  const minute = after(cursor, ":") ? fixed(cursor, 2) : Number.NaN;
  const second = after(cursor, ":") ? fixed(cursor, 2) : Number.NaN;
  const nanoseconds = after(cursor, ".") ? fraction(cursor) : 0;
  const offsetSeconds = offset(cursor);
  skipBlanks(cursor);
  if (
    cursor.at !== end ||
    Number.isNaN(nanoseconds + offsetSeconds) ||
    !isCivil(year, month, day) ||
    !(hour < 24 && minute < 60 && second < 60)
  )
    return undefined;
  return { seconds: daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offsetSeconds, nanoseconds };
}

/** Seconds from one instant to another; exact to the nanosecond within 100 days. */
export function secondsBetween(from: Instant, to: Instant): number {
  return ((to.seconds - from.seconds) * 1e9 + (to.nanoseconds - from.nanoseconds)) / 1e9;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.at < cursor.end && isBlank(cursor.text.charCodeAt(cursor.at))) cursor.at++;
}

function after(cursor: Cursor, sign: string): boolean {
  if (cursor.at >= cursor.end || cursor.text[cursor.at] !== sign) return false;
  cursor.at++;
  return true;
}

/** A number of exactly so many digits, or NaN. */
function fixed(cursor: Cursor, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const code = cursor.at < cursor.end ? cursor.text.charCodeAt(cursor.at) : 0;
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - ZERO;
    cursor.at++;
  }
  return value;
}

/** Decimals as nanoseconds; what is finer is cut off. */
function fraction(cursor: Cursor): number {
  let value = 0;
  let digits = 0;
  for (; cursor.at < cursor.end && isDigit(cursor.text.charCodeAt(cursor.at)); cursor.at++) {
    if (digits < 9) value = value * 10 + cursor.text.charCodeAt(cursor.at) - ZERO;
    digits++;
  }
  return digits === 0 ? Number.NaN : value * (POWERS_OF_TEN[Math.max(0, 9 - digits)] as number);
}

/** Seconds east of UTC: of `Z`, `+01:00`, `+0100` or `+01`; 0 when there is none. */
function offset(cursor: Cursor): number {
  if (after(cursor, "Z")) return 0;
  const sign = after(cursor, "+") ? 1 : after(cursor, "-") ? -1 : 0;
  if (sign === 0) return 0;
  const hours = fixed(cursor, 2);
  const hasMinutes = after(cursor, ":") || (cursor.at < cursor.end && isDigit(cursor.text.charCodeAt(cursor.at)));
  return sign * (hours * 3600 + (hasMinutes ? fixed(cursor, 2) * 60 : 0));
}

function isCivil(year: number, month: number, day: number): boolean {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}

/** @see Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
