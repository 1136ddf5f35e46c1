import { formatCount, formatLimitShare, formatNumber, formatSeconds } from "../format.ts";
import { type Fields, fieldsIn, listIn, numberIn, type Told, textIn } from "./fields.ts";

/** Two or three digits after the point would hide on which side of the tolerance a ratio lies. */
const RATIO_DIGITS = 3;

/** What a metric of an HPA was, how old, against what, and how that led to its proposal: one sentence, or two. */
export function metricSentences(metric: Fields, evidence: Fields, told: Told): readonly string[] {
  const name = textIn(metric, "metric") ?? "metric";
  const trigger = triggerOf(metric, evidence);
  const title = `${name}${sourceText(name, trigger, told)}`;
  const error = textIn(metric, "error");
  if (error !== undefined) return [`${title} failed: ${trigger === undefined ? error : failureText(error, trigger)}.`];
  const reading = `${title}: ${valueText(metric)}${ageText(metric, trigger)}${standInText(trigger)}`;
  const ratio = numberIn(metric, "ratio");
  const pods = fieldsIn(metric, "pods");
  const filled = numberIn(metric, "filledRatio");
  if (filled === undefined || ratio === undefined || pods === undefined) {
    return [`${reading}${ratioText(ratio)}; ${verdict(metric, evidence, ratio)}.`];
  }
  return [
    `${reading}${ratioText(ratio)}.`,
    `${fillText(metric, pods, ratio)}: ratio ${ratioOf(filled)}; ${verdict(metric, evidence, filled)}.`,
  ];
}

/** The metric in a few words, for a line of a story: "vllm:num_requests_running 22.3 against 20 asks for 6". */
export function metricBrief(metric: Fields, evidence: Fields): string {
  const name = shortName(textIn(metric, "metric") ?? "metric");
  const proposal = numberIn(metric, "proposal");
  const percent = isUtilization(metric) ? " %" : "";
  const each = isAverage(metric) ? " each" : "";
  const target = numberIn(metric, "target");
  const value = numberIn(metric, "value") ?? numberIn(metric, "total");
  const against = target === undefined ? "" : ` against ${formatNumber(target)}${percent}${each}`;
  const standIn = isStandIn(triggerOf(metric, evidence)) ? " (the fallback's value)" : "";
  return `${name} ${value === undefined ? "absent" : formatNumber(value)}${percent}${standIn}${against}${proposal === undefined ? "" : ` asks for ${formatNumber(proposal)}`}`;
}

/** The KEDA trigger behind an external metric; undefined for other metrics. */
function triggerOf(metric: Fields, evidence: Fields): Fields | undefined {
  const name = shortName(textIn(metric, "metric") ?? "");
  return listIn(evidence, "triggers").find((trigger) => trigger["metric"] === name);
}

/** How a controller's words name the kind of a metric is said once, in the full sentence. */
export function shortName(name: string): string {
  return name.replace(/^(pods|external) metric /, "");
}

function sourceText(name: string, trigger: Fields | undefined, told: Told): string {
  const source = (trigger === undefined ? undefined : textIn(trigger, "formula")) ?? told.sourceOf(shortName(name));
  return source === undefined || source === shortName(name) ? "" : ` (${source})`;
}

function isUtilization(metric: Fields): boolean {
  return metric["targetType"] === "Utilization";
}

function isAverage(metric: Fields): boolean {
  return metric["targetType"] === "AverageValue";
}

function valueText(metric: Fields): string {
  const [value, total, samples] = ["value", "total", "samples"].map((key) => numberIn(metric, key));
  const target = formatNumber(numberIn(metric, "target") ?? null);
  if (isUtilization(metric))
    return `${formatNumber(value ?? null)} % of the request on average${spread(metric, samples)} against ${target} %`;
  if (samples !== undefined) return `${formatNumber(value ?? null)} on average${spread(metric, samples)} against ${target} each`;
  if (!isAverage(metric)) return `${formatNumber(value ?? total ?? null)} against ${target}`;
  const whole = total === undefined ? "" : `${formatNumber(total)} in all, `;
  return `${whole}${value === undefined ? "with no replica to spread it over" : `${formatNumber(value)} each`} against ${target} each`;
}

function spread(metric: Fields, samples: number | undefined): string {
  const [least, most] = ["least", "most"].map((key) => numberIn(metric, key));
  if (samples === undefined) return "";
  // A utilisation's samples are in the resource's own unit.
  const range = least === undefined || most === undefined || least === most || isUtilization(metric);
  return ` over ${formatCount(samples, "pod")}${range ? "" : ` (${formatNumber(least ?? null)} to ${formatNumber(most ?? null)})`}`;
}

