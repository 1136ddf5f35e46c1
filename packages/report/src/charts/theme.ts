import type { LedgerState, RequestFate } from "@replicast/sim-core";
import { DELAY_PARTS, type DelayPart } from "../waterfall.ts";

/** Colours and font of a chart. Any CSS colour; `var(…)` only where the SVG is shown inside a page that defines it. */
export interface ChartTheme {
  readonly font: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  /** One colour per policy, in the scenario's order, repeated when there are more policies. */
  readonly policies: readonly string[];
  readonly states: Readonly<Record<LedgerState, string>>;
  readonly fates: Readonly<Record<RequestFate, string>>;
  /** Parts of a late start: what watches and decides, nodes, image, weights, engine, ends of containers, probes. Absent: those of {@link LIGHT_THEME}. */
  readonly delays?: Readonly<Record<DelayPart, string>>;
  /** Parts of the bill that the cost equation does not have. */
  readonly beyondEquation: string;
  readonly bad: string;
}

const FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/**
 * For light backgrounds. Hues after Okabe and Ito, darkened to 3:1 against white.
 * @see https://jfly.uni-koeln.de/color/ (Color Universal Design, 2008)
 */
export const LIGHT_THEME: ChartTheme = {
  font: FONT,
  ink: "#1c2428",
  muted: "#58646b",
  grid: "#e4e7e6",
  axis: "#b9c1c3",
  policies: ["#0072b2", "#c75000", "#00845f", "#b0508c", "#8a6b00", "#4b56b8", "#2f98c9", "#6a7378"],
  states: {
    needed: "#1b5e8c",
    buffer: "#8cbcdb",
    starting: "#e09a00",
    interrupted: "#c2410c",
    draining: "#a8729c",
    unallocated: "#aab3b5",
  },
  fates: { completed: "#1b5e8c", rejected: "#c2410c", timedOut: "#e09a00", cutOff: "#a8729c", cancelled: "#7d898e", inFlight: "#8cbcdb" },
  delays: {
    metricLag: "#0072b2",
    decisionLag: "#2f98c9",
    room: "#6a7378",
    autoscaler: "#6e5600",
    provision: "#9a7a10",
    devicePlugin: "#b8922e",
    bind: "#58646b",
    pull: "#b0508c",
    unpack: "#c777ab",
    container: "#00845f",
    download: "#22a07a",
    load: "#00654a",
    compile: "#c75000",
    capture: "#e07430",
    warmUp: "#a34400",
    backOff: "#c0182f",
    restart: "#8f1d3f",
    probe: "#4b56b8",
    endpoints: "#7a84d6",
  },
  beyondEquation: "#aab3b5",
  bad: "#b3320a",
};

/** For dark backgrounds. */
export const DARK_THEME: ChartTheme = {
  font: FONT,
  ink: "#e8ecea",
  muted: "#a3afb3",
  grid: "#2b3438",
  axis: "#4a565b",
  policies: ["#56b4e9", "#f2914d", "#4cc79c", "#e08fc0", "#d8bd45", "#9ba4f4", "#8ed0ee", "#b3bec2"],
  states: {
    needed: "#4f9fd4",
    buffer: "#2f5f80",
    starting: "#f0b03a",
    interrupted: "#f2784b",
    draining: "#c597bd",
    unallocated: "#667277",
  },
  fates: { completed: "#4f9fd4", rejected: "#f2784b", timedOut: "#f0b03a", cutOff: "#c597bd", cancelled: "#8b979c", inFlight: "#2f5f80" },
  delays: {
    metricLag: "#56b4e9",
    decisionLag: "#8ed0ee",
    room: "#a3afb3",
    autoscaler: "#b39a3a",
    provision: "#d8bd45",
    devicePlugin: "#ead787",
    bind: "#b3bec2",
    pull: "#e08fc0",
    unpack: "#f0b9d9",
    container: "#4cc79c",
    download: "#86dcbd",
    load: "#2f9f7a",
    compile: "#f2914d",
    capture: "#f7b283",
    warmUp: "#d97a3c",
    backOff: "#f2607a",
    restart: "#c9486a",
    probe: "#9ba4f4",
    endpoints: "#c3c9fa",
  },
  beyondEquation: "#667277",
  bad: "#f58a66",
};

/** Colours as custom properties of the page, so that a chart follows the reader's colour scheme without being drawn again. */
export const PAGE_THEME: ChartTheme = {
  font: FONT,
  ink: "var(--ink)",
  muted: "var(--muted)",
  grid: "var(--grid)",
  axis: "var(--axis)",
  policies: LIGHT_THEME.policies.map((_, index) => `var(--policies-${index})`),
  states: {
    needed: "var(--states-needed)",
    buffer: "var(--states-buffer)",
    starting: "var(--states-starting)",
    interrupted: "var(--states-interrupted)",
    draining: "var(--states-draining)",
    unallocated: "var(--states-unallocated)",
  },
  fates: {
    completed: "var(--fates-completed)",
    rejected: "var(--fates-rejected)",
    timedOut: "var(--fates-timedOut)",
    cutOff: "var(--fates-cutOff)",
    cancelled: "var(--fates-cancelled)",
    inFlight: "var(--fates-inFlight)",
  },
  delays: Object.fromEntries(DELAY_PARTS.map(({ part }) => [part, `var(--delays-${part})`])) as Record<DelayPart, string>,
  beyondEquation: "var(--beyondEquation)",
  bad: "var(--bad)",
};

/** Names (without dashes in front) and values of the custom properties that {@link PAGE_THEME} refers to. */
export function themeVariables(theme: ChartTheme): readonly (readonly [name: string, value: string])[] {
  return [
    ...(["ink", "muted", "grid", "axis", "beyondEquation", "bad"] as const).map((name): readonly [string, string] => [name, theme[name]]),
    ...theme.policies.map((color, index): readonly [string, string] => [`policies-${index}`, color]),
    ...Object.entries(theme.states).map(([state, color]): readonly [string, string] => [`states-${state}`, color]),
    ...Object.entries(theme.fates).map(([fate, color]): readonly [string, string] => [`fates-${fate}`, color]),
    ...DELAY_PARTS.map(({ part }): readonly [string, string] => [`delays-${part}`, delayColor(theme, part)]),
  ];
}

/** Colour of a part of a late start: the same in every chart. */
export function delayColor(theme: ChartTheme, part: DelayPart): string {
  return theme.delays?.[part] ?? LIGHT_THEME.delays?.[part] ?? theme.ink;
}

/** Colour of a policy, by its place in the scenario. */
export function policyColor(theme: ChartTheme, index: number): string {
  return theme.policies[index % theme.policies.length] ?? theme.ink;
}
