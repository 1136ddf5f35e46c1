import type { ComparisonResult, PolicyRegret } from "@replicast/sim-core";
import { foresightChart } from "../../charts/foresight.ts";
import { CAUSE_MEANINGS, CAUSE_NAMES, foresightSentences, money, rankedRegrets, signed, signedNumber } from "../../foresight.ts";
import { NO_VALUE } from "../../format.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** How far every policy is from knowing the traffic, and why. Undefined where nobody asked. */
export function foresightSection(result: ComparisonResult, figures: Figures): Html | undefined {
  const { foresight } = result;
  if (foresight === undefined) return undefined;
  const [first, ...rest] = foresightSentences(foresight);
  const regrets = rankedRegrets(result);
  return html`<section id="foresight" aria-labelledby="foresight-title">
<h2 id="foresight-title">The distance to perfect foresight</h2>
<p><strong>${first ?? ""}</strong></p>
${rest.map((text) => html`<p>${text}</p>`)}
<div class="charts">
${figures.add({ title: "What each policy pays for", note: "From the lower bound up. What saved money hangs to the left of zero.", spec: foresightChart(result, ON_PAGE) })}
</div>
${table(regrets, columns(result, regrets), { caption: "Regret against the best schedule that knows the traffic: dollars per month, violation minutes below", className: "rank" })}
${ladderNote(regrets)}
</section>
`;
}

function columns(result: ComparisonResult, regrets: readonly PolicyRegret[]): readonly Column<PolicyRegret>[] {
  const clairvoyant = result.foresight?.clairvoyant.monthlyMicroUsd ?? 0;
  const rungs = regrets[0]?.rungs ?? [];
  return [
    { heading: "Policy", cell: (regret) => regret.policy },
    { heading: "Bill", numeric: true, cell: (regret) => money(clairvoyant + regret.monthlyMicroUsd) },
    {
      heading: "Regret",
      numeric: true,
      cell: (regret) => html`<strong>${signed(regret.monthlyMicroUsd)}</strong><small>${signedNumber(regret.violationMinutes)} min</small>`,
    },
    ...rungs.map(
      ({ cause }, index): Column<PolicyRegret> => ({
        heading: CAUSE_NAMES[cause],
        numeric: true,
        cell: (regret) => {
          const rung = regret.rungs?.[index];
          if (rung === undefined || rung.isAbsent) return NO_VALUE;
          return html`${signed(rung.monthlyMicroUsd)}<small>${signedNumber(rung.violationMinutes)} min</small>`;
        },
      }),
    ),
  ];
}

function ladderNote(regrets: readonly PolicyRegret[]): Html | undefined {
  const rungs = regrets[0]?.rungs;
  if (rungs === undefined || rungs === null) return undefined;
  return html`<p>Causes are taken away one after the other, each from what is left, on the same traffic and luck; what that saved is what the cause had cost. Below zero: it did good.</p>
<dl class="facts plain">${rungs.map(({ cause }) => html`<div><dt>${CAUSE_NAMES[cause]}</dt><dd>${CAUSE_MEANINGS[cause]}</dd></div>`)}</dl>`;
}
