import { formatClock, type WallClock } from "../clock.ts";
import { formatCount, formatNumber, formatSeconds } from "../format.ts";
import { padTo, plainText, wrapTo } from "../text.ts";
import type { ExplainedDecision, Explanation } from "./explanation.ts";

/** Narrower would break every sentence, wider is hard to read. */
const MIN_WIDTH = 60;

/** Explanations as prose, line by line: the moment where one was asked for, the story otherwise. */
export function renderExplanations(explanations: readonly Explanation[], clock: WallClock, options: { readonly width: number }): string {
  const width = Math.max(MIN_WIDTH, options.width);
  const texts = explanations.map((explanation) =>
    (explanation.moment === undefined ? storyLines(explanation, width) : momentLines(explanation, explanation.moment, clock, width)).join(
      "\n",
    ),
  );
  return `${texts.join("\n\n")}\n`;
}

function storyLines({ policy, deployment, kind, replicasAtStart, queries, story }: Explanation, width: number): readonly string[] {
  const changes = story.filter(({ specReplicas, desiredReplicas }) => specReplicas !== desiredReplicas).length;
  const title = `${policy}: ${deployment} begins with ${formatCount(replicasAtStart, "replica")}; ${kind === null ? "nothing scales it" : `${kind} changes that ${formatCount(changes, "time")}`}.`;
  const cells = story.map((each) => ({ when: whenOf(each), what: whatOf(each), why: `${each.reason}: ${each.because}` }));
  const [whenWidth, whatWidth] = [
    Math.max(0, ...cells.map(({ when }) => when.length)),
    Math.max(0, ...cells.map(({ what }) => what.length)),
  ];
  return [
    plainText(title),
    ...queries.flatMap(({ metric, query }) => hanging("  ", plainText(`${metric} is ${query}`), width)),
    ...cells.flatMap(({ when, what, why }) => {
      const lead = `  ${padTo(when, whenWidth, "left")}  ${padTo(what, whatWidth, "left")}  `;
      return hanging(lead, plainText(why), width);
    }),
  ];
}

function whenOf({ clock, untilClock, repeats }: ExplainedDecision): string {
  return repeats > 1 ? `${clock} to ${untilClock}` : clock;
}

function whatOf({ specReplicas, desiredReplicas }: ExplainedDecision): string {
  return specReplicas === desiredReplicas ? `stays at ${specReplicas}` : `${specReplicas} → ${desiredReplicas}`;
}

function momentLines(
  { policy, deployment, story }: Explanation,
  moment: NonNullable<Explanation["moment"]>,
  clock: WallClock,
  width: number,
): readonly string[] {
  const { desired, existing, ready, required, fromSeconds, decisions, pods } = moment;
  const time = (seconds: number): string => formatClock(seconds, clock);
  const state = `${policy}, ${deployment} at ${moment.clock}: ${formatNumber(desired)} asked for, ${formatNumber(existing)} exist, ${formatNumber(ready)} ready; the load needed ${formatNumber(required)}.`;
  const changed = story.filter(({ specReplicas, desiredReplicas }) => specReplicas !== desiredReplicas);
  const before = changed.findLast(({ timeSeconds }) => timeSeconds < fromSeconds);
  const after = changed.find(({ timeSeconds }) => timeSeconds >= moment.untilSeconds && timeSeconds > fromSeconds);
  return [
    ...hanging("", plainText(state), width),
    ...pods.flatMap(({ name, stage, stageSinceSeconds, createdSeconds }) =>
      hanging(
        "  ",
        plainText(`${name}: ${stage} for ${formatSeconds(fromSeconds - stageSinceSeconds)}, created at ${time(createdSeconds)}.`),
        width,
      ),
    ),
    ...decisions.flatMap((each) => ["", ...decisionLines(each, width)]),
    ...(decisions.length === 0 ? ["", "Nothing had been decided by then."] : []),
    "",
    ...hanging("", neighbour("Last change before", before, fromSeconds), width),
    ...hanging("", neighbour("Next change", after, fromSeconds), width),
  ];
}

function decisionLines(each: ExplainedDecision, width: number): readonly string[] {
  const times = each.repeats > 1 ? `, and ${formatCount(each.repeats - 1, "time")} the same until ${each.untilClock}` : "";
  return [
    plainText(`${each.clock}, ${each.timer}${times}:`),
    ...each.sentences.flatMap((sentence) => hanging("  - ", plainText(sentence), width)),
  ];
}

function neighbour(title: string, change: ExplainedDecision | undefined, atSeconds: number): string {
  if (change === undefined) return `${title}: none.`;
  const { clock, specReplicas, desiredReplicas, reason, because, timeSeconds } = change;
  const away = formatSeconds(Math.abs(atSeconds - timeSeconds));
  const when = timeSeconds < atSeconds ? `${away} earlier` : `${away} later`;
  return plainText(`${title}: ${clock} (${when}), ${specReplicas} → ${desiredReplicas}, ${reason}: ${because}.`);
}

/** Wraps a text behind a lead; further lines are indented by it. */
function hanging(lead: string, text: string, width: number): readonly string[] {
  const indent = " ".repeat(lead.length);
  return wrapTo(text, Math.max(MIN_WIDTH / 2, width - lead.length)).map((line, index) => `${index === 0 ? lead : indent}${line}`);
}
