import type { Policy } from "@replicast/sim-core";
import { fixed } from "./fixed/fixed.ts";
import { hpa } from "./hpa/hpa.ts";
import { keda } from "./keda/keda.ts";
import { forecast } from "./predictive/forecast.ts";
import { schedule } from "./predictive/schedule.ts";

export type { FixedConfig } from "./fixed/fixed.ts";
export { fixed, fixedSchema } from "./fixed/fixed.ts";
export { type HpaConfig, hpa } from "./hpa/hpa.ts";
export type { HpaMetric, HpaSpec } from "./hpa/spec.ts";
export { type KedaConfig, keda } from "./keda/keda.ts";
export type { TriggerEntry } from "./keda/trigger-sources.ts";
export { triggerSourcesSchema } from "./keda/trigger-sources.ts";
export { policyMessages } from "./messages.ts";
export { configParser } from "./parse.ts";
export { entryMessages } from "./parse-messages.ts";
export type { ForecastState } from "./predictive/forecast.ts";
export { forecast } from "./predictive/forecast.ts";
export type { ForecastConfig, ForecastEntry } from "./predictive/forecast-config.ts";
export { forecastSchema } from "./predictive/forecast-config.ts";
export { schedule } from "./predictive/schedule.ts";
export type { ScheduleConfig, ScheduleEntry } from "./predictive/schedule-config.ts";
export { scheduleSchema } from "./predictive/schedule-config.ts";

/** The policies that come with the library, in the order in which documentation lists them. */
// biome-ignore lint/suspicious/noExplicitAny: configurations and states differ by policy; each policy's parser fixes its own
export const builtinPolicies: readonly Policy<any, any>[] = [fixed, hpa, keda, schedule, forecast];
