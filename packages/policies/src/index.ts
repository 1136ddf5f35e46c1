import type { Policy } from "@replicast/sim-core";
import { aibrix } from "./aibrix/aibrix.ts";
import { dynamo } from "./dynamo/dynamo.ts";
import { fixed } from "./fixed/fixed.ts";
import { knative } from "./knative/knative.ts";
import { flooredHpa as hpa, flooredKeda as keda } from "./predictive/floor.ts";
import { forecast } from "./predictive/forecast.ts";
import { largest } from "./predictive/largest.ts";
import { schedule } from "./predictive/schedule.ts";
import { rayServe } from "./ray-serve/ray-serve.ts";
import { wva } from "./wva/wva.ts";

export { aibrix } from "./aibrix/aibrix.ts";
export type { AibrixConfig, AibrixEntry } from "./aibrix/config.ts";
export { aibrixSchema } from "./aibrix/config.ts";
export type { DynamoConfig } from "./dynamo/config.ts";
export { dynamoSchema } from "./dynamo/config.ts";
export { dynamo } from "./dynamo/dynamo.ts";
export type { FixedConfig } from "./fixed/fixed.ts";
export { fixed, fixedSchema } from "./fixed/fixed.ts";
export type { HpaConfig } from "./hpa/hpa.ts";
export type { HpaMetric, HpaSpec } from "./hpa/spec.ts";
export type { KedaConfig } from "./keda/keda.ts";
export type { TriggerEntry } from "./keda/trigger-sources.ts";
export { triggerSourcesSchema } from "./keda/trigger-sources.ts";
export type { KnativeConfig, KnativeEntry } from "./knative/config.ts";
export { knativeSchema } from "./knative/config.ts";
export { knative } from "./knative/knative.ts";
export { policyMessages } from "./messages.ts";
export { configParser } from "./parse.ts";
export { entryMessages } from "./parse-messages.ts";
export { type Floored, flooredHpa as hpa, flooredKeda as keda } from "./predictive/floor.ts";
export type { ForecastState } from "./predictive/forecast.ts";
export { forecast } from "./predictive/forecast.ts";
export type { ForecastConfig, ForecastEntry } from "./predictive/forecast-config.ts";
export { forecastSchema } from "./predictive/forecast-config.ts";
export type { LargestConfig, LargestState } from "./predictive/largest.ts";
export { largest } from "./predictive/largest.ts";
export type { Member } from "./predictive/members.ts";
export { schedule } from "./predictive/schedule.ts";
export type { ScheduleConfig, ScheduleEntry } from "./predictive/schedule-config.ts";
export { scheduleSchema } from "./predictive/schedule-config.ts";
export type { RayServeConfig, RayServeEntry } from "./ray-serve/config.ts";
export { rayServeSchema } from "./ray-serve/config.ts";
export { rayServe } from "./ray-serve/ray-serve.ts";
export { type TimetableConfig, type TimetableStep, timetable } from "./timetable/timetable.ts";
export type { WvaConfig, WvaEntry } from "./wva/config.ts";
export { wvaSchema } from "./wva/config.ts";
export { wva } from "./wva/wva.ts";

/** The policies that come with the library, in the order in which documentation lists them. */
// biome-ignore lint/suspicious/noExplicitAny: configurations and states differ by policy; each policy's parser fixes its own
export const builtinPolicies: readonly Policy<any, any>[] = [
  fixed,
  hpa,
  keda,
  schedule,
  forecast,
  largest,
  knative,
  rayServe,
  wva,
  aibrix,
  dynamo,
];
