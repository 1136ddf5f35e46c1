export * from "./cost.ts";
export * from "./decisions.ts";
export * from "./latency.ts";
export * from "./over-time.ts";
export * from "./prompt-lengths.ts";
export * from "./replicas.ts";
export * from "./requests.ts";
export type { ChartOptions, ChartSpec } from "./spec.ts";
export { type ChartTheme, DARK_THEME, LIGHT_THEME } from "./theme.ts";
