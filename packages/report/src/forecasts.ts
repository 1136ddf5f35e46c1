import type { ForecastResult, RunResult } from "@replicast/sim-core";
import { formatLimitShare, formatNumber, formatPercent, formatSeconds } from "./format.ts";

/** A forecast of one run, and what to call it. */
export interface NamedForecast {
  readonly run: RunResult;
  readonly forecast: ForecastResult;
  readonly name: string;
}

/** Every forecast of the runs, in their order. */
export function namedForecasts(runs: readonly RunResult[]): readonly NamedForecast[] {
  return runs.flatMap((run) => (run.forecasts ?? []).map((forecast) => ({ run, forecast, name: nameOf(run, forecast) })));
}

function nameOf(run: RunResult, { deployment, member }: ForecastResult): string {
  const where = run.deployments.length > 1 ? `: ${deployment}` : "";
  return member === null ? `${run.policy}${where}` : `${run.policy}${where}, ${member}`;
}

/** One line per forecast: how far off it was, and whether the last value would have done better. */
export function forecastLines(runs: readonly RunResult[]): readonly string[] {
  return namedForecasts(runs).flatMap(({ forecast, name }) => {
    const { errors, intervalQuantile, horizonSecondsMean } = forecast;
    if (errors.wape === null) return [];
    const share =
      intervalQuantile === null
        ? ""
        : `, ${formatPercent(errors.coverage)} within the interval meant for ${formatLimitShare(2 * intervalQuantile - 1)}`;
    const loss = errors.pinballLoss === null ? "" : `, pinball loss ${formatNumber(errors.pinballLoss)}/s`;
    return [
      `${name}: forecasts ${formatSeconds(horizonSecondsMean)} ahead missed the load by ${formatPercent(errors.wape)} (MAPE ${formatPercent(errors.mape)}${loss}${share}); the last value would have by ${formatPercent(errors.lastValueWape)}.${verdictOf(forecast)}`,
    ];
  });
}

/** What a forecast that loses to the last value says of the load; empty for one that does not. */
export function verdictOf({ errors: { wape, lastValueWape }, seasonSeconds }: ForecastResult): string {
  if (wape === null || lastValueWape === null || wape <= lastValueWape) return "";
  if (seasonSeconds === null) return " The model does worse than that: the load does not follow it.";
  return ` The season of ${formatSeconds(seasonSeconds)} does worse than that: this load does not follow it.`;
}
