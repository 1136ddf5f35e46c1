import { type ZoneTransitions, zoneOffsetSeconds } from "../domain/zone.ts";
import { SimError, unreachable } from "../errors.ts";
import type { RateConfig, SurgeConfig } from "./config.ts";

const SECONDS_PER_HOUR = 3600;
const SECONDS_PER_DAY = 86_400;

/** What a rate needs to know of the run. */
export interface RateContext {
  /** The rate is needed on [0, durationSeconds). */
  readonly durationSeconds: number;
  /** Offsets of every zone that a rate names. */
  readonly zones: readonly ZoneTransitions[];
  /** Time 0 of the run, seconds since 1970-01-01 UTC. */
  readonly startEpochSeconds: number;
}

/**
 * A rate as linear pieces that follow each other without gap from 0 to the end of the run; it may jump between two
 * pieces. Exact, so that its integral and the inverse of the integral have closed forms.
 */
export interface RatePieces {
  /** Start of each piece, and the end of the run as last entry. */
  readonly startSeconds: Float64Array;
  /** Rate per second at the start of each piece. */
  readonly fromPerSecond: Float64Array;
  /** Change of the rate per second in each piece. */
  readonly slope: Float64Array;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The rate over the run, with its surges, as linear pieces.
 * @throws SimError `zone_missing` when the context lacks the zone of a diurnal rate
 */
export function ratePieces(rate: RateConfig, surges: readonly SurgeConfig[], context: RateContext): RatePieces {
  const base = basePieces(rate, context);
  const surged = surges.reduce((pieces, surge) => pieces.flatMap((piece) => applySurge(piece, surge)), base);
  const kept = surged.filter((piece) => piece.end > piece.start);
  const startSeconds = new Float64Array(kept.length + 1);
  kept.forEach((piece, i) => {
    startSeconds[i] = piece.start;
  });
  startSeconds[kept.length] = context.durationSeconds;
  return {
    startSeconds,
    fromPerSecond: Float64Array.from(kept, (piece) => piece.from),
    slope: Float64Array.from(kept, (piece) => (piece.to - piece.from) / (piece.end - piece.start)),
  };
}

/** Expected number of arrivals in [fromSeconds, toSeconds). */
export function integrateRate(pieces: RatePieces, fromSeconds: number, toSeconds: number): number {
  let sum = 0;
  for (let i = 0; i < pieces.slope.length; i++) {
    const start = pieces.startSeconds[i] as number;
    const low = Math.max(fromSeconds, start);
    const high = Math.min(toSeconds, pieces.startSeconds[i + 1] as number);
    if (high <= low) continue;
    const slope = pieces.slope[i] as number;
    sum += (high - low) * ((pieces.fromPerSecond[i] as number) + slope * ((low + high) / 2 - start));
  }
  return sum;
}

function basePieces(rate: RateConfig, context: RateContext): readonly Piece[] {
  switch (rate.kind) {
    case "constant":
      return [{ start: 0, end: context.durationSeconds, from: rate.perSecond, to: rate.perSecond }];
    case "points":
      return pointPieces(rate.points, context.durationSeconds);
    case "diurnal":
      return diurnalPieces(rate, context);
    default:
      return unreachable(rate);
  }
}

/** Before the first point and after the last the rate stays as it is there. */
function pointPieces(points: readonly (readonly [number, number])[], durationSeconds: number): readonly Piece[] {
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) return [];
  const pieces: Piece[] = [{ start: Number.NEGATIVE_INFINITY, end: first[0], from: first[1], to: first[1] }];
  for (let i = 1; i < points.length; i++) {
    const [left, right] = [points[i - 1] as readonly [number, number], points[i] as readonly [number, number]];
    pieces.push({ start: left[0], end: right[0], from: left[1], to: right[1] });
  }
  pieces.push({ start: last[0], end: Number.POSITIVE_INFINITY, from: last[1], to: last[1] });
  return pieces.filter((piece) => piece.end > piece.start).flatMap((piece) => cut(piece, 0, durationSeconds));
}

