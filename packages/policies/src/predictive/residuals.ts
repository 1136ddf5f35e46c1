/** What became of forecasts: plain data of bounded size. */
export type ForecastRecord = {
  /** Forecasts not due yet, oldest first; the first is for the next observation once the list is as long as the horizon. */
  readonly pending: readonly number[];
  /** Observed − forecast of the last forecasts that came due, oldest first. */
  readonly residuals: readonly number[];
};

/** A forecast that came due, beside what was observed. */
export interface DueForecast {
  readonly forecast: number;
  /** Observed − forecast. */
  readonly error: number;
}

export interface RecordOptions {
  /** Steps between a forecast and the observation it is for, ≥ 1. */
  readonly horizonSteps: number;
  /** Residuals kept. */
  readonly window: number;
}

/** No forecast made yet. */
export const EMPTY_RECORD: ForecastRecord = { pending: [], residuals: [] };

/** Compares the forecast made one horizon ago with what was observed; `value` undefined: nothing was. */
export function settle(
  record: ForecastRecord,
  value: number | undefined,
  options: RecordOptions,
): { readonly record: ForecastRecord; readonly due?: DueForecast } {
  const forecast = record.pending[0];
  if (forecast === undefined || record.pending.length < options.horizonSteps) return { record };
  const pending = record.pending.slice(1);
  if (value === undefined) return { record: { ...record, pending } };
  const error = value - forecast;
  return { record: { pending, residuals: [...record.residuals, error].slice(-options.window) }, due: { forecast, error } };
}

/** Remembers a forecast for the observation one horizon from now. */
export function promise(record: ForecastRecord, forecast: number): ForecastRecord {
  return { ...record, pending: [...record.pending, forecast] };
}

/**
 * Quantile of a sample by linear interpolation between order statistics; 0 for an empty one.
 * @param share 0…1
 * @see Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
