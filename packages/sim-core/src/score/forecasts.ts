import type { Json } from "../errors.ts";
import type { DecisionRecord, ForecastErrors, ForecastPoint, ForecastResult } from "./result.ts";

/** Points kept of one forecast; about as many as a wide screen has pixels. */
const MAX_POINTS = 1500;

/** What a policy puts in the evidence of a decision that rests on a forecast. */
interface Told {
  readonly timeSeconds: number;
  readonly observed: number;
  readonly horizonSeconds: number;
  readonly forecast: number;
  readonly interval: readonly [low: number, high: number];
  readonly due: Due | undefined;
}

/** The forecast that was made for this moment one horizon ago. */
interface Due {
  readonly forecast: number;
  readonly interval: readonly [low: number, high: number];
  /** The value of that time. */
  readonly last: number;
  /** The model did not know all that it wants to know. */
  readonly learning: boolean;
}

/**
 * Every forecast that decisions rested on, by deployment and member, with its errors over the whole run. Any policy that puts the same
 * keys in its evidence is told of as the library's own.
 */
export function forecastsOf(decisions: readonly DecisionRecord[]): readonly ForecastResult[] {
  const groups = new Map<string, DecisionRecord[]>();
  for (const decision of decisions) {
    const { evidence } = decision;
    if (numberOf(evidence["forecastPerSecond"]) === undefined) continue;
    const key = JSON.stringify([decision.deployment, evidence["member"] ?? null]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [decision]);
    else group.push(decision);
  }
  return [...groups.values()].flatMap((group) => {
    const told = group.flatMap((decision) => toldBy(decision) ?? []);
    const [first] = group;
    if (first === undefined || told.length === 0) return [];
    const quantile = numberOf(first.evidence["intervalQuantile"]) ?? null;
    return [
      {
        deployment: first.deployment,
        member: textOf(first.evidence["member"]),
        model: textOf(first.evidence["model"]),
        seasonSeconds: numberOf(group.at(-1)?.evidence["seasonSeconds"]) ?? null,
        intervalQuantile: quantile,
        horizonSecondsMean: told.reduce((sum, { horizonSeconds }) => sum + horizonSeconds, 0) / told.length,
        errors: errorsOf(told, quantile),
        points: thinned(told),
      },
    ];
  });
}

/** At most {@link MAX_POINTS} of the decisions, at even distances. */
function thinned(told: readonly Told[]): readonly ForecastPoint[] {
  const stride = Math.ceil(told.length / MAX_POINTS);
  return told
    .filter((_, index) => index % stride === 0)
    .map(({ timeSeconds, observed, horizonSeconds, forecast, interval }) => [timeSeconds, observed, horizonSeconds, forecast, ...interval]);
}

function errorsOf(all: readonly Told[], quantile: number | null): ForecastErrors {
  const sums = { count: 0, shares: 0, absolute: 0, observed: 0, signed: 0, lastValue: 0, pinball: 0, within: 0, nonZero: 0 };
  const compared = all.filter(({ due }) => due !== undefined);
  const learned = compared.filter(({ due }) => due?.learning === false);
  for (const { observed, due } of learned.length > 0 ? learned : compared) {
    if (due === undefined) continue;
    const error = observed - due.forecast;
    const [low, high] = due.interval;
    sums.count++;
    sums.signed += error;
    sums.absolute += Math.abs(error);
    sums.observed += observed;
    sums.lastValue += Math.abs(observed - due.last);
    sums.within += low <= observed && observed <= high ? 1 : 0;
    if (quantile !== null) sums.pinball += (pinball(observed, low, 1 - quantile) + pinball(observed, high, quantile)) / 2;
    if (observed === 0) continue;
    sums.nonZero++;
    sums.shares += Math.abs(error) / observed;
  }
  const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count);
  return {
    count: sums.count,
    learning: compared.length - learned.length,
    mape: mean(sums.shares, sums.nonZero),
    wape: mean(sums.absolute, sums.observed),
    biasPerSecond: mean(sums.signed, sums.count),
    pinballLoss: quantile === null ? null : mean(sums.pinball, sums.count),
    coverage: mean(sums.within, sums.count),
    lastValueWape: mean(sums.lastValue, sums.observed),
  };
}

/** Loss of a forecast of a quantile: misses on the side that should be rare cost more. @see Koenker and Bassett, "Regression quantiles", 1978 */
function pinball(observed: number, forecast: number, share: number): number {
  return observed >= forecast ? share * (observed - forecast) : (1 - share) * (forecast - observed);
}

function toldBy({ timeSeconds, evidence }: DecisionRecord): Told | undefined {
  const observed = numberOf(evidence["observedPerSecond"]);
  const forecast = numberOf(evidence["forecastPerSecond"]);
  const horizonSeconds = numberOf(evidence["horizonSeconds"]);
  if (observed === undefined || forecast === undefined || horizonSeconds === undefined) return undefined;
  const interval = pairOf(evidence["intervalPerSecond"]) ?? [forecast, forecast];
  return { timeSeconds, observed, horizonSeconds, forecast, interval, due: dueOf(evidence) };
}

function dueOf(evidence: DecisionRecord["evidence"]): Due | undefined {
  const forecast = numberOf(evidence["forecastForNowPerSecond"]);
  const last = numberOf(evidence["lastValueForNowPerSecond"]);
  if (forecast === undefined || last === undefined) return undefined;
  const interval = pairOf(evidence["intervalForNowPerSecond"]) ?? [forecast, forecast];
  return { forecast, last, interval, learning: evidence["forecastForNowLearning"] === true };
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function pairOf(value: Json | undefined): readonly [number, number] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [low, high] = value;
  return typeof low === "number" && typeof high === "number" ? [low, high] : undefined;
}
