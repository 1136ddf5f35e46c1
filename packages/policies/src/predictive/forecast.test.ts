import type { Json, PodView } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configOf, drive, type FluidResult, runFluid, type Scripted, testContext } from "../testing.ts";
import { forecast } from "./forecast.ts";
import type { ForecastConfig } from "./forecast-config.ts";
import type { HoltWintersMemory } from "./models/holt-winters-model.ts";

const PLAIN = { perReplica: 1, maxReplicas: 40, season: "none", headroom: { quantile: 0.9, factor: 1 }, scaleDownDelaySeconds: 0 };

function samples(rates: readonly (number | undefined)[], sampleSeconds = 60): readonly Scripted[] {
  return rates.map((rate, index) => ({
    atSeconds: index * sampleSeconds,
    metrics: { rate: rate ?? { ok: true, elements: [] } },
  }));
}

function run(raw: { readonly [key: string]: unknown }, rates: readonly (number | undefined)[]) {
  return drive(forecast, configOf(forecast, { ...PLAIN, ...raw }), samples(rates)).map((step) => step.decision);
}

/** A day that is quiet at night and busy at noon: 2 to 12 requests per second, by the hour. */
const HOURLY = Array.from({ length: 24 }, (_, hour) => 2 + Math.max(0, 10 - Math.abs(hour - 12) * 1.25));

/** The same day as a line through the middles of its hours. */
function dayRate(timeSeconds: number): number {
  const position = (timeSeconds / 3600 + 23.5) % 24;
  const before = Math.floor(position);
  const [low, high] = [HOURLY[before] as number, HOURLY[(before + 1) % 24] as number];
  return low + (position - before) * (high - low);
}

function live(
  config: ForecastConfig,
  arrivalsPerSecond: (timeSeconds: number) => number,
  durationSeconds: number,
  readyDelaySeconds: number,
): FluidResult {
  const metrics = (moment: { readonly timeSeconds: number; readonly observedPerSecond: number }) => ({
    rate: moment.timeSeconds === 0 ? ({ ok: true, elements: [] } as const) : moment.observedPerSecond,
  });
  return runFluid(forecast, config, {
    durationSeconds,
    stepSeconds: 10,
    arrivalsPerSecond,
    perReplica: 1,
    readyDelaySeconds,
    replicas: 4,
    metrics,
  });
}

