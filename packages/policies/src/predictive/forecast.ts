import {
  definePolicy,
  type Held,
  type Json,
  type MetricAnswer,
  type MetricRequest,
  type Observation,
  type Policy,
  type ScaleDecision,
} from "@replicast/sim-core";
import { advance, basisOf, type DemandBasis, type DemandState, forecastRates, initialDemand, TREND_SAMPLES_MIN } from "./demand-model.ts";
import { type ForecastConfig, parseForecastConfig } from "./forecast-config.ts";
import { type DueForecast, quantile } from "./residuals.ts";
import { type DelayState, holdDown } from "./scale-down-delay.ts";

/** Quotients this little above a whole number are that number: 0.3 ÷ 0.1 must not ask for four replicas. */
const CEILING_SLACK = 1e-9;

const REASONS: Readonly<Record<DemandBasis, string>> = { season: "SeasonForecast", trend: "TrendForecast", level: "LevelForecast" };

export type ForecastState = { readonly demand: DemandState; readonly recent: DelayState };

/**
 * `kind: forecast`: replicas for the largest load expected until one asked for at the next sample would be ready, by
 * Holt-Winters exponential smoothing of the observed arrivals, plus a quantile of its own recent errors.
 * @see Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., chapter 8
 */
export const forecast: Policy<ForecastConfig, ForecastState> = definePolicy<ForecastConfig, ForecastState>({
  id: "forecast",
  parseConfig: parseForecastConfig,
  initialState: (config) => ({ demand: initialDemand(config), recent: [] }),
  timers: (config) => [{ name: "sample", periodSeconds: config.sampleSeconds }],
  needs: (_timer, _state, config) => requests(config),
  queries: requests,
  decide(observation, state, config) {
    const answer = observation.metrics["rate"];
    const rate = rateOf(answer);
    const { demand, due } = advance(state.demand, rate, config);
    // Without a rate the model goes on in time, but nothing is decided on a guess about the present.
    if (rate === undefined) return { state: { ...state, demand } };
    const wanted = wantedReplicas(demand, rate, due, config);
    const ageSeconds = answer?.ok === true ? answer.ageSeconds : undefined;
    const evidence = { ...wanted.evidence, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
    const limited = limit(wanted.replicas, observation, state.recent, config);
    return {
      state: { demand, recent: limited.recent },
      decision: {
        desiredReplicas: limited.replicas,
        reason: wanted.reason,
        held: limited.held,
        evidence: { ...evidence, boundBy: limited.boundBy },
      },
    };
  },
});

function requests(config: ForecastConfig): readonly MetricRequest[] {
  return [{ name: "rate", kind: "promql", query: config.query }];
}

/** The one value of an answer; undefined for errors, no data, more than one element, and values that are no rate. */
function rateOf(answer: MetricAnswer | undefined): number | undefined {
  if (answer?.ok !== true || answer.elements.length !== 1) return undefined;
  const value = answer.elements[0]?.value ?? Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

interface Wanted {
  readonly replicas: number;
  readonly reason: string;
  readonly evidence: ScaleDecision["evidence"];
}

function wantedReplicas(demand: DemandState, rate: number, due: DueForecast | undefined, config: ForecastConfig): Wanted {
  const { residuals } = demand.record;
  const basis = basisOf(demand, config);
  const rates = forecastRates(demand, config.horizonSteps + 1, config);
  const atHorizon = rates[config.horizonSteps] as number;
  // The peak up to the moment for which the next sample can still act; what is removed now is gone at once.
  const peak = rates.reduce((most, one) => Math.max(most, one), 0);
  const margin = Math.max(0, quantile(residuals, config.headroom.quantile));
  const load = (peak + margin) * config.headroom.factor;
  const evidence: { readonly [key: string]: Json } = {
    observedPerSecond: rate,
    horizonSeconds: config.horizonSeconds,
    forecastPerSecond: atHorizon,
    intervalPerSecond: [
      Math.max(0, atHorizon + quantile(residuals, 1 - config.headroom.quantile)),
      atHorizon + quantile(residuals, config.headroom.quantile),
    ],
    peakPerSecond: peak,
    headroomPerSecond: load - peak,
    perReplicaPerSecond: config.perReplica,
    residuals: residuals.length,
    ...(due === undefined ? {} : { forecastForNowPerSecond: due.forecast, errorPerSecond: due.error }),
    ...fallback(basis, demand, config),
  };
  return { replicas: Math.max(0, Math.ceil(load / config.perReplica - CEILING_SLACK)), reason: REASONS[basis], evidence };
}

/** Says why the forecast rests on less than the configuration asks for. */
function fallback(basis: DemandBasis, demand: DemandState, config: ForecastConfig): { readonly [key: string]: Json } {
  if (basis !== "season" && config.seasonSteps > 0) return { missing: "season", has: demand.firstSeason.length, needs: config.seasonSteps };
  if (basis === "level" && config.trended) return { missing: "trend", has: demand.samples, needs: TREND_SAMPLES_MIN };
  return {};
}

interface Limited {
  readonly replicas: number;
  readonly recent: DelayState;
  readonly boundBy: "none" | "scaleDownDelay" | "minReplicas" | "maxReplicas";
  readonly held: Held;
}

/** The largest wish of the delay window, within the limits. */
function limit(wanted: number, { nowSeconds }: Observation, before: DelayState, config: ForecastConfig): Limited {
  const { replicas: held, recent } = holdDown(before, { seconds: nowSeconds, replicas: wanted }, config.scaleDownDelaySeconds);
  const { minReplicas, maxReplicas } = config;
  if (held > maxReplicas) return { replicas: maxReplicas, recent, boundBy: "maxReplicas", held: { by: "max", wanted: held } };
  if (held < minReplicas) return { replicas: minReplicas, recent, boundBy: "minReplicas", held: { by: "min", wanted: held } };
  if (held > wanted) return { replicas: held, recent, boundBy: "scaleDownDelay", held: { by: "stabilization", wanted } };
  return { replicas: held, recent, boundBy: "none", held: { by: "forecast" } };
}
