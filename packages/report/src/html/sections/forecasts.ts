import type { ComparisonResult } from "@replicast/sim-core";
import { forecastChart } from "../../charts/forecast.ts";
import { type NamedForecast, namedForecasts, verdictOf } from "../../forecasts.ts";
import { formatLimitShare, formatNumber, formatPercent, formatSeconds } from "../../format.ts";
import { rankedRuns } from "../../summary.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** True when some policy decided by a forecast. */
export function hasForecasts(result: ComparisonResult): boolean {
  return namedForecasts(result.runs).length > 0;
}

/** What policies expected of the load, and what came. */
export function forecastsSection(result: ComparisonResult, figures: Figures): Html {
  const all = namedForecasts(rankedRuns(result));
  return html`<section id="forecasts" aria-labelledby="forecasts-title">
<h2 id="forecasts-title">Forecasts</h2>
<p>What was expected for each moment one horizon before it, beside what came. The last value is the forecast of somebody who forecasts nothing: what loses to it is worth nothing on this load.</p>
${table(all, columns(), { caption: "Errors, once a model knows all that it wants to know", className: "rank" })}
<div class="charts">${all.map(({ run, forecast, name }) => figures.add({ title: name, note: noteOf(forecast), wide: true, spec: forecastChart(run, forecast, ON_PAGE) }))}</div>
</section>
`;
}

function noteOf(forecast: NamedForecast["forecast"]): string {
  const interval =
    forecast.intervalQuantile === null ? "" : `, with the interval meant for ${formatLimitShare(2 * forecast.intervalQuantile - 1)}`;
  return `Made ${formatSeconds(forecast.horizonSecondsMean)} ahead${interval}.${verdictOf(forecast)}`;
}

function columns(): readonly Column<NamedForecast>[] {
  const number = (heading: string, cell: (forecast: NamedForecast["forecast"]) => string): Column<NamedForecast> => ({
    heading,
    numeric: true,
    cell: ({ forecast }) => cell(forecast),
  });
  return [
    { heading: "Forecast", cell: ({ name, forecast }) => (forecast.model === null ? name : html`${name}<small>${forecast.model}</small>`) },
    number("Ahead", ({ horizonSecondsMean }) => formatSeconds(horizonSecondsMean)),
    number("Compared", ({ errors }) => formatNumber(errors.count)),
    number("Error, by volume", ({ errors }) => formatPercent(errors.wape)),
    number("Last value's", ({ errors }) => formatPercent(errors.lastValueWape)),
    number("MAPE", ({ errors }) => formatPercent(errors.mape)),
    number("Pinball loss", ({ errors }) => (errors.pinballLoss === null ? formatNumber(null) : `${formatNumber(errors.pinballLoss)}/s`)),
    number("Within interval", ({ errors }) => formatPercent(errors.coverage)),
    number("Bias", ({ errors }) => (errors.biasPerSecond === null ? formatNumber(null) : `${formatNumber(errors.biasPerSecond)}/s`)),
  ];
}
