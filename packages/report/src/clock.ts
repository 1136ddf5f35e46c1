const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** The moments a scenario's zone gives names to. */
export interface WallClock {
  readonly startEpochSeconds: number;
  readonly startOffsetSeconds: number;
  readonly durationSeconds: number;
}

/** A moment of the run on the scenario's wall clock: "09:04:12", with the weekday when the run is longer than a day. */
export function formatClock(seconds: number, clock: WallClock): string {
  const local = Math.floor(clock.startEpochSeconds + clock.startOffsetSeconds + seconds);
  const ofDay = mod(local, 86400);
  const time = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return clock.durationSeconds > 86400 ? `${DAYS[mod(Math.floor(local / 86400), 7)]} ${time}` : time;
}

/** The day the run starts on, on the scenario's wall clock: "Tue 3 Nov 2026". */
export function formatDate(clock: WallClock): string {
  const days = Math.floor((clock.startEpochSeconds + clock.startOffsetSeconds) / 86400);
  const { year, month, day } = civilDate(days);
  return `${DAYS[mod(days, 7)]} ${day} ${MONTHS[month - 1]} ${year}`;
}

/** "UTC+01:00" */
export function formatOffset(offsetSeconds: number): string {
  const minutes = Math.abs(Math.round(offsetSeconds / 60));
  const text = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `UTC${offsetSeconds < 0 ? "-" : "+"}${text}`;
}

/**
 * Calendar day of the proleptic Gregorian calendar from days since 1970-01-01.
 * @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
function civilDate(daysSinceEpoch: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = daysSinceEpoch + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
}

function mod(value: number, base: number): number {
  return ((value % base) + base) % base;
}
