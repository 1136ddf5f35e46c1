import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import fc from "fast-check";
import { type logger, parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, it } from "vitest";
import { judged } from "../../test/judged-fixture.ts";
import { fixture } from "../../test/testing-fixture.ts";
import { withForesight } from "../../test/with-foresight.ts";
import { withStatistics } from "../../test/with-statistics.ts";
import { blameChart, idleChart } from "./blame.ts";
import { costAttainmentChart, costByStateChart, equationChart } from "./cost.ts";
import { decisionsChart } from "./decisions.ts";
import { forecastChart } from "./forecast.ts";
import { foresightChart } from "./foresight.ts";
import { latencyChart } from "./latency.ts";
import { queueChart, trafficChart, ttftOverTimeChart, violationsChart } from "./over-time.ts";
import { promptLengthsChart } from "./prompt-lengths.ts";
import { costQualityChart } from "./quality.ts";
import { replicasChart } from "./replicas.ts";
import { fatesChart } from "./requests.ts";
import type { ChartOptions, ChartSpec } from "./spec.ts";
import { differencesChart } from "./statistics.ts";
import { DARK_THEME, LIGHT_THEME, PAGE_THEME } from "./theme.ts";
import { replicaWaterfallChart, waterfallChart } from "./waterfall.ts";

type Chart = (result: ComparisonResult, options?: ChartOptions) => ChartSpec;

const firstReplicas: Chart = (result, options) => {
  const [run] = result.runs;
  const [deployment] = run?.deployments ?? [];
  if (run === undefined || deployment === undefined) throw new Error("the fixture has a deployment");
  return replicasChart(run, deployment, { ...options, maxReplicas: 12 });
};

const firstForecast: Chart = (result, options) => {
  const run = result.runs[0] as RunResult;
  const forecast = fixture({ hours: 3 }).runs.find(({ forecasts = [] }) => forecasts.length > 0)?.forecasts?.[0];
  if (forecast === undefined) throw new Error("the fixture has a forecast");
  return forecastChart(run, { ...forecast, deployment: run.deployments[0]?.name ?? "" }, options);
};

const CHARTS: readonly (readonly [name: string, chart: Chart])[] = [
  ["replicas over time", firstReplicas],
  ["traffic", trafficChart],
  ["violations over time", violationsChart],
  ["TTFT over time", ttftOverTimeChart],
  ["queue over time", queueChart],
  ["cost by ledger state", costByStateChart],
  ["equation beside the bill", equationChart],
  ["cost against attainment", costAttainmentChart],
  ["differences of the bill", (result, options) => differencesChart(withStatistics(result), "monthlyUsd", options)],
  ["cost against quality", (result, options) => costQualityChart(judged(result), options)],
  ["TTFT distribution", (result, options) => latencyChart(result, "ttft", options)],
  ["TPOT distribution", (result, options) => latencyChart(result, "tpot", options)],
  ["ITL distribution", (result, options) => latencyChart(result, "itl", options)],
  ["TTFT by prompt length", promptLengthsChart],
  ["E2E distribution", (result, options) => latencyChart(result, "e2e", options)],
  ["fates", fatesChart],
  ["forecast beside what came", firstForecast],
  ["decisions", decisionsChart],
  ["bill above perfect foresight", (result, options) => foresightChart(withForesight(result), options)],
  ["late requests by cause", blameChart],
  ["idle dollars by cause", idleChart],
  ["why capacity was late", waterfallChart],
  ["replicas that were late", (result, options) => replicaWaterfallChart(result.runs[0] as RunResult, options)],
];

/** Compiles and draws a chart; collects what the compiler and the renderer complain about. */
async function draw(spec: ChartSpec): Promise<{ readonly svg: string; readonly complaints: readonly string[] }> {
  const complaints: string[] = [];
  const note = (...args: readonly unknown[]): typeof listener => {
    const text = args.map(String).join(" ");
    // Outside a browser there is no window to listen to.
    if (text !== "Can not resolve event source: window") complaints.push(text);
    return listener;
  };
  const listener = { level: () => listener, error: note, warn: note, info: () => listener, debug: () => listener } as unknown as ReturnType<
    typeof logger
  >;
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: listener });
  const view = new View(parse(compiled.spec), { renderer: "none", logger: listener });
  const svg = await view.toSVG();
  view.finalize();
  return { svg, complaints };
}

