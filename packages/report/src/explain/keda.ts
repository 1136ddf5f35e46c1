import { formatNumber, formatSeconds } from "../format.ts";
import { type Fields, fieldsIn, listIn, numberIn, type Told, textIn, writtenSeconds } from "./fields.ts";
import { failureText } from "./hpa-metric.ts";

/** True when a decision is one of KEDA's own loop, between zero and the minimum. */
export function isKedaPoll(evidence: Fields): boolean {
  return evidence["controller"] === "keda-operator";
}

/** One check of KEDA's own loop: each trigger's activity, the fallback, and what follows. */
export function kedaSentences(told: Told): readonly string[] {
  const { evidence } = told.decision;
  return [
    ...listIn(evidence, "triggers").map((trigger) => triggerSentence(trigger, told)),
    ...fallbackSentences(evidence),
    capitalised(`${kedaBrief(told)}.`),
  ];
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the loop did and why, without the triggers' values. */
export function kedaBrief({ decision }: Told): string {
  const { evidence, reason, specReplicas, desiredReplicas } = decision;
  const cooldown = writtenSeconds(numberIn(evidence, "cooldownPeriodSeconds"));
  const wasActive = numberIn(evidence, "lastActiveSeconds") !== undefined;
  const since = wasActive ? "no trigger is active" : "no trigger has been active yet";
  const quiet = wasActive
    ? `no trigger has been active for longer than the cooldown of ${cooldown}`
    : "no trigger has been active yet, and initialCooldownPeriod is over";
  const texts: Readonly<Record<string, string>> = {
    KEDAScaleTargetActivated: `some trigger is active at ${formatNumber(specReplicas)} replicas, so KEDA sets ${formatNumber(desiredReplicas)}; the HPA takes over from there`,
    ScalerActive: "some trigger is active, and with a replica or more the HPA decides",
    TriggerError: "a trigger fails and nothing stands in for it, so KEDA leaves the replicas as they are",
    ScalerCooldown: `${since}; ${formatSeconds(numberIn(evidence, "cooldownLeftSeconds") ?? null)} of the cooldown are left`,
    KEDAScaleTargetDeactivated: `${quiet}, so KEDA sets ${formatNumber(desiredReplicas)}`,
    MinReplicaCount: `no trigger is active, and ${formatNumber(specReplicas)} are below minReplicaCount`,
    ScalerNotActive: "no trigger is active, and there is nothing to remove",
    Paused: "the object is paused by its annotation",
    PausedScaleIn: "no trigger is active, and scaling in is paused by an annotation",
    PausedScaleOut: "some trigger is active, and scaling out is paused by an annotation",
  };
  return texts[reason] ?? reason;
}

function triggerSentence(trigger: Fields, { sourceOf }: Told): string {
  const name = textIn(trigger, "metric") ?? "trigger";
  const source = textIn(trigger, "formula") ?? sourceOf(name);
  const title = source === undefined ? name : `${name} (${source})`;
  const error = textIn(trigger, "error");
  const standIn = numberIn(trigger, "fallbackValue");
  if (error !== undefined) {
    const failed = `${title} failed: ${failureText(error, trigger)}`;
    return standIn === undefined ? `${failed}.` : `${failed}; the fallback's value ${formatNumber(standIn)} takes its place.`;
  }
  const age = numberIn(trigger, "ageSeconds");
  const value = `${formatNumber(numberIn(trigger, "value") ?? null)}${age === undefined ? "" : `, ${formatSeconds(age)} old`}`;
  const activation = numberIn(trigger, "activationThreshold");
  const active = trigger["active"] === true;
  if (activation === undefined) return `${title}: ${value}, ${active ? "active" : "not active"}.`;
  return `${title}: ${value}, ${active ? "above" : "not above"} the activation threshold of ${formatNumber(activation)}.`;
}

function fallbackSentences(evidence: Fields): readonly string[] {
  const fallback = fieldsIn(evidence, "fallback");
  const fails = listIn(evidence, "triggers").some((trigger) => trigger["error"] !== undefined);
  if (fallback === undefined || !fails) return [];
  const [threshold, replicas] = ["failureThreshold", "replicas"].map((key) => formatNumber(numberIn(fallback, key) ?? null));
  return [
    `The fallback (${textIn(fallback, "behavior")}, ${replicas} replicas) takes over after more than ${threshold} failures in a row.`,
  ];
}
