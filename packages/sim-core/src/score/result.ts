import type { NodeStage, PodEndCause, PodStage, StartPart } from "../domain/facts.ts";
import type { RequestFate } from "../domain/request.ts";
import type { Json } from "../errors.ts";
import type { Held, MetricRequest } from "../scaling/policy.ts";
import type { BatchLimitChoice } from "./batch-limit.ts";
import type { BlameResult } from "./blame/result.ts";
import type { LatencyMetric, SloObjective, Threshold } from "./config.ts";
import type { ForesightResult, MonthlyBound } from "./foresight/result.ts";
import type { StatisticsResult } from "./statistics/result.ts";

/** Summary of a latency distribution, seconds; percentiles from log buckets (relative error ≤ 1 %). Null when nothing was recorded. */
export interface LatencySummary {
  readonly count: number;
  readonly meanSeconds: number | null;
  readonly minSeconds: number | null;
  readonly maxSeconds: number | null;
  readonly p50Seconds: number | null;
  readonly p90Seconds: number | null;
  readonly p95Seconds: number | null;
  readonly p99Seconds: number | null;
  /** Non-empty buckets, ascending: upper edge (seconds) and count; enough to draw or merge distributions. */
  readonly buckets: readonly (readonly [upperSeconds: number, count: number])[];
}

/** TTFT of completed requests whose prompt has more than `fromTokens` and at most `toTokens` (null: no upper end). */
export interface TtftByPrompt {
  readonly fromTokens: number;
  readonly toTokens: number | null;
  readonly ttft: LatencySummary;
}

/** One stream of traffic: what was sent, and what the client's own limits held back. */
export interface StreamResult {
  readonly name: string;
  /** Null: its requests go where the models they name are served. */
  readonly deployment: string | null;
  readonly sent: number;
  /** Sent later than planned, as too many requests of the stream were open, or the turn before them; their clocks began when they were sent. */
  readonly delayed: number;
  /** Of the delayed; null when there are none. */
  readonly delaySecondsMean: number | null;
  readonly delaySecondsMax: number | null;
  /** Planned, and still held back at the end. */
  readonly unsent: number;
}

/** States a billed GPU-second can be in. */
export type LedgerState = "needed" | "buffer" | "starting" | "interrupted" | "draining" | "unallocated";
export const LEDGER_STATES: readonly LedgerState[] = ["needed", "buffer", "starting", "interrupted", "draining", "unallocated"];

/** Why a billed GPU was held by no pod. */
export type UnallocatedReason =
  | "partlyUsed"
  | "standby"
  | "waitingForRemoval"
  | "terminating"
  | "minimumBilling"
  | "unusedNode"
  | "headroom"
  | "commitment";

/** How a GPU-second was bought. */
export type LedgerPriceClass = "onDemand" | "spot" | "committed";

/** GPU time of one (deployment, node pool, price class) in each state. Integer GPU-microseconds, as decimal strings: they may exceed 2^53. */
export interface LedgerRow {
  /** Absent for GPUs held by no pod. */
  readonly deployment: string | null;
  readonly nodePool: string;
  readonly priceClass: LedgerPriceClass;
  readonly pricePerGpuHourUsd: number;
  /** Where GPUs are time-sliced: slots of each. The times below are then of slots, each at its part of the price. Absent: 1. */
  readonly slotsPerGpu?: number;
  readonly gpuMicroseconds: Readonly<Record<LedgerState, string>>;
  readonly unallocatedMicroseconds: Readonly<Partial<Record<UnallocatedReason, string>>>;
}

/** The monthly cost equation for one (deployment, node pool, price class): its inputs as measured, and its terms in dollars per month. */
export interface EquationRow {
  readonly deployment: string;
  readonly nodePool: string;
  /** Absent: on demand. */
  readonly priceClass?: LedgerPriceClass;
  readonly replicaPricePerHourUsd: number;
  readonly averageConcurrentReplicas: number;
  /** Scaled to a month of 730 h. */
  readonly scaleUpEventsPerMonth: number;
  readonly modelLoadHours: number;
  readonly overprovisioningBufferReplicas: number;
  readonly replicasTermUsd: number;
  readonly scaleUpsTermUsd: number;
  readonly bufferTermUsd: number;
}

