import { type Html, html, raw, scriptJson } from "./markup.ts";
import { PAGE_SCRIPT } from "./page-script.ts";
import { runtimeScripts, type VegaRuntime } from "./runtime.ts";
import { sha256Base64 } from "./sha256.ts";
import { styleSheet } from "./style.ts";

export interface Page {
  readonly title: string;
  /** What the link for keyboards leads to. */
  readonly skipTo: string;
  readonly head: Html;
  readonly main: Html;
  /** Release that simulated it. */
  readonly version: string;
  /** What charts over time show as a whole, milliseconds. */
  readonly timeRange: readonly [number, number];
}

/**
 * One page that needs nothing else: no network, no other file. Its content security policy allows the scripts it was written with,
 * by hash, and no others.
 * @throws Error when the runtime texts are not the builds {@link VegaRuntime} describes
 */
export function renderPage({ title, skipTo, head, main, version, timeRange }: Page, vegaRuntime: VegaRuntime): string {
  const scripts = [...runtimeScripts(vegaRuntime), PAGE_SCRIPT];
  const style = styleSheet();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${securityPolicy(scripts, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">${skipTo}</a>
${head}<main id="main">
${main}</main>
<footer class="foot">Simulated by Replicast ${version}. A simulation is an argument, not a measurement: see the assumptions.</footer>
<script type="application/json" id="time-range">${scriptJson(timeRange)}</script>
${scripts.map(
  (script) => html`<script>${raw(script)}</script>
`,
)}</body>
</html>
`;
  return page.markup;
}

function securityPolicy(scripts: readonly string[], style: string): string {
  const hashes = scripts.map((script) => `'sha256-${sha256Base64(script)}'`);
  return `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'sha256-${sha256Base64(style)}'; base-uri 'none'; form-action 'none'`;
}
