/**
 * Offsets of a time zone over the horizon of a run, computed when the scenario is loaded.
 * `offsets[i]` (seconds east of UTC) holds from `fromEpochSeconds[i]` until the next entry;
 * the first entry lies at or before the start of the run.
 */
export interface ZoneTransitions {
  readonly timeZone: string;
  readonly fromEpochSeconds: readonly number[];
  readonly offsetSeconds: readonly number[];
}

/** {@link ZoneTransitions} as plain JSON. */
export type ZoneData = { readonly [key in keyof ZoneTransitions]: ZoneTransitions[key] };

/** The zone without offsets. */
export const UTC_ZONE: ZoneData = { timeZone: "UTC", fromEpochSeconds: [-8_640_000_000_000], offsetSeconds: [0] };

/** Offset in force at an instant, seconds east of UTC. */
export function zoneOffsetSeconds(zone: ZoneTransitions, epochSeconds: number): number {
  let offset = zone.offsetSeconds[0] ?? 0;
  for (let i = 1; i < zone.fromEpochSeconds.length; i++) {
    if ((zone.fromEpochSeconds[i] as number) > epochSeconds) break;
    offset = zone.offsetSeconds[i] as number;
  }
  return offset;
}

/** Wall-clock fields of an instant in a zone. `weekday`: 0 = Sunday. */
export interface LocalTime {
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  /** 1…31 */
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const SECONDS_PER_DAY = 86_400;

/** Civil date of an instant in a zone (proleptic Gregorian calendar). @see Hinnant, "chrono-Compatible Low-Level Date Algorithms", days to civil */
export function localTime(zone: ZoneTransitions, epochSeconds: number): LocalTime {
  const local = Math.floor(epochSeconds) + zoneOffsetSeconds(zone, epochSeconds);
  const days = Math.floor(local / SECONDS_PER_DAY);
  const secondOfDay = local - days * SECONDS_PER_DAY;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor((secondOfDay % 3600) / 60),
    second: secondOfDay % 60,
  };
}