export interface CostResult {
  /** Billed during the run. */
  readonly billUsd: number;
  /** The bill × 730 ÷ run hours: the number that ranks. */
  readonly monthlyUsd: number;
  /** The cost equation: the number that explains. */
  readonly equationUsd: number;
  /** Hours the month is extrapolated from. */
  readonly runHours: number;
  /** Dollars of the run per ledger state; they add up to `billUsd` (to the rounding of a double). */
  readonly byStateUsd: Readonly<Record<LedgerState, number>>;
  readonly equation: readonly EquationRow[];
  readonly ledger: readonly LedgerRow[];
  /** Node intervals and commitments integrated on their own: equals the sum over the ledger exactly. */
  readonly billedGpuMicroseconds: string;
  readonly perMillionOutputTokensUsd: number | null;
  readonly perGoodRequestUsd: number | null;
  /**
   * What tokens generated for nothing cost, part of `billUsd`: `wastedTokens` at the run's cost per token generated, wasted ones
   * included. Absent in results of older releases.
   */
  readonly wastedTokensUsd?: number;
  /** The scenario's own `costs:` lines, dollars per month. */
  readonly extra: Readonly<Record<string, number>>;
}

export interface ObjectiveResult extends SloObjective {
  readonly counted: number;
  readonly good: number;
  /** good ÷ counted; null when nothing was counted. */
  readonly attainment: number | null;
  readonly met: boolean;
}

export interface SloResult {
  readonly objectives: readonly ObjectiveResult[];
  /** Requests that meet every objective ÷ counted. */
  readonly attainment: number | null;
  readonly counted: number;
  /** Counted requests that miss at least one objective; lost ones always do. */
  readonly violations: number;
  /** Minutes whose arrivals' attainment of some objective lies below its target. */
  readonly violationMinutes: number;
  readonly minutesWithArrivals: number;
  /** Share of the allowed misses that was used, for the tightest objective; > 1: overspent. Null when nothing was counted. */
  readonly errorBudgetUsed: number | null;
  readonly goodputRequestsPerSecond: number;
  readonly met: boolean;
}

/** What the engines' prefix caches saved, over all deployments. */
export interface PrefixCacheResult {
  /** Prompt tokens looked up, at each attempt's first admission. */
  readonly queriedTokens: number;
  /** Those of them that were cached, and so not computed. */
  readonly hitTokens: number;
  /** hitTokens ÷ queriedTokens; null when nothing was looked up. */
  readonly hitShare: number | null;
}

/** Whether answers do: of the requests of models whose targets say what they answer well enough, or that go by complexity. */
export interface QualityResult {
  /** Requests that completed. */
  readonly answers: number;
  /** Those of them that a good enough deployment has answered. */
  readonly adequate: number;
  /** adequate ÷ answers; null without answers. */
  readonly adequateShare: number | null;
  readonly badAnswers: number;
  /** Requests that were answered again, by a better deployment. */
  readonly escalated: number;
  /** Price of an answer that does not do. */
  readonly badAnswerUsd: number;
  /** Bad answers × their price, scaled to 730 hours. */
  readonly lossMonthlyUsd: number;
  /** The least share that must do; null: any may. */
  readonly adequateShareMin: number | null;
  readonly met: boolean;
  /** requests that arrived + escalatedIn = those that ended + escalatedAway. */
  readonly deployments: readonly {
    readonly name: string;
    readonly answers: number;
    readonly adequate: number;
    readonly escalatedAway: number;
    readonly escalatedIn: number;
  }[];
}

export type FateCounts = Readonly<Record<RequestFate, number>> & { readonly arrived: number };

/** A value that holds from its time until the next entry. Seconds since the start. */
export type StepSeries = readonly (readonly [seconds: number, value: number])[];

