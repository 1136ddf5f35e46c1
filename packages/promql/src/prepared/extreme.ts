import type { SeriesSlice } from "../series.ts";
import type { Window } from "../value.ts";

/**
 * The largest or smallest sample of a window that moves on: as long as the one found before is still inside, only the samples that came
 * since are compared with it. What is remembered of a series lies at its place in the selection, and counts only for that very series.
 */
export class SlidingExtreme {
  private readonly largest: boolean;
  private readonly owners: SeriesSlice[] = [];
  private readonly bests: number[] = [];
  private readonly bestTimes: number[] = [];
  private readonly newestTimes: number[] = [];
  private readonly startTimes: number[] = [];

  constructor(largest: boolean) {
    this.largest = largest;
  }

  /** The extreme of a window without staleness markers that holds a sample; numbers are preferred to NaN. */
  read(slice: SeriesSlice, place: number, window: Window): number {
    const { times, values, from, to, startSeconds } = window;
    let best = values[from] ?? Number.NaN;
    let bestTime = times[from] ?? Number.NaN;
    let next = from;
    if (this.isUsable(slice, place, window)) {
      best = this.bests[place] ?? Number.NaN;
      bestTime = this.bestTimes[place] ?? Number.NaN;
      const newest = this.newestTimes[place] ?? Number.NaN;
      next = to;
      while (next > from && (times[next - 1] ?? Number.NaN) > newest) next--;
    }
    for (; next < to; next++) {
      const value = values[next] ?? Number.NaN;
      if ((this.largest ? value >= best : value <= best) || Number.isNaN(best)) {
        best = value;
        bestTime = times[next] ?? Number.NaN;
      }
    }
    this.owners[place] = slice;
    this.bests[place] = best;
    this.bestTimes[place] = bestTime;
    this.newestTimes[place] = times[to - 1] ?? Number.NaN;
    this.startTimes[place] = startSeconds;
    return best;
  }

  private isUsable(slice: SeriesSlice, place: number, { times, to, startSeconds }: Window): boolean {
    if (this.owners[place] !== slice) return false;
    const hasMovedOn =
      startSeconds >= (this.startTimes[place] ?? Number.NaN) && (times[to - 1] ?? 0) >= (this.newestTimes[place] ?? Number.NaN);
    return hasMovedOn && (this.bestTimes[place] ?? Number.NaN) > startSeconds;
  }
}
