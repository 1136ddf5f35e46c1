import type { ForecastResult, RunResult } from "@replicast/sim-core";
import { NO_VALUE } from "../format.ts";
import {
  type ChartOptions,
  type ChartSpec,
  dress,
  flowingLegend,
  legendPick,
  localStartMilliseconds,
  TIME_ZOOM,
  timeAxis,
  WHEN,
} from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Points a chart draws of a forecast; about one per pixel of a wide screen. */
const MAX_POINTS = 700;

const SERIES = ["observed", "forecast"] as const;

/** What was observed, and what had been forecast for the same moments with its interval. */
export function forecastChart(
  run: Pick<RunResult, "policy" | "scenario">,
  forecast: ForecastResult,
  options: ChartOptions = {},
): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const pick = legendPick("series");
  const y = (field: string, extra: ChartSpec = {}): ChartSpec => ({ field, type: "quantitative", ...extra });
  return dress(
    {
      description: `Load of ${forecast.deployment} under ${run.policy}: observed, and forecast for that moment with its interval.`,
      height: 200,
      data: { values: rowsOf(run.scenario, forecast) },
      transform: [WHEN],
      encoding: { x: timeAxis(run.scenario) },
      layer: [
        {
          transform: [{ filter: "datum.series === 'forecast'" }],
          mark: { type: "area", clip: true, color: theme.states.buffer, fillOpacity: 0.22 },
          encoding: { y: y("low"), y2: { field: "high" } },
        },
        {
          params: [TIME_ZOOM, pick.param],
          mark: { type: "line", strokeWidth: 1.4, clip: true, strokeJoin: "round" },
          encoding: {
            y: y("rate", { axis: { title: "requests/s", tickCount: 4 }, scale: { nice: false } }),
            color: {
              field: "series",
              type: "nominal",
              scale: { domain: [...SERIES], range: [theme.ink, theme.states.buffer] },
              legend: { ...flowingLegend(options, 95), symbolType: "stroke", symbolStrokeWidth: 3 },
            },
            opacity: pick.opacity,
            tooltip: [
              { field: "when", title: "time" },
              { field: "series", title: "series" },
              { field: "rate", type: "quantitative", title: "requests/s", format: ".3~g" },
              { field: "range", title: "interval" },
            ],
          },
        },
      ],
    },
    options,
  );
}

/** Observed values at their own time, forecasts at the time they are for; none beyond the end of the run. */
function rowsOf(scenario: RunResult["scenario"], { points }: ForecastResult): readonly ChartSpec[] {
  const start = localStartMilliseconds(scenario);
  const at = (seconds: number): number => start + Math.round(seconds * 1000);
  const stride = Math.ceil(points.length / MAX_POINTS);
  const kept = points.filter((_, index) => index % stride === 0);
  const observed = kept.map(([seconds, rate]) => ({ t: at(seconds), series: "observed", rate: rounded(rate), range: NO_VALUE }));
  const forecast = kept
    .map(([seconds, , horizon, rate, low, high]) => ({
      seconds: seconds + horizon,
      row: {
        t: at(seconds + horizon),
        series: "forecast",
        rate: rounded(rate),
        low: rounded(low),
        high: rounded(high),
        range: `${rounded(low)} to ${rounded(high)}`,
      },
    }))
    .filter(({ seconds }) => seconds <= scenario.durationSeconds)
    // A horizon that grows shorter lets a later forecast be for an earlier moment.
    .sort((a, b) => a.seconds - b.seconds);
  return [...observed, ...forecast.map(({ row }) => row)];
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