describe("the forecast", () => {
  it("asks for the arrivals of its deployment at the gateway, over the time between samples", () => {
    const query = (raw: object) => forecast.queries(configOf(forecast, { ...PLAIN, ...raw }));
    expect(query({})).toEqual([{ name: "rate", kind: "promql", query: 'sum(rate(gateway_requests_total{deployment="chat"}[1m]))' }]);
    expect(query({ sampleSeconds: 300 })[0]).toMatchObject({ query: 'sum(rate(gateway_requests_total{deployment="chat"}[5m]))' });
    expect(query({ sampleSeconds: 15 })[0]).toMatchObject({ query: 'sum(rate(gateway_requests_total{deployment="chat"}[1m]))' });
    expect(query({ query: "sum(up)" })[0]).toMatchObject({ query: "sum(up)" });
  });

  it("asks at constant load for just the replicas that carry it", () => {
    const decisions = run({}, new Array<number>(60).fill(3));
    expect(new Set(decisions.map((decision) => decision?.desiredReplicas))).toEqual(new Set([3]));
  });

  it("rests on the level at first, then on the trend, and says so", () => {
    const decisions = run({ season: "additive", seasonSeconds: 3600 }, new Array<number>(70).fill(3));
    expect(decisions.map((decision) => decision?.reason)).toEqual([
      ...new Array<string>(9).fill("LevelForecast"),
      ...new Array<string>(50).fill("TrendForecast"),
      ...new Array<string>(11).fill("SeasonForecast"),
    ]);
    expect(decisions[20]?.evidence).toMatchObject({ missing: "season", has: 21, needs: 60 });
    expect(decisions[65]?.evidence["missing"]).toBeUndefined();
    // Two samples ahead: what is said of sample 60 was said before the season was known.
    expect([60, 61].map((sample) => decisions[sample]?.evidence["forecastForNowLearning"])).toEqual([true, undefined]);
  });

  it("asks on a rising line for the load that will be there when a replica is ready", () => {
    const rising = Array.from({ length: 199 }, (_, minute) => minute / 10);
    const line = { trend: "additive", horizonSeconds: 600, headroom: { quantile: 0.5 } };
    const decision = run(line, rising).at(-1);
    expect(decision?.evidence["forecastPerSecond"]).toBeCloseTo(19.8 + 1, 1);
    expect(decision?.evidence["forecastForNowPerSecond"]).toBeCloseTo(19.8, 1);
    expect(decision?.desiredReplicas).toBe(21);
  });

  it("keeps on a falling line what the present still needs", () => {
    const falling = Array.from({ length: 100 }, (_, minute) => 20 - minute / 10);
    const decision = run({ trend: "additive", horizonSeconds: 600, headroom: { quantile: 0 } }, falling).at(-1);
    expect(decision?.evidence["forecastPerSecond"]).toBeLessThan(9.5);
    expect(decision?.desiredReplicas).toBe(11);
  });

  it("adds a quantile of its recent errors, and reports error and interval", () => {
    const noisy = Array.from({ length: 300 }, (_, minute) => (minute % 5 === 0 ? 8 : 4));
    const evidence = run({ headroom: { quantile: 0.9 }, smoothing: { level: 0 } }, noisy).at(-1)?.evidence as Record<string, number>;
    // level stays at the first sample, 8: errors are 0 or −4, so nothing is added and the interval reaches 4 below
    expect(evidence).toMatchObject({
      observedPerSecond: 4,
      forecastForNowPerSecond: 8,
      errorPerSecond: -4,
      intervalPerSecond: [4, 8],
      headroomPerSecond: 0,
    });
    const low = run({ headroom: { quantile: 0.9, factor: 1.5 }, smoothing: { level: 0 } }, [4, ...noisy.slice(1)]).at(-1);
    expect(low?.evidence).toMatchObject({ peakPerSecond: 4, intervalPerSecond: [4, 8], headroomPerSecond: (4 + 4) * 1.5 - 4 });
    expect(low?.desiredReplicas).toBe(12);
  });

  it("keeps within its limits and says which one binds", () => {
    const bound = (raw: { readonly [key: string]: unknown }, rates: readonly number[]) => {
      const last = run(raw, rates).at(-1);
      return [last?.desiredReplicas, last?.evidence["boundBy"]];
    };
    expect(bound({ maxReplicas: 5 }, [9, 9, 9])).toEqual([5, "maxReplicas"]);
    expect(bound({ minReplicas: 2 }, [0, 0, 0])).toEqual([2, "minReplicas"]);
    expect(bound({ minReplicas: 0 }, [0, 0, 0])).toEqual([0, "none"]);
    expect(bound({ scaleDownDelaySeconds: 300, smoothing: { level: 1 } }, [9, 2, 2])).toEqual([9, "scaleDownDelay"]);
    expect(bound({ scaleDownDelaySeconds: 300, smoothing: { level: 1 } }, [9, 2, 2, 2, 2, 2])).toEqual([2, "none"]);
  });

  it("decides nothing without a rate, and goes on where the model expected to be", () => {
    const nothing: Json[] = drive(forecast, configOf(forecast, PLAIN), [
      { atSeconds: 0 },
      { atSeconds: 60, metrics: { rate: { ok: false, error: "outage" } } },
      { atSeconds: 120, metrics: { rate: Number.NaN } },
      {
        atSeconds: 180,
        metrics: {
          rate: {
            ok: true,
            elements: [
              { labels: {}, value: 1 },
              { labels: {}, value: 2 },
            ],
          },
        },
      },
    ]).map((step) => step.decision?.desiredReplicas ?? null);
    expect(nothing).toEqual([null, null, null, null]);
    const [, , gap, after] = run({ trend: "none" }, [6, 6, undefined, 6]);
    expect([gap, after?.desiredReplicas]).toEqual([undefined, 6]);
  });

  it("has a season on the first day when it is given an hourly profile", () => {
    const config = configOf(forecast, {
      ...PLAIN,
      horizonSeconds: 600,
      season: "additive",
      history: { hourly: HOURLY, timeZone: "UTC" },
      scaleDownDelaySeconds: 300,
    });
    const result = live(config, dayRate, 86_400, 600);
    const peakFleet = 12 * 86_400;
    expect(new Set(result.decisions.map((decision) => decision.reason))).toEqual(new Set(["SeasonForecast"]));
    expect(result.backlogMax).toBeLessThan(1);
    expect(result.replicaSeconds).toBeLessThan(0.65 * peakFleet);
  });

  it("has a season on the first day when it is given the day before, sample by sample", () => {
    const history = Array.from({ length: 1440 }, (_, minute) => dayRate(minute * 60));
    const result = live(configOf(forecast, { ...PLAIN, horizonSeconds: 600, season: "multiplicative", history }), dayRate, 43_200, 600);
    expect(result.decisions[0]?.reason).toBe("SeasonForecast");
    expect(result.backlogMax).toBeLessThan(60);
  });

  it("lets less of a ramp wait when it looks as far ahead as a replica takes to start", () => {
    const ramp = (timeSeconds: number) => Math.min(20, 2 + Math.max(0, timeSeconds - 1800) / 300);
    const backlog = (horizonSeconds: number) =>
      live(configOf(forecast, { ...PLAIN, trend: "additive", horizonSeconds, headroom: { quantile: 0.5 } }), ramp, 7200, 600).backlogMax;
    expect(backlog(600)).toBeLessThan(0.6 * backlog(60));
  });

  it("remembers no more than a season, its pending forecasts and its residuals", () => {
    const config = configOf(forecast, {
      ...PLAIN,
      season: "additive",
      seasonSeconds: 1200,
      headroom: { residuals: 30 },
      scaleDownDelaySeconds: 600,
    });
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 60, maxLength: 120 }), (rates) => {
        const { demand, recent } = drive(forecast, config, samples(rates)).at(-1)?.state ?? expect.fail("no step");
        const memory = demand.memory as HoltWintersMemory;
        expect(memory.model?.season.length).toBe(20);
        expect([memory.firstSeason.length, demand.record.pending.length, demand.record.residuals.length]).toEqual([0, 2, 30]);
        expect(recent.length).toBeLessThanOrEqual(11);
      }),
      { numRuns: 20 },
    );
  });
});

