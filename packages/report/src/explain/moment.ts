import { parseDuration } from "@replicast/sim-core";
import { formatClock, type WallClock } from "../clock.ts";

/** A stretch of the run that a reader asked about; a moment when both ends are the same. */
export interface Moment {
  readonly fromSeconds: number;
  /** Not included, unless it is `fromSeconds`. */
  readonly untilSeconds: number;
}

const DAY_SECONDS = 86_400;
const CLOCK = /^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(\d{1,2}):(\d{2})(?::(\d{2}))?$/i;

/**
 * Finds a moment of the run: a time on the scenario's clock, "09:04", "09:04:30" or "Tue 09:04" (its first one in the run), or the time
 * since the start, "2h4m". A time on the clock stands for its whole minute, or second: what is printed without fractions is found again.
 *
 * @returns undefined when the text is no time, or the run has no such moment
 */
export function parseMoment(text: string, clock: WallClock): Moment | undefined {
  const match = CLOCK.exec(text.trim());
  if (match === null) return within(parseDuration(text.trim()), 0, clock);
  const [, weekday, hour, minute, second] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const ofDay = Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0);
  const start = clock.startEpochSeconds + clock.startOffsetSeconds;
  const first = (((ofDay - start) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const length = second === undefined ? 60 : 1;
  // A run may begin within the minute, or the second.
  const begins = first + length > DAY_SECONDS ? first - DAY_SECONDS : first;
  for (let seconds = begins; seconds < clock.durationSeconds; seconds += DAY_SECONDS) {
    const named = formatClock(seconds, { ...clock, durationSeconds: Number.POSITIVE_INFINITY });
    if (weekday === undefined || named.toLowerCase().startsWith(weekday.toLowerCase())) return within(seconds, length, clock);
  }
  return undefined;
}

function within(seconds: number | undefined, length: number, { durationSeconds }: WallClock): Moment | undefined {
  if (seconds === undefined || seconds >= durationSeconds || seconds + length < 0) return undefined;
  const fromSeconds = Math.max(0, seconds);
  return { fromSeconds, untilSeconds: length === 0 ? fromSeconds : Math.min(seconds + length, durationSeconds) };
}
