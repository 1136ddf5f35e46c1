/** A forecast as it was made, for the sample at which it can be compared with what came. */
export type Promised = {
  /** Number of that sample. */
  readonly due: number;
  readonly forecast: number;
  /** The interval that was given with it. */
  readonly low: number;
  readonly high: number;
  /** What had just been observed: what somebody who forecasts nothing would have said. */
  readonly last: number;
  /** False while the model did not know all that it is configured to use. */
  readonly learned: boolean;
};

/** What became of forecasts: plain data of bounded size. */
export type ForecastRecord = {
  /** Samples so far. */
  readonly step: number;
  /** Forecasts not due yet, in the order in which they were made. */
  readonly pending: readonly Promised[];
  /** Observed − forecast of the last forecasts that came due, oldest first. */
  readonly residuals: readonly number[];
};

/** A forecast that came due, beside what was observed. */
export type DueForecast = Promised & {
  /** Observed − forecast. */
  readonly error: number;
};

/** No forecast made yet. */
export const EMPTY_RECORD: ForecastRecord = { step: 0, pending: [], residuals: [] };

/**
 * One sample later: compares the forecast that was made for it with what was observed; `value` undefined: nothing was.
 *
 * @param window - residuals kept
 */
export function settle(
  record: ForecastRecord,
  value: number | undefined,
  window: number,
): { readonly record: ForecastRecord; readonly due?: DueForecast } {
  const step = record.step + 1;
  // A horizon that has grown shorter makes two forecasts for one sample: the newer one counts.
  const promised = record.pending.findLast(({ due }) => due === step);
  const pending = record.pending.filter(({ due }) => due > step);
  if (promised === undefined || value === undefined) return { record: { ...record, step, pending } };
  const error = value - promised.forecast;
  return { record: { step, pending, residuals: [...record.residuals, error].slice(-window) }, due: { ...promised, error } };
}

/** Remembers a forecast for the sample `horizonSteps` from now. */
export function promise(record: ForecastRecord, horizonSteps: number, forecast: Omit<Promised, "due">): ForecastRecord {
  const due = record.step + horizonSteps;
  return { ...record, pending: [...record.pending.filter((one) => one.due !== due), { due, ...forecast }] };
}

/** A forecast with the interval that residuals put around it: from their quantile at 1 − `share` to that at `share`; never negative. */
export function intervalAround(
  forecast: number,
  residuals: readonly number[],
  share: number,
): { readonly low: number; readonly high: number } {
  const sorted = [...residuals].sort((a, b) => a - b);
  return {
    low: Math.max(0, forecast + quantileOfSorted(sorted, 1 - share)),
    high: Math.max(0, forecast + quantileOfSorted(sorted, share)),
  };
}

/**
 * Quantile of a sample by linear interpolation between order statistics; 0 for an empty one.
 * @param share 0…1
 * @see Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7
 */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(
    [...values].sort((a, b) => a - b),
    share,
  );
}

function quantileOfSorted(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return 0;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
