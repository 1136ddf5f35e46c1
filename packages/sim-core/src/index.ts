export type * from "./cluster/config.ts";
export { expectedColdStartSeconds, expectedEngineStartSeconds } from "./cluster/durations.ts";
export { replicasThatFit } from "./cluster/room.ts";
export * from "./domain/cron.ts";
export * from "./domain/cron-next.ts";
export type * from "./domain/facts.ts";
export * from "./domain/request.ts";
export type * from "./domain/series-reader.ts";
export * from "./domain/zone.ts";
export * from "./errors.ts";
export type { DataCatalogue, IssueText, MessageCatalogue } from "./message-text.ts";
export * from "./messages.ts";
export type * from "./metrics/config.ts";
export type * from "./random/distribution-config.ts";
export { createSampler, type Sampler } from "./random/distributions.ts";
export { GammaDistribution, lnGamma } from "./random/gamma.ts";
export { exp, ln, pow } from "./random/real.ts";
export { createStreams, type Stream } from "./random/streams.ts";
export * from "./scaling/metric-source.ts";
export * from "./scaling/policy.ts";
export type { KernelTables } from "./scenario/build-kernel-table.ts";
export * from "./scenario/index.ts";
export type * from "./scenario/plan.ts";
export { type MeasuredPart, STARTUP_PRESETS, type StartupPreset } from "./scenario/startup-presets.ts";
export type * from "./score/batch-limit.ts";
export type { BlameCause } from "./score/blame/causes.ts";
export type * from "./score/blame/result.ts";
export type * from "./score/capacity-table.ts";
export type * from "./score/config.ts";
export { HOURS_PER_MONTH, monthlyCost } from "./score/equation.ts";
export type * from "./score/foresight/result.ts";
export * from "./score/result.ts";
export * from "./score/statistics/result.ts";
export type * from "./serving/config.ts";
export * from "./serving/default-limits.ts";
export * from "./serving/generic-latency.ts";
export * from "./serving/gpu-sheets.ts";
export {
  createEngineLatency,
  createLatencyModel,
  createStepComposition,
  type LatencyModel,
  type StepComposition,
  type UserLatency,
} from "./serving/latency/model.ts";
export * from "./serving/memory.ts";
export * from "./serving/model-shapes.ts";
export type * from "./serving/models/config.ts";
export { ModelRoute } from "./serving/models/model-route.ts";
export * from "./serving/presets.ts";
export { warmUpFactors } from "./serving/warm-up.ts";
export * from "./simulate.ts";
export type * from "./traffic/config.ts";
export { type ScriptedTurn, scriptConversations } from "./traffic/conversation-script.ts";
export { createGenerator, type GeneratorConfig } from "./traffic/generator.ts";
export { blendMixes, conversationMix, type LengthMix, meanRatePerSecond, mixOf, usersMeanRate } from "./traffic/mix.ts";
export { HOURLY_PROFILES, LENGTHS_PRESETS, type LengthsPreset } from "./traffic/presets-lengths.ts";
export type { RateContext } from "./traffic/rate.ts";
export { type TraceRow, TraceRows } from "./traffic/trace.ts";
export type { TraceColumn, TraceColumns } from "./traffic/trace-columns.ts";
export { readTrace, scanTrace, type TraceScan } from "./traffic/trace-scan.ts";
export * from "./units/bytes.ts";
export * from "./units/duration.ts";
export * from "./units/quantity.ts";
export * from "./units/rate.ts";
export * from "./units/share.ts";
export { VERSION } from "./version.ts";
export { type PlannedRequest, plannedRequests } from "./world/planned-requests.ts";