describe("the horizon", () => {
  const pod = (name: string, createdSeconds: number, readySeconds: number | undefined): PodView => ({
    name,
    phase: "Running",
    createdSeconds,
    ready: { status: readySeconds !== undefined, sinceSeconds: readySeconds ?? createdSeconds },
    requests: {},
  });
  const horizons = (raw: object, pods: readonly (readonly PodView[])[]) =>
    drive(
      forecast,
      configOf(forecast, { ...PLAIN, ...raw }),
      pods.map((there, index) => ({ atSeconds: index * 60, metrics: { rate: 3 }, pods: there })),
    ).map(({ decision }) => [decision?.evidence["horizonSeconds"], decision?.evidence["horizonFrom"]]);

  it("is the expected cold start until a start was seen, then what starts have taken, each pod counted once", () => {
    const old = pod("old", 0, 0);
    expect(
      horizons({}, [
        [old],
        [old, pod("a", 10, undefined)],
        [old, pod("a", 10, 310)],
        // A probe that failed makes the pod Ready anew; it did not start anew.
        [old, pod("a", 10, 900), pod("b", 20, 120)],
        [old],
      ]),
    ).toEqual([
      [120, "expected"],
      [120, "expected"],
      [300, "measured"],
      [280, "measured"],
      [280, "measured"],
    ]);
  });

  it("is what the configuration says, when it says something", () => {
    expect(horizons({ horizonSeconds: 90 }, [[pod("a", 10, 310)]])).toEqual([[90, "configured"]]);
  });
});