export interface DeploymentResult {
  readonly name: string;
  /** Of the requests that were routed to it. */
  readonly requests: FateCounts;
  /** Share of them that met every objective, of those counted; null when none was. */
  readonly attainment: number | null;
  readonly gpusPerReplica: number;
  /** Load one replica carries at the SLO, requests of mean work per second, by number of replicas. */
  readonly capacityPerReplica: readonly { readonly replicas: number; readonly requestsPerSecond: number }[];
  readonly required: StepSeries;
  readonly desired: StepSeries;
  /** Pods that exist and are not terminating. */
  readonly existing: StepSeries;
  readonly ready: StepSeries;
  /** Per minute from minute 0. */
  readonly perMinute: {
    readonly arrivals: readonly number[];
    /** Requests that arrived in the minute and missed an objective. */
    readonly violations: readonly number[];
    readonly ttftP95Seconds: readonly (number | null)[];
    /** Sampled at the end of the minute. */
    readonly gatewayQueueDepth: readonly number[];
    readonly waiting: readonly number[];
    readonly running: readonly number[];
    readonly kvCacheUtilization: readonly number[];
  };
  readonly replicasMean: number;
  readonly replicasMax: number;
  readonly scaleUps: number;
  readonly scaleDowns: number;
  readonly preemptions: number;
  readonly coldStartSecondsMean: number | null;
}

/** One firing of a policy timer that led to a decision. */
export interface DecisionRecord {
  readonly timeSeconds: number;
  readonly deployment: string;
  readonly timer: string;
  readonly specReplicas: number;
  readonly desiredReplicas: number;
  /** Ready and not terminating when the decision was taken. */
  readonly readyReplicas: number;
  readonly reason: string;
  /** What held the count back, up or down; absent: nothing. */
  readonly held?: Held;
  readonly evidence: { readonly [key: string]: Json };
}

/** A forecast as it was made: for `horizonSeconds` after `timeSeconds`, when `observed` was the load; requests per second. */
export type ForecastPoint = readonly [
  timeSeconds: number,
  observed: number,
  horizonSeconds: number,
  forecast: number,
  low: number,
  high: number,
];

/**
 * How far forecasts were from what came. Those made while the model was still learning (a season that was not complete) are left out,
 * unless there are no others. Null where nothing could be compared.
 */
export interface ForecastErrors {
  /** Forecasts that were compared. */
  readonly count: number;
  /** Forecasts made while the model was still learning. */
  readonly learning: number;
  /** Mean of |observed − forecast| ÷ observed, over moments with load. */
  readonly mape: number | null;
  /** Sum of |observed − forecast| ÷ sum of observed: what {@link mape} says without the weight of quiet moments. */
  readonly wape: number | null;
  /** Mean of observed − forecast; above 0: the forecasts were too low. */
  readonly biasPerSecond: number | null;
  /** Mean of the pinball losses of the interval's two ends as forecasts of their quantiles, requests per second. */
  readonly pinballLoss: number | null;
  /** Share of the moments that lay within the interval given for them. */
  readonly coverage: number | null;
  /** `wape` of the simplest forecast over the same horizon: that the load stays as it is. */
  readonly lastValueWape: number | null;
}

/** A forecast that a policy decided by. */
export interface ForecastResult {
  readonly deployment: string;
  /** The member of the policy that made it, where there are several. */
  readonly member: string | null;
  readonly model: string | null;
  /** Length of the season it followed at the end of the run; null: none. */
  readonly seasonSeconds: number | null;
  /** Quantile at the interval's upper end; the lower end is at 1 − it. */
  readonly intervalQuantile: number | null;
  readonly horizonSecondsMean: number;
  readonly errors: ForecastErrors;
  /** One per decision, thinned out evenly in long runs. */
  readonly points: readonly ForecastPoint[];
}

/** What scales a deployment in a run. */
export interface ControllerRecord {
  readonly deployment: string;
  readonly kind: string;
  /** Everything it may ask for, under the names by which evidence speaks of it; results of older releases lack it. */
  readonly metrics?: readonly MetricRequest[];
}

export interface PodRecord {
  readonly name: string;
  readonly deployment: string;
  readonly nodePool: string | null;
  readonly node: string | null;
  readonly stages: readonly (readonly [seconds: number, stage: PodStage])[];
  readonly cause: PodEndCause | null;
  /**
   * Its start, part by part, as far as it came; each part lasts until the next begins. Absent: it was there from the beginning, or
   * the result is of an older release.
   */
  readonly parts?: readonly (readonly [beginSeconds: number, part: StartPart])[];
  /** The same for each time that its container ended after it had served, and started again in place. Absent: never. */
  readonly restarts?: readonly (readonly (readonly [beginSeconds: number, part: StartPart])[])[];
}

