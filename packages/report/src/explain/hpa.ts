import { formatNumber, formatSeconds } from "../format.ts";
import { type Fields, fieldsIn, listIn, numberIn, type Told, textIn, writtenSeconds } from "./fields.ts";
import { metricBrief, metricSentences, shortName } from "./hpa-metric.ts";

const count = (value: number | undefined): string => formatNumber(value ?? null);

/** True when a decision's evidence is that of an HPA's sync, KEDA's included. */
export function isHpaSync(evidence: Fields): boolean {
  return Array.isArray(evidence["conditions"]) && Array.isArray(evidence["metrics"]);
}

/** One sync of an HPA: metrics, the largest proposal, stabilisation, limits. */
export function hpaSentences(told: Told): readonly string[] {
  const { evidence } = told.decision;
  const metrics = listIn(evidence, "metrics");
  return [
    ...formulaInputs(evidence),
    ...metrics.flatMap((metric) => metricSentences(metric, evidence, told)),
    ...withoutMetrics(evidence, metrics),
    ...choice(evidence, metrics),
    ...held(evidence),
    ...calm(evidence),
    ...limits(evidence),
  ];
}

/** The same in a few words, for one line. */
export function hpaBrief({ decision }: Told): string {
  const { evidence, reason } = decision;
  const metrics = listIn(evidence, "metrics");
  if (/^Failed/.test(reason)) {
    const failed = metrics.find((metric) => metric["error"] !== undefined);
    return `${shortName(textIn(failed ?? {}, "metric") ?? "a metric")} failed: ${textIn(failed ?? {}, "error") ?? textIn(evidence, "failure") ?? "no value"}`;
  }
  const [alone] = withoutMetrics(evidence, metrics);
  if (alone !== undefined) return alone.replace(/\.$/, "");
  const decisive = decisiveMetric(evidence, metrics);
  const parts = decisive === undefined ? [] : [metricBrief(decisive, evidence)];
  return [...parts, ...[...held(evidence), ...limits(evidence)].map((sentence) => sentence.replace(/\.$/, ""))].join("; ");
}

function decisiveMetric(evidence: Fields, metrics: readonly Fields[]): Fields | undefined {
  const name = textIn(evidence, "decisiveMetric");
  const recommendation = numberIn(evidence, "recommendation");
  const named = metrics.filter((metric) => metric["metric"] === name);
  return named.find((metric) => numberIn(metric, "proposal") === recommendation) ?? named[0];
}

/** Triggers that a KEDA formula reads stand in no metric of the HPA: told first. */
function formulaInputs(evidence: Fields): readonly string[] {
  const triggers = listIn(evidence, "triggers");
  if (!triggers.some((trigger) => trigger["formula"] !== undefined)) return [];
  return triggers
    .filter((trigger) => trigger["formula"] === undefined)
    .map((trigger) => {
      const name = textIn(trigger, "metric") ?? "trigger";
      const error = textIn(trigger, "error");
      const age = numberIn(trigger, "ageSeconds");
      return error === undefined
        ? `${name}: ${count(numberIn(trigger, "value"))}${age === undefined ? "" : `, ${formatSeconds(age)} old`}.`
        : `${name} failed: ${error}.`;
    });
}

/** A count outside its bounds is set right, and an HPA at zero is off, without a look at metrics. */
function withoutMetrics(evidence: Fields, metrics: readonly Fields[]): readonly string[] {
  if (metrics.length > 0 || evidence["recommendation"] !== undefined || evidence["failure"] !== undefined) return [];
  const [current, least, most] = ["currentReplicas", "minReplicas", "maxReplicas"].map((key) => numberIn(evidence, key));
  if (current === 0) return ["At 0 replicas the HPA is off."];
  if ((current ?? 0) > (most ?? Number.POSITIVE_INFINITY))
    return [`${count(current)} are above maxReplicas ${count(most)}: metrics are not looked at.`];
  if ((current ?? 0) < (least ?? 0)) return [`${count(current)} are below minReplicas ${count(least)}: metrics are not looked at.`];
  return [];
}

