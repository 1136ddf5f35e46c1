import { LEDGER_STATES } from "@replicast/sim-core/score";
import { DARK_THEME, LIGHT_THEME, themeVariables } from "../charts/theme.ts";

interface PageColors {
  readonly paper: string;
  readonly card: string;
  readonly line: string;
  readonly accent: string;
  readonly good: string;
}

const LIGHT: PageColors = { paper: "#faf9f6", card: "#ffffff", line: "#dedcd4", accent: "#1b5e8c", good: "#1d6b46" };
const DARK: PageColors = { paper: "#14191c", card: "#1a2124", line: "#30393d", accent: "#7dbbe6", good: "#6fc79a" };

/** The style sheet: one column of text and tables, charts in as many columns as fit, ink on paper in both colour schemes. */
export function styleSheet(): string {
  const light = variables([...Object.entries(LIGHT), ...themeVariables(LIGHT_THEME)]);
  const dark = variables([...Object.entries(DARK), ...themeVariables(DARK_THEME)]);
  const keys = LEDGER_STATES.map((state) => `.key-${state}{background:var(--states-${state})}`).join("");
  return `:root{color-scheme:light dark;${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
${RULES}
${keys}`;
}

function variables(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `--${name}:${value}`).join(";");
}

const RULES = `*{box-sizing:border-box}
html{font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:9}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.mast,main,.foot{max-width:112rem;margin:0 auto;padding:0 clamp(1rem,4vw,4.5rem)}
.mast{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;padding-top:1.4rem;font-size:.8125rem;color:var(--muted)}
.mast b{font-weight:650;letter-spacing:.02em;color:var(--ink)}
.mast span:last-child{margin-left:auto}
h1,h2,h3{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Source Serif 4",Charter,Georgia,"Liberation Serif",serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.7rem,1.1rem + 2.4vw,3rem);letter-spacing:-.012em;margin:.3rem 0 1rem;max-width:26em}
h2{font-size:clamp(1.35rem,1.1rem + .7vw,1.75rem);margin:0 0 .35rem}
h3{font-size:1.0625rem;margin:0 0 .15rem}
p{margin:0 0 .9rem;max-width:46rem}
.over{font-size:.75rem;font-weight:600;letter-spacing:.09em;text-transform:uppercase;color:var(--accent);margin:0}
.verdict{padding:clamp(2rem,5vw,4.5rem) 0 0}
.lede{color:var(--muted);font-size:1.0625rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:0;margin:2rem 0 0;border-top:2px solid var(--ink)}
.facts div{padding:.8rem 1.2rem .2rem 0}
.facts dt{font-size:.8125rem;color:var(--muted)}
.facts dd{margin:.1rem 0 0;font-size:1.5rem;font-weight:600;letter-spacing:-.015em;font-variant-numeric:tabular-nums;line-height:1.25}
.facts small{display:block;font-size:.8125rem;font-weight:400;letter-spacing:0;color:var(--muted)}
nav ol{display:flex;flex-wrap:wrap;gap:.35rem 1.4rem;list-style:none;padding:.8rem 0;margin:2.2rem 0 0;border-block:1px solid var(--line);font-size:.875rem}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.18em}
nav a{text-decoration:none}nav a:hover{text-decoration:underline}
main>section:not(.verdict){padding-top:3.4rem}
section>p{color:var(--muted)}
section>h3{margin-top:1.8rem}
.scroll{overflow-x:auto;margin:1rem 0 1.4rem;border-top:2px solid var(--ink)}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-size:.8125rem;color:var(--muted);padding:.5rem 0 .2rem}
th,td{text-align:left;padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:500;color:var(--muted);font-size:.8125rem;vertical-align:bottom;line-height:1.3}
.narrow{width:auto}.narrow caption{white-space:nowrap}
.rank tbody th{min-width:7.5rem;overflow-wrap:anywhere}
tbody th{font-weight:600}
.num{text-align:right;white-space:nowrap}
.first th,.first td{background:color-mix(in srgb,var(--accent) 7%,transparent)}
.first th{box-shadow:inset 3px 0 var(--accent);padding-left:.8rem}
.scroll .rank th:first-child{padding-left:.8rem}
td small,th small{display:block;color:var(--muted);font-weight:400;font-size:.8125rem}
.spark{display:block;width:100%;min-width:5rem;height:4px;margin-top:.35rem}
.spark rect{fill:var(--accent)}.spark .rest{fill:var(--line)}
.good{color:var(--good)}.bad{color:var(--bad)}
.good,.bad{font-weight:600;white-space:nowrap}
.key{display:inline-block;width:.7em;height:.7em;margin-right:.45em;border-radius:1px;vertical-align:-.02em}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:2.2rem clamp(1.5rem,3vw,3.5rem);margin:1.4rem 0}
figure{margin:0;min-width:0}
figure.wide{grid-column:1/-1}
figcaption{margin-bottom:.5rem;font-size:.875rem;color:var(--muted);line-height:1.45}
figcaption h3{color:var(--ink)}
.chart{width:100%;overflow:hidden;min-height:60px}
.chart svg{display:block;touch-action:pan-y;max-width:100%;height:auto}
.tip{position:fixed;z-index:8;display:grid;grid-template-columns:auto auto;gap:.1rem .9rem;padding:.5rem .7rem;max-width:min(24rem,92vw);background:var(--card);color:var(--ink);border:1px solid var(--axis);border-radius:3px;box-shadow:0 4px 16px rgb(0 0 0/.16);font-size:.8125rem;line-height:1.4;pointer-events:none;font-variant-numeric:tabular-nums}
.tip[hidden]{display:none}
.tip span{color:var(--muted)}.tip b{font-weight:600;text-align:right;overflow-wrap:anywhere}
.bar{display:flex;flex-wrap:wrap;gap:.5rem .6rem;align-items:center;margin:1.2rem 0 .4rem;font-size:.875rem;color:var(--muted)}
.bar.stick{position:sticky;top:0;z-index:5;background:var(--paper);padding:.6rem 0;border-bottom:1px solid var(--line)}
.bar output{font-variant-numeric:tabular-nums;min-width:9rem}
button,select,input[type=search]{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--axis);border-radius:3px;padding:.28rem .7rem;min-height:2.1rem}
select,label{max-width:100%;min-width:0}
input[type=search]{min-width:min(16rem,100%)}
button{cursor:pointer}button:hover{border-color:var(--accent);color:var(--accent)}
label{display:inline-flex;gap:.4rem;align-items:center}
.formula{max-width:none;padding:1rem 1.2rem;background:var(--card);border:1px solid var(--line);border-left:3px solid var(--accent);overflow-x:auto;font-variant-numeric:tabular-nums;margin:1rem 0}
.formula table{width:auto;font-size:.9375rem}.formula th,.formula td{border:0;padding:.15rem .8rem .15rem 0}
.formula tr:last-child>*{border-top:1px solid var(--axis);font-weight:600}
.evidence{font-size:.8125rem;color:var(--muted);overflow-wrap:anywhere;min-width:14rem;margin:0}
.evidence summary{font-size:.8125rem;color:inherit}
.tall{max-height:34rem;overflow:auto}
.tall thead th{position:sticky;top:0;background:var(--paper);box-shadow:0 1px var(--line)}
details{margin:.6rem 0 1rem}summary{cursor:pointer;color:var(--accent);font-size:.9375rem}
ul{padding-left:1.1rem;max-width:46rem}li{margin:.25rem 0}
.facts.plain{border-top:1px solid var(--line);margin-top:.8rem}.facts.plain dd{font-size:.9375rem;font-weight:500;letter-spacing:0;overflow-wrap:anywhere}
.foot{padding-top:3rem;padding-bottom:3rem;font-size:.8125rem;color:var(--muted)}
noscript p{color:var(--bad)}
@media (min-width:125rem){html{font-size:18px}}
@media (max-width:40rem){.bar.stick{position:static}.mast span:last-child{margin-left:0}.rank tbody th{position:sticky;left:0;background:var(--paper);z-index:1}.first th{background:color-mix(in srgb,var(--accent) 7%,var(--paper))!important}.facts{grid-template-columns:1fr 1fr}.facts dd{font-size:1.25rem}}
@media print{html{font-size:10.5pt;background:#fff}.bar,nav,.skip,.tip{display:none!important}.tall{max-height:none}figure,tr,.formula{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}main>section:not(.verdict){padding-top:1.6rem}}`;