describe("what a replica carries", () => {
  const POINTS = [
    { replicas: 1, requestsPerSecond: 2 },
    { replicas: 4, requestsPerSecond: 5 },
  ];
  const decide = (capacity: typeof POINTS, rate: number) => {
    const config = configOf(forecast, { ...PLAIN, perReplica: "capacity", headroom: { quantile: 0.5 } });
    return drive(forecast, forecast.withCapacity?.(config, capacity) ?? config, samples([rate]))[0]?.decision;
  };

  it("is taken from the capacity of as many replicas when the configuration says so", () => {
    // 1 × 2, 2 × 3, 3 × 4, 4 × 5
    expect([1.9, 2.1, 6.1, 12.1, 21].map((rate) => decide(POINTS, rate)?.desiredReplicas)).toEqual([1, 2, 3, 4, 5]);
    expect(decide(POINTS, 6.1)?.evidence["perReplicaPerSecond"]).toBe(4);
  });

  it("is not guessed: without a computed capacity the policy holds and says so", () => {
    expect(decide([], 6)).toMatchObject({ desiredReplicas: 1, reason: "FailedGetCapacity" });
  });
});

describe("a forecast's configuration", () => {
  it("takes the cold start of its deployment as horizon, rounded up to whole samples", () => {
    expect(configOf(forecast, { ...PLAIN, sampleSeconds: 50 })).toMatchObject({ horizonSeconds: 120, horizonSteps: 3 });
  });

  it.each([
    { change: { perReplica: undefined }, issue: ["missing_key", ""], because: "nobody else knows what a replica carries" },
    { change: { perReplica: 0 }, issue: ["out_of_range", "perReplica"], because: "a replica that carries nothing never suffices" },
    { change: { maxReplica: 3 }, issue: ["unknown_key", "maxReplica"], because: "it is a slip of maxReplicas" },
    { change: { minReplicas: 50 }, issue: ["out_of_range", "maxReplicas"], because: "max 40 lies below it" },
    { change: { season: "additive", seasonSeconds: 3601 }, issue: ["not_a_multiple", "seasonSeconds"], because: "phases must come round" },
    { change: { season: "additive", seasonSeconds: 60 }, issue: ["out_of_range", "seasonSeconds"], because: "one phase is no season" },
    { change: { smoothing: { level: 1.2 } }, issue: ["out_of_range", "smoothing.level"], because: "a weight is a share" },
    {
      change: { season: "additive", history: { hourly: HOURLY.slice(1), timeZone: "UTC" } },
      issue: ["out_of_range", "history.hourly"],
      because: "a day has 24 hours",
    },
    {
      change: { season: "additive", history: { hourly: [...HOURLY, 1], timeZone: "UTC" } },
      issue: ["bad_format", "history.hourly"],
      because: "25 hours are no day and no week",
    },
    {
      change: { season: undefined, model: "kalman", smoothing: {} },
      issue: ["not_for_model", "smoothing"],
      because: "Kalman's filter has no smoothing weights",
    },
    {
      change: { season: undefined, model: { kind: "linear", order: 3 } },
      issue: ["not_for_model", "model.order"],
      because: "a line has no lags",
    },
    { change: { season: undefined, model: "arima" }, issue: ["wrong_type", "model"], because: "there is no such model" },
    { change: { smoothing: "fit", history: [1, 2, 3] }, issue: ["fit_needs_history", "smoothing"], because: "three samples fit anything" },
    {
      change: { season: undefined, model: { kind: "kalman", variances: "fit" } },
      issue: ["fit_needs_history", "model.variances"],
      because: "there is nothing to fit",
    },
    { change: { history: { hourly: [1, 2], timeZone: "UTC" } }, issue: ["out_of_range", "history.hourly"], because: "a day has 24 hours" },
    {
      change: { season: "additive", history: { hourly: HOURLY, timeZone: "Mars" } },
      issue: ["unknown_time_zone", "history.timeZone"],
      because: "Mars keeps no zone",
    },
    {
      change: { history: { hourly: HOURLY, timeZone: "UTC" } },
      issue: ["out_of_range", "seasonSeconds"],
      because: "a profile of a day needs a season of a day",
    },
  ])("is refused with $issue for $change: $because", ({ change, issue }) => {
    const parsed = forecast.parseConfig({ ...PLAIN, ...change }, testContext());
    expect(parsed.ok ? [] : parsed.issues.map(({ code, path }) => [code, path.join(".")])).toEqual([issue]);
  });

  it("takes a profile of a week from Monday's midnight on, whatever the weekday of the start", () => {
    const hourly = Array.from({ length: 168 }, (_, hour) => hour);
    // The run starts on Wednesday at 06:00.
    const context = testContext({ startEpochSeconds: 1_772_409_600 + 2 * 86_400 + 6 * 3600 });
    const raw = { ...PLAIN, season: "additive", seasonSeconds: 604_800, sampleSeconds: 1800, history: { hourly, timeZone: "UTC" } };
    const { profile } = configOf(forecast, raw, context);
    expect([profile.length, profile[0], profile[1], profile[2]]).toEqual([336, 53.5, 54, 54.5]);
  });

  it("takes its history from a file: the last field of each line below the heading", () => {
    const text = "time,requests per second\n2026-02-23T00:00:00Z,1.5\r\n2026-02-23T00:01:00Z, 2\n\n";
    const context = testContext({ readFile: (name) => (name === "week.csv" ? text : undefined) });
    expect(configOf(forecast, { ...PLAIN, history: { file: "week.csv" } }, context).history).toEqual([1.5, 2]);
    const refused = (raw: object, content: string) => {
      const parsed = forecast.parseConfig(
        { ...PLAIN, ...raw },
        testContext({ readFile: (name) => (name === "week.csv" ? content : undefined) }),
      );
      return parsed.ok ? [] : parsed.issues.map(({ code, path, file, line }) => [code, path.join("."), file, line]);
    };
    expect(refused({ history: { file: "weak.csv" } }, "")).toEqual([["history_file_missing", "history.file", undefined, undefined]]);
    expect(refused({ history: { file: "week.csv" } }, "1\n,\n3\n-4\n")).toEqual([
      ["history_not_a_rate", "", "week.csv", 2],
      ["history_not_a_rate", "", "week.csv", 4],
    ]);
  });

  it("is the one that fits its history best when smoothing says so", () => {
    const history = Array.from({ length: 200 }, (_, step) => (step < 100 ? 5 : 50) + (step % 2));
    const config = configOf(forecast, { ...PLAIN, trend: "none", smoothing: "fit", history });
    expect(config.model).toMatchObject({ kind: "holtWinters", weights: { trend: 0, season: 0, damping: 1 } });
    expect((config.model as { weights: { level: number } }).weights.level).toBeGreaterThan(0.9);
  });

  it("is taken with a warning when the run ends before a season is known", () => {
    const warned = (raw: object, durationSeconds: number) => {
      const parsed = forecast.parseConfig({ ...PLAIN, season: "additive", ...raw }, testContext({ durationSeconds }));
      return parsed.ok ? (parsed.warnings ?? []).map((warning) => warning.code) : parsed.issues;
    };
    expect(warned({}, 86_400)).toEqual(["season_never_complete"]);
    expect(warned({}, 90_000)).toEqual([]);
    expect(warned({ history: { hourly: HOURLY, timeZone: "UTC" } }, 3600)).toEqual([]);
    expect(warned({ season: "none" }, 3600)).toEqual([]);
  });
});

describe("what holds a forecast back", () => {
  it.each([
    { raw: {}, rates: [3, 3, 3], held: { by: "forecast" }, because: "it is what was foreseen" },
    { raw: { maxReplicas: 2 }, rates: [9, 9, 9], held: { by: "max", wanted: 9 }, because: "there may be no more" },
    { raw: { minReplicas: 4 }, rates: [1, 1, 1], held: { by: "min", wanted: 1 }, because: "there must be as many" },
    { raw: { scaleDownDelaySeconds: 600 }, rates: [9, 1, 1], held: { by: "stabilization" }, because: "what it once wanted still counts" },
  ])("is $held: $because", ({ raw, rates, held }) => {
    expect(run({ trend: "none", ...raw }, rates).at(-1)?.held).toMatchObject(held);
  });
});
