import { compile, type TopLevelSpec } from "vega-lite";
import type { ChartOptions, ChartSpec } from "../charts/spec.ts";
import { PAGE_THEME } from "../charts/theme.ts";
import { type Html, html, scriptJson } from "./markup.ts";

/** How charts are drawn on the page. */
export const ON_PAGE: ChartOptions = { theme: PAGE_THEME, width: "container" };

/** Gathers the page's charts: gives each an id, and keeps what the page script will draw. */
export interface Figures {
  /** A figure with its caption; the chart itself is drawn into it by the page script. */
  add(figure: { readonly title: string; readonly note?: string; readonly wide?: boolean; readonly spec: ChartSpec }): Html;
}

/** Figures numbered from 1 within one page. */
export function createFigures(): Figures {
  let count = 0;
  return {
    add({ title, note, wide, spec }) {
      const id = `chart-${++count}`;
      return html`<figure class="${wide === true ? "wide" : "half"}" aria-labelledby="${id}-title">
<figcaption><h3 id="${id}-title">${title}</h3>${note}</figcaption>
<div class="chart" data-spec="${id}"></div>
<script type="application/json" id="${id}">${scriptJson(compileChart(spec))}</script>
</figure>
`;
    },
  };
}

/** Vega-Lite to Vega, so that the page needs only the smaller runtime. */
function compileChart(spec: ChartSpec): unknown {
  const quiet = { level: () => quiet, error: () => quiet, warn: () => quiet, info: () => quiet, debug: () => quiet };
  // Ours are plain JSON; the compiler's own type is a union too large to build them against.
  return compile(spec as unknown as TopLevelSpec, { logger: quiet as never }).spec;
}
