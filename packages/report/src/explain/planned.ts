import { formatNumber, formatSeconds } from "../format.ts";
import { type Fields, listIn, numberIn, type Told, textIn, writtenSeconds } from "./fields.ts";

const BASES: Readonly<Record<string, string>> = {
  SeasonForecast: "level, trend and season",
  TrendForecast: "level and trend, without a season",
  LevelForecast: "the level alone",
  LastSeason: "the same time one season ago",
  LastValue: "the last value",
  LineForecast: "a line through the last samples",
  AutoregressionForecast: "the samples before, each with its weight",
  KalmanForecast: "level and slope, filtered",
  RecentQuantile: "a quantile of the last samples",
};

const HORIZONS: Readonly<Record<string, string>> = {
  measured: "what starts have taken here",
  expected: "what a start is expected to take",
};

const BOUNDS: Readonly<Record<string, string>> = {
  maxReplicas: "maxReplicas is the most.",
  minReplicas: "minReplicas is the least.",
  scaleDownDelay: "A larger wish within the scale-down delay still holds.",
};

const DATES: Readonly<Record<string, string>> = { default: "outside all windows", date: "by a rule for that date" };

/** True when a decision rests on a forecast of the load. */
export function isForecast(evidence: Fields): boolean {
  return evidence["forecastPerSecond"] !== undefined && evidence["perReplicaPerSecond"] !== undefined;
}

/** True when a decision follows a calendar. */
export function isSchedule(evidence: Fields): boolean {
  return evidence["calendarReplicas"] !== undefined;
}

/** What was observed, what is expected of it, and how many replicas carry that. */
export function forecastSentences({ decision }: Told): readonly string[] {
  const { evidence } = decision;
  const reason = ownReason(decision);
  const rate = (key: string): string => `${formatNumber(numberIn(evidence, key) ?? null)}/s`;
  const age = numberIn(evidence, "ageSeconds");
  const interval = evidence["intervalPerSecond"];
  const range = Array.isArray(interval) ? ` (${interval.map((value) => formatNumber(Number(value))).join(" to ")})` : "";
  const peak = numberIn(evidence, "peakPerSecond") ?? 0;
  const load = peak + (numberIn(evidence, "headroomPerSecond") ?? 0);
  const missing = textIn(evidence, "missing");
  const bound = BOUNDS[textIn(evidence, "boundBy") ?? ""];
  const horizon = HORIZONS[textIn(evidence, "horizonFrom") ?? ""];
  return [
    `Observed: ${rate("observedPerSecond")}${age === undefined ? "" : `, ${formatSeconds(age)} old`}.`,
    `From ${BASES[reason] ?? reason}, ${rate("forecastPerSecond")}${range} in ${formatSeconds(numberIn(evidence, "horizonSeconds") ?? null)}${horizon === undefined ? "" : `, ${horizon}`}; the most until then is ${rate("peakPerSecond")}.`,
    ...(due(evidence) === undefined ? [] : [due(evidence) as string]),
    ...(missing === undefined
      ? []
      : [
          `The ${missing} is not known yet: ${formatNumber(numberIn(evidence, "has") ?? null)} of ${formatNumber(numberIn(evidence, "needs") ?? null)} samples.`,
        ]),
    `With headroom that is ${formatNumber(load)}/s, at ${rate("perReplicaPerSecond")} for each replica.`,
    ...(bound === undefined ? [] : [bound]),
  ];
}

/** The forecast in a few words. */
export function forecastBrief({ decision }: Told): string {
  const { evidence } = decision;
  const load = (numberIn(evidence, "peakPerSecond") ?? 0) + (numberIn(evidence, "headroomPerSecond") ?? 0);
  const expected = `${formatNumber(load)}/s expected within ${formatSeconds(numberIn(evidence, "horizonSeconds") ?? null)}, headroom included, at ${formatNumber(numberIn(evidence, "perReplicaPerSecond") ?? null)}/s a replica`;
  const bound = BOUNDS[textIn(evidence, "boundBy") ?? ""];
  return bound === undefined ? expected : `${expected}; ${bound.replace(/\.$/, "")}`;
}

/** What the calendar says now, and what falls due within the lead. */
export function scheduleSentences({ decision }: Told): readonly string[] {
  const { evidence } = decision;
  const now = `At ${textIn(evidence, "localTime") ?? "this time"} the calendar says ${formatNumber(numberIn(evidence, "calendarReplicas") ?? null)}`;
  const because = textIn(evidence, "because") ?? "";
  const rule = DATES[because] ?? `by the window ${because}`;
  const due = numberIn(evidence, "dueInSeconds");
  if (due === undefined) return [`${now}, ${rule}.`];
  const lead = writtenSeconds(numberIn(evidence, "leadSeconds"));
  return [`${now}.`, `In ${formatSeconds(due)} it will say ${formatNumber(ownReplicas(decision))}, ${rule}, and the lead is ${lead}.`];
}

/** What a policy that stands within or under another one makes of the whole: a floor, or the largest of several wishes. */
export function aroundSentences({ decision: { evidence } }: Pick<Told, "decision">): readonly string[] {
  const wishes = listIn(evidence, "wishes");
  const winner = textIn(evidence, "winner");
  const floor = numberIn(evidence, "floorReplicas");
  const written = numberIn(evidence, "manifestMinReplicas");
  const sentences: string[] = [];
  if (winner !== undefined && wishes.length > 0) {
    const asked = wishes.map((wish) => `${textIn(wish, "name") ?? "one"} ${formatNumber(numberIn(wish, "replicas") ?? null)}`);
    sentences.push(`Of ${asked.join(", ")} the largest counts: ${winner}.`);
  }
  if (floor !== undefined)
    sentences.push(`The floor raises the minimum to ${formatNumber(floor)}; the manifest says ${formatNumber(written ?? null)}.`);
  return sentences;
}

/** The reason of the policy that decided, whatever stands around it. */
function ownReason({ evidence, reason }: Told["decision"]): string {
  return textIn(evidence, "floorReason") ?? textIn(evidence, "memberReason") ?? reason;
}

/** What the policy that decided asked for, whatever became of it. */
function ownReplicas({ evidence, desiredReplicas }: Told["decision"]): number {
  const member = textIn(evidence, "member");
  const wish = listIn(evidence, "wishes").find((one) => textIn(one, "name") === member);
  return numberIn(evidence, "floorWanted") ?? (wish === undefined ? undefined : numberIn(wish, "replicas")) ?? desiredReplicas;
}

/** How far off the forecast for this moment was. */
function due(evidence: Fields): string | undefined {
  const forecast = numberIn(evidence, "forecastForNowPerSecond");
  const error = numberIn(evidence, "errorPerSecond");
  if (forecast === undefined || error === undefined) return undefined;
  const off = error === 0 ? "as it came" : `${formatNumber(Math.abs(error))}/s too ${error > 0 ? "low" : "high"}`;
  return `For now ${formatNumber(forecast)}/s had been expected: ${off}.`;
}