function ageText(metric: Fields, trigger: Fields | undefined): string {
  if (trigger?.["cached"] === true) return ", as the last poll left it";
  const age = numberIn(metric, "ageSeconds") ?? (trigger === undefined ? undefined : numberIn(trigger, "ageSeconds"));
  return age === undefined ? "" : `, ${formatSeconds(age)} old`;
}

/** True when a fallback's value has taken the place of a trigger's. */
function isStandIn(trigger: Fields | undefined): trigger is Fields {
  return trigger !== undefined && (trigger["fallbackValue"] !== undefined || trigger["fallback"] === true);
}

function standInText(trigger: Fields | undefined): string {
  if (!isStandIn(trigger)) return "";
  const error = textIn(trigger, "error");
  return ` (the fallback's value${error === undefined ? "" : `, because the trigger fails: ${error}`})`;
}

/** How often a trigger has failed in a row, where somebody counts. */
export function failureText(error: string, trigger: Fields): string {
  const failures = numberIn(trigger, "failures");
  return failures === undefined ? error : `${error} (${formatCount(failures, "failure")} in a row)`;
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? "" : `, ratio ${ratioOf(ratio)}`;
}

function ratioOf(ratio: number): string {
  return String(Number(ratio.toFixed(RATIO_DIGITS)));
}

/** @see the HPA's rules for pods without a usable sample: policies/src/hpa/pod-metrics.ts */
function fillText(metric: Fields, pods: Fields, ratio: number): string {
  const [unready = 0, missing = 0] = ["unready", "missing"].map((key) => numberIn(pods, key));
  const parts: string[] = [];
  if (unready > 0 && ratio > 1) parts.push(`${formatCount(unready, "pod")} not ready ${counts(unready)} as idle`);
  if (missing > 0 && ratio > 1) parts.push(`${formatCount(missing, "pod")} without a sample ${counts(missing)} as idle`);
  if (missing > 0 && ratio < 1) {
    const as = isUtilization(metric) ? "using all of the request" : "at the target";
    parts.push(`${formatCount(missing, "pod")} without a sample ${counts(missing)} as ${as}`);
  }
  return parts.length === 0 ? "With all pods counted" : parts.join(", ");
}

const counts = (pods: number): string => (pods === 1 ? "counts" : "count");

/** Why the ratio leads to the proposal. */
function verdict(metric: Fields, evidence: Fields, judged: number | undefined): string {
  const proposal = numberIn(metric, "proposal") ?? 0;
  const current = numberIn(evidence, "currentReplicas");
  const tolerance = fieldsIn(evidence, "tolerance") ?? {};
  const [up = 0, down = 0] = ["up", "down"].map((key) => numberIn(tolerance, key));
  const asks = `asks for ${formatNumber(proposal)}`;
  if (judged === undefined) return asks;
  if (1 - down <= judged && judged <= 1 + up) {
    return `within the tolerance of ${formatLimitShare(judged < 1 ? down : up)}, so it asks to stay at ${formatNumber(proposal)}`;
  }
  const filled = numberIn(metric, "filledRatio") !== undefined;
  if (filled && proposal === current) return `that would turn the direction around, so it asks to stay at ${formatNumber(proposal)}`;
  return `${arithmetic(metric, judged)}${asks}`;
}

/** What is multiplied or divided, where the evidence says it. */
function arithmetic(metric: Fields, judged: number): string {
  const pods = fieldsIn(metric, "pods");
  const total = numberIn(metric, "total");
  if (total !== undefined && isAverage(metric)) {
    return `${formatNumber(total)} ÷ ${formatNumber(numberIn(metric, "target") ?? null)}, rounded up, `;
  }
  if (pods === undefined) return "";
  const [ready = 0, unready = 0, missing = 0] = ["ready", "unready", "missing"].map((key) => numberIn(pods, key));
  if (numberIn(metric, "filledRatio") === undefined) return `times ${formatCount(ready, "ready pod")}, rounded up, `;
  // Unready pods are filled in when the ratio is above 1 only.
  const counted = ready + missing + ((numberIn(metric, "ratio") ?? judged) > 1 ? unready : 0);
  return `times ${formatCount(counted, "pod")}, rounded up, `;
}
