import { type ZoneTransitions, zoneOffsetSeconds } from "@replicast/sim-core";
import { weekdayOf } from "./days.ts";

/** Offsets of a zone, as data that a configuration may hold. */
export type ZoneData = { readonly [Field in keyof ZoneTransitions]: ZoneTransitions[Field] };

/** A span of local time on some weekdays. It belongs to the day it starts on. */
export type CalendarWindow = {
  /** Weekdays it starts on, 0 = Sunday. */
  readonly days: readonly number[];
  /** Seconds after local midnight. */
  readonly fromSeconds: number;
  /** Seconds after the midnight that starts its day: above 86,400 when the window runs into the next day. */
  readonly toSeconds: number;
  readonly replicas: number;
  /** As the scenario wrote it. */
  readonly text: string;
};

/** A date with rules of its own: a fixed count all day, the windows of another weekday, or windows of its own. */
export type CalendarDate = {
  readonly day: number;
  readonly replicas: number | null;
  readonly weekday: number | null;
  readonly windows: readonly CalendarWindow[] | null;
};

export type Calendar = {
  /** Replicas wherever no window and no date says otherwise. */
  readonly replicas: number;
  readonly windows: readonly CalendarWindow[];
  readonly dates: readonly CalendarDate[];
  readonly zone: ZoneData;
};

/** What the calendar asks for at an instant, and because of what. */
export interface CalendarAnswer {
  readonly replicas: number;
  /** The window's text, `date`, or `default`. */
  readonly because: string;
  /** Since when, or from when on, seconds since 1970-01-01 UTC. */
  readonly fromEpochSeconds: number;
}

const SECONDS_PER_DAY = 86_400;

/** Local day number (days since 1970-01-01) of an instant. */
export function localDay(zone: ZoneTransitions, epochSeconds: number): number {
  return Math.floor((epochSeconds + zoneOffsetSeconds(zone, epochSeconds)) / SECONDS_PER_DAY);
}

/**
 * The first instant at which the clocks of a zone show `secondOfDay` of a local day, or later. So a time that the
 * spring change leaves out falls on the change, and one that the autumn change repeats falls on its first showing.
 */
export function instantOf(zone: ZoneTransitions, day: number, secondOfDay: number): number {
  const local = day * SECONDS_PER_DAY + secondOfDay;
  for (let i = 0; i < zone.offsetSeconds.length; i++) {
    const begin = i === 0 ? Number.NEGATIVE_INFINITY : (zone.fromEpochSeconds[i] as number);
    const end = zone.fromEpochSeconds[i + 1] ?? Number.POSITIVE_INFINITY;
    const instant = Math.max(begin, local - (zone.offsetSeconds[i] as number));
    if (instant < end) return instant;
  }
  return local;
}

/** Spans of absolute time, begin inclusive, in which a window or date holds, for local days `firstDay` to `lastDay`. */
function spans(calendar: Calendar, firstDay: number, lastDay: number): readonly Span[] {
  const found: Span[] = [];
  for (let day = firstDay; day <= lastDay; day++) {
    const date = calendar.dates.find((one) => one.day === day);
    if (date !== undefined && date.replicas !== null) {
      found.push({ ...spanOf(calendar.zone, day, 0, SECONDS_PER_DAY), replicas: date.replicas, because: "date", fullDay: true });
      continue;
    }
    const weekday = date?.weekday ?? weekdayOf(day);
    for (const window of date?.windows ?? calendar.windows) {
      if (date?.windows == null && !window.days.includes(weekday)) continue;
      const span = spanOf(calendar.zone, day, window.fromSeconds, window.toSeconds);
      found.push({ ...span, replicas: window.replicas, because: window.text, fullDay: false });
    }
  }
  return found;
}

interface Span {
  readonly beginSeconds: number;
  readonly endSeconds: number;
  readonly replicas: number;
  readonly because: string;
  readonly fullDay: boolean;
}

function spanOf(
  zone: ZoneTransitions,
  day: number,
  fromSeconds: number,
  toSeconds: number,
): { readonly beginSeconds: number; readonly endSeconds: number } {
  const overnight = Math.floor(toSeconds / SECONDS_PER_DAY);
  return {
    beginSeconds: instantOf(zone, day, fromSeconds),
    endSeconds: instantOf(zone, day + overnight, toSeconds - overnight * SECONDS_PER_DAY),
  };
}

/** A date's fixed count beats all windows; of several windows the largest count holds; without any, the default. */
function answerAt(calendar: Calendar, all: readonly Span[], epochSeconds: number): CalendarAnswer {
  const active = all.filter((span) => span.beginSeconds <= epochSeconds && epochSeconds < span.endSeconds);
  const ruling = active.filter((span) => span.fullDay);
  const best = (ruling.length > 0 ? ruling : active).reduce<Span | undefined>(
    (most, span) => (most === undefined || span.replicas > most.replicas ? span : most),
    undefined,
  );
  if (best === undefined) return { replicas: calendar.replicas, because: "default", fromEpochSeconds: epochSeconds };
  return { replicas: best.replicas, because: best.because, fromEpochSeconds: best.beginSeconds };
}

/** What the calendar asks for at an instant. */
export function calendarAt(calendar: Calendar, epochSeconds: number): CalendarAnswer {
  return calendarAhead(calendar, epochSeconds, 0);
}

/**
 * The largest count the calendar asks for between now and `leadSeconds` later, and its cause. So a lead brings
 * increases forward and leaves decreases where they are.
 */
export function calendarAhead(calendar: Calendar, epochSeconds: number, leadSeconds: number): CalendarAnswer {
  const firstDay = localDay(calendar.zone, epochSeconds) - 1;
  const all = spans(calendar, firstDay, localDay(calendar.zone, epochSeconds + leadSeconds));
  const changes = all.flatMap((span) => [span.beginSeconds, span.endSeconds]);
  const ahead = changes.filter((change) => change > epochSeconds && change <= epochSeconds + leadSeconds).sort((a, b) => a - b);
  let best = answerAt(calendar, all, epochSeconds);
  for (const change of ahead) {
    const then = answerAt(calendar, all, change);
    if (then.replicas > best.replicas) best = { ...then, fromEpochSeconds: change };
  }
  return best;
}