function choice(evidence: Fields, metrics: readonly Fields[]): readonly string[] {
  const failed = metrics.filter((metric) => metric["error"] !== undefined).length;
  const recommendation = numberIn(evidence, "recommendation");
  if (recommendation === undefined) {
    if (evidence["failure"] === undefined) return [];
    if (failed === metrics.length) return ["Without a value nothing is changed."];
    return ["A metric that fails might have asked for more, so the HPA does not scale down on the others."];
  }
  if (metrics.length < 2) return [];
  const chosen = `The largest proposal counts: ${count(recommendation)}, of ${shortName(textIn(evidence, "decisiveMetric") ?? "a metric")}.`;
  return failed === 0 ? [chosen] : [chosen, "A metric that fails does not keep the HPA from scaling up."];
}

/** The remembered recommendation that keeps a step from being taken. */
function held(evidence: Fields): readonly string[] {
  const by = fieldsIn(evidence, "heldBy");
  if (by === undefined) return [];
  const [recommendation, stabilized] = ["recommendation", "stabilizedReplicas"].map((key) => numberIn(evidence, key));
  const ago = formatSeconds(numberIn(by, "ageSeconds") ?? null);
  const was = `${count(numberIn(by, "replicas"))} were recommended ${ago} ago, within ${windowText(evidence)}`;
  const isUp = evidence["stabilization"] === "ScaleUpStabilized";
  // Without `behavior` a recommendation above the current count gives way to a higher one, too: nothing is being scaled down.
  if (!isUp && (recommendation ?? 0) >= (numberIn(evidence, "currentReplicas") ?? Number.POSITIVE_INFINITY))
    return [`${was}, so ${count(stabilized)} count instead of ${count(recommendation)}.`];
  return isUp
    ? [`Scaling up to ${count(recommendation)} waits: only ${was}, so ${count(stabilized)} remain the most.`]
    : [`${lower(evidence, recommendation)} waits: ${was}, so ${count(stabilized)} remain the least.`];
}

/** A recommendation below the least that is allowed is not where scaling down would have ended. */
function lower(evidence: Fields, recommendation: number | undefined): string {
  const least = numberIn(evidence, "minReplicas");
  if (least === undefined || recommendation === undefined || recommendation >= least) return `Scaling down to ${count(recommendation)}`;
  return `Scaling down to minReplicas, ${count(least)} (${count(recommendation)} recommended),`;
}

/** What lets a step down pass. */
function calm(evidence: Fields): readonly string[] {
  const [current, recommendation] = ["currentReplicas", "recommendation"].map((key) => numberIn(evidence, key));
  if (fieldsIn(evidence, "heldBy") !== undefined || current === undefined || recommendation === undefined || recommendation >= current)
    return [];
  return numberIn(evidence, "stabilizationWindowSeconds") === 0 ? [] : [`No higher recommendation lies within ${windowText(evidence)}.`];
}

function windowText(evidence: Fields): string {
  return `the stabilisation window of ${writtenSeconds(numberIn(evidence, "stabilizationWindowSeconds"))}`;
}

function limits(evidence: Fields): readonly string[] {
  const allowed = count(numberIn(evidence, "policyLimit"));
  switch (evidence["limited"] === true ? evidence["limit"] : undefined) {
    case "ScaleUpLimit":
      return [`The scaling policies allow at most ${allowed} at this moment.`];
    case "ScaleDownLimit":
      return [`The scaling policies allow no fewer than ${allowed} at this moment.`];
    case "TooManyReplicas":
      return [`maxReplicas is ${count(numberIn(evidence, "maxReplicas"))}.`];
    case "TooFewReplicas":
      return [`minReplicas is ${count(numberIn(evidence, "minReplicas"))}.`];
    default:
      return [];
  }
}
