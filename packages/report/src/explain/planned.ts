import { formatNumber, formatSeconds } from "../format.ts";
import { type Fields, numberIn, type Told, textIn, writtenSeconds } from "./fields.ts";

const BASES: Readonly<Record<string, string>> = {
  SeasonForecast: "level, trend and season",
  TrendForecast: "level and trend, without a season",
  LevelForecast: "the level alone",
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
  const { evidence, reason } = decision;
  const rate = (key: string): string => `${formatNumber(numberIn(evidence, key) ?? null)}/s`;
  const age = numberIn(evidence, "ageSeconds");
  const interval = evidence["intervalPerSecond"];
  const range = Array.isArray(interval) ? ` (${interval.map((value) => formatNumber(Number(value))).join(" to ")})` : "";
  const peak = numberIn(evidence, "peakPerSecond") ?? 0;
  const load = peak + (numberIn(evidence, "headroomPerSecond") ?? 0);
  const missing = textIn(evidence, "missing");
  const bound = BOUNDS[textIn(evidence, "boundBy") ?? ""];
  return [
    `Observed: ${rate("observedPerSecond")}${age === undefined ? "" : `, ${formatSeconds(age)} old`}.`,
    `From ${BASES[reason] ?? reason}, ${rate("forecastPerSecond")}${range} in ${formatSeconds(numberIn(evidence, "horizonSeconds") ?? null)}; the most until then is ${rate("peakPerSecond")}.`,
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
  return [`${now}.`, `In ${formatSeconds(due)} it will say ${formatNumber(decision.desiredReplicas)}, ${rule}, and the lead is ${lead}.`];
}
