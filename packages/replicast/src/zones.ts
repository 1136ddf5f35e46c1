import { type ZoneTransitions, zoneOffsetSeconds } from "@replicast/sim-core";

/** Zones are looked up around the run too, so that schedules can find their last and next change. */
const MARGIN_SECONDS = 8 * 86_400;
/** Zones change their offset at most a few times a year, so no two changes fall within one step. */
const STEP_SECONDS = 86_400;
const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;
const OFFSET = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Tells the offset of one zone at an instant, seconds east of UTC. */
type OffsetAt = (epochSeconds: number) => number;

/**
 * Offsets of an IANA time zone around a run, by the rules of the platform; undefined for an unknown zone. This is the only place
 * that asks the platform: a run reads the transitions, which belong to its plan.
 * @param startEpochSeconds start of the run, seconds since 1970-01-01 UTC
 */
export function resolveZone(timeZone: string, startEpochSeconds: number, durationSeconds: number): ZoneTransitions | undefined {
  const offsetAt = offsetsOf(timeZone);
  if (offsetAt === undefined) return undefined;
  const first = Math.floor(startEpochSeconds) - MARGIN_SECONDS;
  const last = Math.ceil(startEpochSeconds + durationSeconds) + MARGIN_SECONDS;
  const fromEpochSeconds = [first];
  const offsetSeconds = [offsetAt(first)];
  for (let from = first; from < last; from += STEP_SECONDS) {
    const to = Math.min(from + STEP_SECONDS, last);
    const before = offsetAt(from);
    const after = offsetAt(to);
    if (before === after) continue;
    fromEpochSeconds.push(firstWith(offsetAt, after, from, to));
    offsetSeconds.push(after);
  }
  return { timeZone, fromEpochSeconds, offsetSeconds };
}

/**
 * Instant of a local date and time such as "2026-03-02T06:00:00", seconds since 1970-01-01 UTC. Of two (clocks set back) the first;
 * undefined when there is none (clocks set forward, or no such date) or the zone is unknown.
 */
export function resolveLocalTime(local: string, timeZone: string): number | undefined {
  const asUtc = epochOf(local);
  const zone = asUtc === undefined ? undefined : resolveZone(timeZone, asUtc, 0);
  if (asUtc === undefined || zone === undefined) return undefined;
  const candidates = zone.offsetSeconds.map((offset) => asUtc - offset).sort((a, b) => a - b);
  return candidates.find((epoch) => epoch + zoneOffsetSeconds(zone, epoch) === asUtc);
}

function offsetsOf(timeZone: string): OffsetAt | undefined {
  try {
    // The era of the calendar does not matter, only the offset part is read.
    const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    return (epochSeconds) =>
      parseOffset(format.formatToParts(epochSeconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "");
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the platform knows no such zone
    throw error;
  }
}

/** "GMT-05:00" → −18,000. */
function parseOffset(text: string): number {
  const match = OFFSET.exec(text);
  if (match === null) throw new Error(`the platform wrote an offset as ${JSON.stringify(text)}`);
  const [, sign = "+", hours = "0", minutes = "0", seconds = "0"] = match;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

/** First whole second in (from, to] with the new offset, by bisection. */
function firstWith(offsetAt: OffsetAt, offset: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === offset) high = middle;
    else low = middle;
  }
  return high;
}

/** Reads a local time as if it were UTC; undefined for a date that is not in the calendar. @see Hinnant, "chrono-Compatible Low-Level Date Algorithms" */
function epochOf(local: string): number | undefined {
  const match = LOCAL_TIME.exec(local);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