describe("every chart", () => {
  const result = fixture({ hours: 3 });
  it.each(CHARTS)("compiles without a warning and draws: %s", async (_name, chart) => {
    for (const theme of [LIGHT_THEME, DARK_THEME, PAGE_THEME]) {
      const { svg, complaints } = await draw(chart(result, { theme }));
      expect(complaints).toEqual([]);
      expect(svg).toMatch(/^<svg[\s\S]*<\/svg>$/);
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });

  it.each(CHARTS)("is plain JSON with a description: %s", (_name, chart) => {
    const spec = chart(result);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(spec["description"]).toMatch(/\w/);
  });

  it.each(CHARTS)("survives names made of quotes, tags and expressions: %s", async (_name, chart) => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom("a'b\"c", "datum.x", "</script>", "x[0].y", "__proto__", "toString", "a\\b", "\\u003c", "😀", " "),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), name, async (policies, scenarioName) => {
        const hostile = fixture({ hours: 1, policies, scenarioName, deployments: policies });
        const { complaints } = await draw(chart(hostile));
        expect(complaints).toEqual([]);
      }),
      { numRuns: 4, seed: 7 },
    );
  });

  it.each(CHARTS)("draws an empty run: %s", async (_name, chart) => {
    const { svg, complaints } = await draw(chart(emptied(fixture({ hours: 1, policies: ["only"] }))));
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(complaints.filter((text) => !text.includes("Infinite extent"))).toEqual([]);
  });
});

it("what the load required is drawn over the other lines", async () => {
  const result = fixture({ hours: 3 });
  const { svg } = await draw(firstReplicas(result, { theme: LIGHT_THEME }));
  const strokes = [...svg.matchAll(/aria-roledescription="line mark"[^>]*stroke="([^"]*)"/g)].map(([, color]) => color);
  const { ink, states } = LIGHT_THEME;
  expect(strokes).toEqual([states.buffer, states.starting, states.needed, ink]);
});

it("requests in flight at the end are no fate: the chart of fates leaves them out", () => {
  const text = JSON.stringify(fatesChart(fixture({ hours: 3 })));
  expect(text).toContain('"timed out"');
  expect(text).not.toContain("in flight");
});

it("labels of policies that cost alike stand apart", () => {
  const result = fixture({ hours: 3 });
  const runs = result.runs.map((run) => ({ ...run, cost: { ...run.cost, monthlyUsd: 30_000 } }));
  const { values } = costAttainmentChart({ ...result, runs })["data"] as { readonly values: readonly Record<string, number>[] };
  expect(values).toHaveLength(5);
  expect(new Set(values.map(({ attainment, dx, dy }) => `${attainment} ${dx} ${dy}`)).size).toBe(5);
});

/** Same shape, nothing happened: no arrival, no latency, no decision. */
function emptied(result: ComparisonResult): ComparisonResult {
  const nothing = {
    count: 0,
    meanSeconds: null,
    minSeconds: null,
    maxSeconds: null,
    p50Seconds: null,
    p90Seconds: null,
    p95Seconds: null,
    p99Seconds: null,
    buckets: [],
  };
  const perMinute = {
    arrivals: [],
    violations: [],
    ttftP95Seconds: [],
    gatewayQueueDepth: [],
    waiting: [],
    running: [],
    kvCacheUtilization: [],
  };
  return {
    ...result,
    runs: result.runs.map((run) => ({
      ...run,
      decisions: [],
      latency: { ttft: nothing, tpot: nothing, itl: nothing, e2e: nothing, queue: nothing },
      ttftByPrompt: run.ttftByPrompt.map((range) => ({ ...range, ttft: nothing })),
      slo: { ...run.slo, attainment: null, counted: 0 },
      deployments: run.deployments.map((deployment) => ({ ...deployment, perMinute, required: [], desired: [], existing: [], ready: [] })),
    })),
  };
}
