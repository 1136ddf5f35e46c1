/**
 * Prometheus counts time in whole milliseconds since the epoch; series here are in seconds since the start of the run.
 * Sums and differences of such seconds miss the millisecond they mean by a last bit, and a boundary decides whether a
 * sample counts; so results within a microsecond of a whole millisecond become exactly that.
 */
const SNAP_MILLISECONDS = 0.001;

/** Seconds, moved to the nearest whole millisecond when at most a microsecond away from it. */
export function snapSeconds(seconds: number): number {
  const milliseconds = seconds * 1000;
  const whole = Math.round(milliseconds);
  return Math.abs(milliseconds - whole) < SNAP_MILLISECONDS ? whole / 1000 : seconds;
}

/** Converts between the run's clock and the epoch. */
export interface Clock {
  /** Start of the run, milliseconds since the epoch. */
  readonly startMilliseconds: number;
}

/** The clock of a run that starts at this instant. */
export function clockFrom(startEpochSeconds: number): Clock {
  return { startMilliseconds: Math.round(startEpochSeconds * 1000) };
}

/** Seconds since the epoch, in whole milliseconds as Prometheus keeps time. */
export function toEpochSeconds(seconds: number, clock: Clock): number {
  return toEpochMilliseconds(seconds, clock) / 1000;
}

/** Whole milliseconds since the epoch. */
export function toEpochMilliseconds(seconds: number, clock: Clock): number {
  return Math.round(seconds * 1000) + clock.startMilliseconds;
}

/** Seconds since the start of the run of a whole millisecond since the epoch. */
export function fromEpochMilliseconds(milliseconds: number, clock: Clock): number {
  return (milliseconds - clock.startMilliseconds) / 1000;
}
