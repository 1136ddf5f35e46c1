import { type Issue, localTime, type PolicyContext } from "@replicast/sim-core";
import type { ForecastEntry } from "./forecast-config.ts";

export const HOURS_PER_DAY = 24;
export const HOURS_PER_WEEK = 168;
const SECONDS_PER_HOUR = 3600;

interface Profile {
  /** One season of rates from the start of the run on; empty: the entry has no profile. */
  readonly rates: readonly number[];
  readonly issues: readonly Issue[];
}

/** One season of rates, sample by sample from the start of the run on, if the entry has an hourly profile of that length. */
export function profileOf(entry: ForecastEntry, seasonSeconds: number, context: PolicyContext): Profile {
  const { history } = entry;
  if (history === undefined || !("hourly" in history)) return { rates: [], issues: [] };
  const { hourly, timeZone } = history;
  const zone = context.zone(timeZone);
  if (zone === undefined) return failed({ code: "unknown_time_zone", path: ["history", "timeZone"], data: { timeZone } });
  if (hourly.length !== HOURS_PER_DAY && hourly.length !== HOURS_PER_WEEK)
    return failed({
      code: "bad_format",
      path: ["history", "hourly"],
      data: { actual: `${hourly.length} rates`, expected: "24 or 168 rates" },
    });
  const lengthSeconds = hourly.length * SECONDS_PER_HOUR;
  if (seasonSeconds !== lengthSeconds)
    return failed({
      code: "out_of_range",
      path: ["seasonSeconds"],
      data: { minimum: lengthSeconds, maximum: lengthSeconds, actual: seasonSeconds },
    });
  const start = localTime(zone, context.startEpochSeconds);
  const startOfDaySeconds = start.hour * SECONDS_PER_HOUR + start.minute * 60 + start.second;
  // Weeks of the profile begin on Monday, weekdays are counted from Sunday.
  const days = hourly.length === HOURS_PER_WEEK ? (start.weekday + 6) % 7 : 0;
  const startSeconds = days * HOURS_PER_DAY * SECONDS_PER_HOUR + startOfDaySeconds;
  const rates: number[] = [];
  for (let step = 0; step * entry.sampleSeconds < lengthSeconds; step++)
    rates.push(hourlyRate(hourly, startSeconds + step * entry.sampleSeconds));
  return { rates, issues: [] };
}

function failed(issue: Issue): Profile {
  return { rates: [], issues: [issue] };
}

/** Rate at a second of the season: linear between the middles of the hours, round the clock. */
function hourlyRate(hourly: readonly number[], second: number): number {
  const position = second / SECONDS_PER_HOUR - 0.5 + hourly.length;
  const before = Math.floor(position);
  const low = hourly[before % hourly.length] as number;
  const high = hourly[(before + 1) % hourly.length] as number;
  return low + (position - before) * (high - low);
}
