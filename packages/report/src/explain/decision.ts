import type { DecisionRecord, RunResult } from "@replicast/sim-core";
import { evidenceText } from "../evidence.ts";
import { formatCount, formatNumber } from "../format.ts";
import { fieldControllerText } from "./field-controllers.ts";
import type { Told } from "./fields.ts";
import { hpaBrief, hpaSentences, isHpaSync } from "./hpa.ts";
import { isKedaPoll, kedaBrief, kedaSentences } from "./keda.ts";
import { aroundSentences, forecastBrief, forecastSentences, isForecast, isSchedule, scheduleSentences } from "./planned.ts";

/** A decision in words. Plain text: whoever puts it on a page escapes it. */
export interface DecisionText {
  /** Why, in one line, without the counts. */
  readonly because: string;
  /** From what was measured to what was decided, in the order in which the controller does it. */
  readonly sentences: readonly string[];
}

/** What a run says of the sources of its metrics. */
export type SourceOf = (deployment: string, metric: string) => string | undefined;

/** Explains one decision from its record; what no renderer knows is told as names and values. */
export function explainDecision(decision: DecisionRecord, sourceOf: SourceOf = () => undefined): DecisionText {
  const told: Told = { decision, sourceOf: (metric) => sourceOf(decision.deployment, metric) };
  const { evidence } = decision;
  const end = [...aroundSentences(told), outcome(decision)];
  if (isKedaPoll(evidence)) return { because: kedaBrief(told), sentences: [...kedaSentences(told), ...end] };
  if (isHpaSync(evidence)) return { because: hpaBrief(told), sentences: [...hpaSentences(told), ...end] };
  if (isForecast(evidence)) return { because: forecastBrief(told), sentences: [...forecastSentences(told), ...end] };
  if (isSchedule(evidence)) {
    const sentences = scheduleSentences(told);
    return { because: sentences.join(" ").replace(/\.$/, ""), sentences: [...sentences, ...end] };
  }
  const field = fieldControllerText(told);
  if (field !== undefined) return { because: field.because, sentences: [...field.sentences, ...end] };
  const because = evidenceText(evidence);
  return { because, sentences: [...(because === "" ? [] : [`${because}.`]), ...end] };
}

/** The queries behind the metrics of a run, by the names its policies gave them. */
export function sourcesOf({ controllers }: Pick<RunResult, "controllers">): SourceOf {
  const texts = new Map<string, string>();
  for (const { deployment, metrics = [] } of controllers) {
    for (const request of metrics) {
      const text = request.kind === "promql" ? request.query : request.kind === "resource" ? request.resource : request.metric;
      texts.set(JSON.stringify([deployment, request.name]), text.replace(/\s+/g, " ").trim());
    }
  }
  return (deployment, metric) => texts.get(JSON.stringify([deployment, metric]));
}

function outcome({ specReplicas, desiredReplicas, readyReplicas, reason }: DecisionRecord): string {
  const change =
    desiredReplicas === specReplicas
      ? `Stays at ${formatNumber(specReplicas)}`
      : `${formatNumber(specReplicas)} → ${formatNumber(desiredReplicas)}`;
  return `${change} (${reason}); ${formatCount(readyReplicas, "replica")} ready at that moment.`;
}