/** Pieces end at the middle of each hour, at midnight (the weekend factor jumps) and where the zone's offset changes. */
function diurnalPieces(rate: RateConfig & { readonly kind: "diurnal" }, context: RateContext): readonly Piece[] {
  const zone = context.zones.find((candidate) => candidate.timeZone === rate.timeZone);
  if (zone === undefined) throw new SimError("zone_missing", 0, { timeZone: rate.timeZone });
  const pieces: Piece[] = [];
  const lastEpochSeconds = context.startEpochSeconds + context.durationSeconds;
  // steps in epoch time, where the ends are whole numbers: added to a fractional start they could fail to move on
  let epochSeconds = context.startEpochSeconds;
  while (epochSeconds < lastEpochSeconds) {
    const offsetSeconds = zoneOffsetSeconds(zone, epochSeconds);
    const local = epochSeconds + offsetSeconds;
    const day = Math.floor(local / SECONDS_PER_DAY);
    const secondOfDay = local - day * SECONDS_PER_DAY;
    const cutEpochSeconds = day * SECONDS_PER_DAY + nextCutSecondOfDay(secondOfDay) - offsetSeconds;
    const nextEpochSeconds = Math.min(cutEpochSeconds, nextTransition(zone, epochSeconds), lastEpochSeconds);
    const perSecond = rate.perSecond * (isWeekend(day) ? rate.weekend : 1);
    pieces.push({
      start: epochSeconds - context.startEpochSeconds,
      end: nextEpochSeconds - context.startEpochSeconds,
      from: perSecond * hourlyFactor(rate.hourly, secondOfDay),
      to: perSecond * hourlyFactor(rate.hourly, secondOfDay + (nextEpochSeconds - epochSeconds)),
    });
    epochSeconds = nextEpochSeconds;
  }
  return pieces;
}

/** The next middle of an hour, or midnight if that is sooner. */
function nextCutSecondOfDay(secondOfDay: number): number {
  return Math.min((Math.floor(secondOfDay / SECONDS_PER_HOUR - 0.5) + 1.5) * SECONDS_PER_HOUR, SECONDS_PER_DAY);
}

/** Day 0 was a Thursday. */
function isWeekend(daysSinceEpoch: number): boolean {
  const weekday = (((daysSinceEpoch + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

/** Linear between the middles of the hours, round the clock. */
function hourlyFactor(hourly: readonly number[], secondOfDay: number): number {
  const position = secondOfDay / SECONDS_PER_HOUR - 0.5;
  const hour = Math.floor(position);
  const left = hourly[(hour + 24) % 24] as number;
  const right = hourly[(hour + 25) % 24] as number;
  return left + (position - hour) * (right - left);
}

function nextTransition(zone: ZoneTransitions, epochSeconds: number): number {
  return zone.fromEpochSeconds.find((from) => from > epochSeconds) ?? Number.POSITIVE_INFINITY;
}

function applySurge(piece: Piece, { fromSeconds, toSeconds, factor }: SurgeConfig): readonly Piece[] {
  const inside = cut(piece, fromSeconds, toSeconds).map((part) => ({ ...part, from: part.from * factor, to: part.to * factor }));
  return [
    ...cut(piece, Number.NEGATIVE_INFINITY, fromSeconds),
    ...inside,
    ...cut(piece, Math.max(fromSeconds, toSeconds), Number.POSITIVE_INFINITY),
  ];
}

/** The part of a piece within [low, high): none or one. */
function cut(piece: Piece, low: number, high: number): readonly Piece[] {
  const start = Math.max(piece.start, low);
  const end = Math.min(piece.end, high);
  if (end <= start) return [];
  const at = (seconds: number): number => {
    // a flat piece may reach to infinity; and its ends keep their values to the bit
    if (piece.from === piece.to || seconds === piece.start) return piece.from;
    if (seconds === piece.end) return piece.to;
    return piece.from + ((piece.to - piece.from) * (seconds - piece.start)) / (piece.end - piece.start);
  };
  return [{ start, end, from: at(start), to: at(end) }];
}
