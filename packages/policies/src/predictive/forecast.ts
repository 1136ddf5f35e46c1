import {
  definePolicy,
  type Held,
  type Json,
  type MetricAnswer,
  type MetricRequest,
  type Observation,
  type Policy,
} from "@replicast/sim-core";
import { capacityPerReplica, replicasFor } from "@replicast/sim-core/score";
import { advance, basisOf, type DemandState, type Expected, initialDemand } from "./demand-model.ts";
import { type ForecastConfig, parseForecastConfig, stepsAhead } from "./forecast-config.ts";
import type { Basis } from "./models/model.ts";
import { type DueForecast, quantile } from "./residuals.ts";
import { type DelayState, holdDown } from "./scale-down-delay.ts";
import { measuredStartSeconds, NO_START_UPS, noteStartUps, type StartUps } from "./start-ups.ts";

/** Quotients this little above a whole number are that number: 0.3 ÷ 0.1 must not ask for four replicas. */
const CEILING_SLACK = 1e-9;

export type ForecastState = { readonly demand: DemandState; readonly recent: DelayState; readonly startUps: StartUps };

/**
 * `kind: forecast`: replicas for the largest load expected until one asked for at the next sample would be ready, plus a quantile of the
 * forecast's own recent errors.
 * @see Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed.
 */
export const forecast: Policy<ForecastConfig, ForecastState> = definePolicy<ForecastConfig, ForecastState>({
  id: "forecast",
  parseConfig: parseForecastConfig,
  withCapacity: (config, capacity) => (config.perReplica === null ? { ...config, capacity } : config),
  initialState: (config) => ({ demand: initialDemand(config), recent: [], startUps: NO_START_UPS }),
  timers: (config) => [{ name: "sample", periodSeconds: config.sampleSeconds }],
  needs: (_timer, _state, config) => requests(config),
  queries: requests,
  decide(observation, before, config) {
    const answer = observation.metrics["rate"];
    const rate = rateOf(answer);
    const startUps = noteStartUps(before.startUps, observation.pods);
    const horizon = horizonOf(startUps, config);
    const { demand, due, expected } = advance(before.demand, rate, horizon.steps, config);
    const state = { ...before, demand, startUps };
    // Without a rate the model goes on in time, but nothing is decided on a guess about the present.
    if (rate === undefined || expected === undefined) return { state };
    const load = loadOf(expected, demand, config);
    const carried = carriersOf(load.perSecond, config);
    const basis = basisOf(demand, config);
    const evidence = {
      ...forecastEvidence(rate, horizon, expected, config),
      peakPerSecond: load.peak,
      headroomPerSecond: load.perSecond - load.peak,
      perReplicaPerSecond: carried.perReplica,
      residuals: demand.record.residuals.length,
      ...dueEvidence(due),
      ...seasonEvidence(basis, config),
      ...missingEvidence(basis),
      ...(answer?.ok === true && answer.ageSeconds !== undefined ? { ageSeconds: answer.ageSeconds } : {}),
    };
    if (carried.replicas === undefined)
      return { state, decision: { desiredReplicas: observation.scale.specReplicas, reason: "FailedGetCapacity", evidence } };
    const limited = limit(carried.replicas, observation, before.recent, config);
    return {
      state: { ...state, recent: limited.recent },
      decision: {
        desiredReplicas: limited.replicas,
        reason: basis.reason,
        held: limited.held,
        evidence: { ...evidence, boundBy: limited.boundBy },
      },
    };
  },
  // How often it looks is part of its rule: steps, seasons and weights are in samples.
  without(config, hindrance, replicasMax) {
    if (hindrance === "damping") return { ...config, scaleDownDelaySeconds: 0 };
    return hindrance === "limits" ? { ...config, minReplicas: 0, maxReplicas: replicasMax } : config;
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

interface Horizon {
  readonly seconds: number;
  readonly steps: number;
  readonly from: "configured" | "measured" | "expected";
}

/** How far to look ahead: as far as configured, else as long as starts have taken here, else as long as they are expected to take. */
function horizonOf(startUps: StartUps, { horizonSeconds, horizonSteps, horizonMeasured, sampleSeconds }: ForecastConfig): Horizon {
  if (!horizonMeasured) return { seconds: horizonSeconds, steps: horizonSteps, from: "configured" };
  const measured = measuredStartSeconds(startUps);
  if (measured === undefined) return { seconds: horizonSeconds, steps: horizonSteps, from: "expected" };
  return { seconds: measured, steps: stepsAhead(measured, sampleSeconds), from: "measured" };
}

interface Load {
  /** The largest rate expected up to the moment for which the next sample can still act. */
  readonly peak: number;
  /** With head-room. */
  readonly perSecond: number;
}

/** What is removed now is gone at once, so the present counts as well as what is to come. */
function loadOf({ rates }: Expected, demand: DemandState, { headroom }: ForecastConfig): Load {
  const peak = rates.reduce((most, one) => Math.max(most, one), 0);
  const margin = Math.max(0, quantile(demand.record.residuals, headroom.quantile));
  return { peak, perSecond: (peak + margin) * headroom.factor };
}

interface Carriers {
  /** Undefined when it is not known what a replica carries. */
  readonly replicas: number | undefined;
  /** What each of them carries, requests per second. */
  readonly perReplica: number;
}

/** The fewest replicas that carry a load. */
function carriersOf(load: number, { perReplica, capacity }: ForecastConfig): Carriers {
  if (perReplica !== null) return { replicas: Math.max(0, Math.ceil(load / perReplica - CEILING_SLACK)), perReplica };
  if (capacity.length === 0) return { replicas: undefined, perReplica: 0 };
  const replicas = replicasFor(capacity, load);
  return { replicas, perReplica: capacityPerReplica(capacity, Math.max(1, replicas)) };
}

type Evidence = { readonly [key: string]: Json };

function forecastEvidence(rate: number, horizon: Horizon, { atHorizon, low, high }: Expected, config: ForecastConfig): Evidence {
  return {
    model: config.model.kind,
    observedPerSecond: rate,
    horizonSeconds: horizon.seconds,
    horizonFrom: horizon.from,
    forecastPerSecond: atHorizon,
    intervalPerSecond: [low, high],
    intervalQuantile: config.headroom.quantile,
  };
}

/** What had been said of now one horizon ago, and what the last value of then would have said. */
function dueEvidence(due: DueForecast | undefined): Evidence {
  if (due === undefined) return {};
  const { forecast, low, high, last, learned, error } = due;
  return {
    forecastForNowPerSecond: forecast,
    intervalForNowPerSecond: [low, high],
    lastValueForNowPerSecond: last,
    errorPerSecond: error,
    ...(learned ? {} : { forecastForNowLearning: true }),
  };
}

/** The season that the forecast rests on, once one is known. */
function seasonEvidence({ reason }: Basis, { model, sampleSeconds }: ForecastConfig): Evidence {
  if (reason !== "SeasonForecast" && reason !== "LastSeason") return {};
  return "seasonSteps" in model ? { seasonSeconds: model.seasonSteps * sampleSeconds } : {};
}

/** Says why the forecast rests on less than the configuration asks for. */
function missingEvidence({ missing }: Basis): Evidence {
  return missing === undefined ? {} : { missing: missing.what, has: missing.has, needs: missing.needs };
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