export interface NodeRecord {
  readonly name: string;
  readonly nodePool: string;
  readonly stages: readonly (readonly [seconds: number, stage: NodeStage])[];
}

export interface ThresholdResult extends Threshold {
  readonly actual: number | null;
  readonly passed: boolean;
}

/** What a run says. Plain JSON. Same scenario, seed and version: the same bytes. */
export interface RunResult {
  readonly schema: "replicast/run-result/v1";
  readonly version: string;
  readonly scenario: {
    readonly name: string;
    readonly description: string;
    readonly hash: string;
    readonly seed: string;
    readonly startEpochSeconds: number;
    readonly timeZone: string;
    /** Offset of `timeZone` at the start, seconds east of UTC. */
    readonly startOffsetSeconds: number;
    readonly durationSeconds: number;
  };
  readonly policy: string;
  readonly controllers: readonly ControllerRecord[];
  readonly requests: FateCounts;
  readonly attempts: FateCounts;
  /** rejected + timedOut + cutOff */
  readonly lostRequests: number;
  /** Of those rejected, the ones that named a model nobody serves; they belong to no deployment. */
  readonly unknownModelRequests: number;
  readonly cutOffAttempts: number;
  /** Tokens generated for attempts that did not complete. */
  readonly wastedTokens: number;
  readonly outputTokens: number;
  readonly promptTokens: number;
  readonly preemptions: number;
  readonly prefixCache: PrefixCacheResult;
  readonly latency: Readonly<Record<LatencyMetric, LatencySummary>>;
  /** Short prompts first. */
  readonly ttftByPrompt: readonly TtftByPrompt[];
  /** In the scenario's order. */
  readonly streams: readonly StreamResult[];
  /** Retries that were not made, as the callers' retry budget was used up. */
  readonly refusedRetries: number;
  /** Met when every objective holds, and availability and quality where they are demanded. */
  readonly slo: SloResult;
  /** Absent: nobody judges answers. */
  readonly quality?: QualityResult;
  readonly cost: CostResult;
  readonly deployments: readonly DeploymentResult[];
  readonly decisions: readonly DecisionRecord[];
  /** What policies expected of the load, and how far they were off; empty where none forecasts. Results of older releases lack it. */
  readonly forecasts?: readonly ForecastResult[];
  /** Firings that could not decide or had to hold because a metric failed, by reason. */
  readonly undecided: Readonly<Record<string, number>>;
  readonly pods: readonly PodRecord[];
  readonly nodes: readonly NodeRecord[];
  /** Why requests were late, and why replicas were idle; runs without κ, and results of older releases, lack it. */
  readonly blame?: BlameResult;
  readonly derived: Readonly<Record<string, number>>;
  readonly thresholds: readonly ThresholdResult[];
  readonly thresholdsPassed: boolean;
  readonly assumptions: readonly string[];
  /** Batch limits that were chosen before the run, where the scenario leaves them open. */
  readonly batchLimits?: readonly BatchLimitChoice[];
  readonly engine: { readonly steps: number; readonly events: number };
}

/** All policies of a scenario on the same traffic. */
export interface ComparisonResult {
  readonly schema: "replicast/comparison/v1";
  readonly version: string;
  readonly scenario: RunResult["scenario"];
  readonly slo: { readonly objectives: readonly SloObjective[] };
  readonly thresholdPolicy: string | null;
  /** In the scenario's order. */
  readonly runs: readonly RunResult[];
  /** Policy names, best first: SLO met before missed, then by monthly bill (with the price of bad answers where they have one), then by violations, then in scenario order. */
  readonly ranking: readonly string[];
  /** True when no binding threshold failed. */
  readonly passed: boolean;
  /** One sentence: who wins, by how much; with replications, what they show. */
  readonly verdict: string;
  readonly assumptions: readonly string[];
  /** What nothing that meets the SLO can cost less than. Absent: no SLO says how good is good enough, or what arrives depends on the policy. */
  readonly lowerBound?: MonthlyBound;
  /** Absent: not asked for. */
  readonly foresight?: ForesightResult;
  /** Over independent replications, of which `runs` are the first. Absent: not asked for. */
  readonly statistics?: StatisticsResult;
}
