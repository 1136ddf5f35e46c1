import type { WeightsSource } from "../cluster/transfer/config.ts";
import type { AdapterRule } from "../metrics/config.ts";
import type { DistributionConfig } from "../random/distribution-config.ts";
import type { LatencyConfig, RoutingConfig, TokenLatencyConfig } from "../serving/config.ts";
import type { ModelRule } from "../serving/models/config.ts";
import type { DisruptionBudgetSpec, FaultSpec, StrategySpec, UpdateSpec } from "./spec-faults.ts";
import type { AutoscalerSpec, NodePoolSpec } from "./spec-node-pools.ts";

/*
 * The scenario file after reading: units are converted (seconds, bytes, per second, shares 0…1), nothing is completed.
 * Keys are those of the file, so a quantity's unit stands in its comment, not in its name.
 */

/** A rate over time: constant, a day's profile, or straight lines through points. */
export type RateSpec =
  | number
  | {
      readonly mean: number;
      readonly profile: string | readonly number[];
      readonly weekend?: number | undefined;
      readonly timeZone?: string | undefined;
    }
  | { readonly points: readonly (readonly [seconds: number, perSecond: number])[] };

export type ArrivalsSpec =
  | { readonly kind: "poisson"; readonly rate: RateSpec }
  | { readonly kind: "constant"; readonly rate: RateSpec }
  | { readonly kind: "gamma"; readonly rate: RateSpec; readonly cv: number }
  | { readonly kind: "modulatedPoisson"; readonly rate: RateSpec; readonly sigma: number; readonly tau: number }
  | { readonly kind: "onOff"; readonly rate: number; readonly burstSize: DistributionConfig; readonly off: DistributionConfig };

/** What any stream may say of its requests. */
export interface MarksSpec {
  readonly maxOutputTokens?: number | undefined;
  readonly priority?: number | undefined;
  readonly prefix?: { readonly tokens: number; readonly groups?: number | undefined } | undefined;
}

/** What clients of a stream keep to. */
export interface SendLimitsSpec {
  readonly maxOpenRequests?: number | undefined;
  /** Seconds since the start. */
  readonly stop?: number | undefined;
}

export interface SessionsSpec {
  readonly turns: DistributionConfig;
  readonly think?: DistributionConfig | undefined;
  readonly systemTokens?: number | undefined;
  readonly maxContext?: number | undefined;
}

/** Where a stream's requests go. */
export interface DestinationSpec {
  readonly deployment?: string | undefined;
  /** A model, or models with the relative shares of the requests that name them. */
  readonly model?: string | { readonly [model: string]: number } | undefined;
}

export interface UsersSpec extends SendLimitsSpec, DestinationSpec {
  readonly name?: string | undefined;
  readonly users: number | { readonly points: readonly (readonly [seconds: number, users: number])[] };
  readonly think: DistributionConfig;
  readonly pauseAfterLoss?: number | undefined;
  readonly lengths: GeneratorSpec["lengths"];
  readonly sessions?: SessionsSpec | undefined;
}

export interface GeneratorSpec extends MarksSpec, SendLimitsSpec, DestinationSpec {
  readonly name?: string | undefined;
  readonly arrivals: ArrivalsSpec;
  readonly lengths: string | { readonly prompt: DistributionConfig; readonly output: DistributionConfig };
  readonly surges?: readonly { readonly from: number; readonly to: number; readonly factor: number }[] | undefined;
  readonly sessions?: (SessionsSpec & { readonly think: DistributionConfig }) | undefined;
}

export interface TraceSpec extends MarksSpec, SendLimitsSpec, DestinationSpec {
  readonly name?: string | undefined;
  readonly trace: string;
  readonly speed?: number | undefined;
  readonly offset?: number | undefined;
  readonly spread?: number | undefined;
  readonly hashTokens?: number | undefined;
  readonly sessions?: TraceSessionsSpec | undefined;
}

/** How the sessions that a trace names are replayed. */
export interface TraceSessionsSpec {
  readonly closedLoop?: boolean | undefined;
  readonly idle?: number | undefined;
  readonly systemTokens?: number | undefined;
}

export type TrafficSpec = GeneratorSpec | TraceSpec | UsersSpec;

/** Bytes and counts; what is absent follows from the rest. */
export interface ShapeSpec {
  readonly name: string;
  readonly parameters: number;
  readonly activeParameters?: number | undefined;
  /** These four may be left out where no tokens are generated. */
  readonly layers?: number | undefined;
  readonly hiddenSize?: number | undefined;
  readonly attentionHeads?: number | undefined;
  readonly kvHeads?: number | undefined;
  readonly headDimension?: number | undefined;
  readonly bytesPerParameter?: number | undefined;
  readonly kvBytesPerValue?: number | undefined;
  readonly experts?: { readonly total: number; readonly perToken: number } | undefined;
}

export interface GpuSpec {
  readonly name: string;
  readonly memory: number;
  readonly bandwidth: number;
  readonly teraflops: number;
  readonly linkBandwidth?: number | undefined;
}

/** Profiled kernels, by file. */
export interface TableSpec {
  readonly kind: "table";
  readonly files: { readonly attention: string; readonly dense: string; readonly perSequence: string };
  readonly layers?: number | undefined;
  readonly stepOverheadSeconds?: number | undefined;
  readonly requestOverheadSeconds?: number | undefined;
  readonly perTokenSeconds?: number | undefined;
}

export interface ModelSpec {
  readonly shape: string | ShapeSpec;
  readonly gpu: string | GpuSpec;
  readonly gpusPerReplica?: number | undefined;
  readonly latency?: "generic" | Extract<LatencyConfig, { readonly kind: "linear" | "roofline" | "curve" }> | TableSpec | undefined;
}

export interface SpeculativeSpec {
  readonly draftTokens: number;
  readonly tokensPerStep: DistributionConfig;
  readonly draftOverhead?: number | undefined;
}

export interface StaticBatchingSpec {
  readonly size: number;
  readonly maxWait?: number | undefined;
  readonly streaming?: boolean | undefined;
}

export interface DynamicBatchingSpec {
  readonly maxBatchSize: number;
  readonly preferredSizes?: readonly number[] | undefined;
  readonly maxQueueDelay?: number | undefined;
  readonly instances?: number | undefined;
  readonly maxQueueSize?: number | undefined;
  readonly queueTimeout?: number | undefined;
  readonly timeoutAction?: "reject" | "delay" | undefined;
}

export interface EngineSpec {
  readonly version?: string | undefined;
  readonly batching?: "continuous" | "static" | "dynamic" | "single" | "auto" | undefined;
  readonly static?: StaticBatchingSpec | undefined;
  readonly dynamic?: DynamicBatchingSpec | undefined;
  readonly maxBatchedTokens?: number | undefined;
  readonly maxSequences?: number | undefined;
  readonly kvBlocks?: number | undefined;
  readonly gpuMemoryUtilization?: number | undefined;
  readonly blockTokens?: number | undefined;
  readonly maxModelTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly longPrefillTokenThreshold?: number | undefined;
  readonly servedModelName?: string | undefined;
  readonly prefixCaching?: boolean | undefined;
  readonly scheduling?: "fcfs" | "priority" | undefined;
  readonly speculative?: SpeculativeSpec | undefined;
  readonly warmUp?: { readonly factor?: number | undefined; readonly requests?: number | undefined } | undefined;
}

export interface SharedSpec {
  readonly name: string;
  readonly bandwidth: number;
}

export type PullSpec =
  | DistributionConfig
  | {
      readonly bytes: number;
      readonly bandwidth: number;
      readonly shared?: SharedSpec | undefined;
      readonly base?: { readonly name: string; readonly bytes: number } | undefined;
      readonly unpack?: number | undefined;
    };

export type LoadSpec =
  | DistributionConfig
  | {
      readonly bandwidth: number;
      readonly fixed?: number | undefined;
      readonly source?: WeightsSource | undefined;
      readonly shared?: SharedSpec | undefined;
      readonly bytes?: number | undefined;
      readonly nodeCopy?: number | undefined;
    };

/** From a pod's creation to its first probe. */
export interface StartupSpec {
  readonly preset?: string | undefined;
  readonly schedule?: number | undefined;
  readonly pull?: PullSpec | undefined;
  readonly container?: DistributionConfig | undefined;
  readonly load?: LoadSpec | undefined;
  readonly compile?: DistributionConfig | undefined;
  readonly compileCached?: DistributionConfig | undefined;
  readonly capture?: DistributionConfig | undefined;
  readonly warmUp?: DistributionConfig | undefined;
  readonly restart?: number | undefined;
  readonly deadline?: number | undefined;
}

export type RoutingSpec =
  | Extract<RoutingConfig, string>
  | "prefixAffinity"
  | "inferenceGateway"
  | { readonly kind: "prefixAffinity"; readonly loadFactor?: number | undefined }
  | {
      readonly kind: "inferenceGateway";
      readonly weights?:
        | { readonly queue?: number | undefined; readonly kvCache?: number | undefined; readonly prefix?: number | undefined }
        | undefined;
    };

export interface FlowControlSpec {
  readonly queueDepthThreshold?: number | undefined;
  readonly kvCacheThreshold?: number | undefined;
  readonly metricsMaxAge?: number | undefined;
  readonly ttl?: number | undefined;
  readonly noEndpointTtl?: number | undefined;
  readonly maxQueued?: number | undefined;
  readonly fairness?: "globalStrict" | "roundRobin" | undefined;
  readonly bands?:
    | readonly { readonly priority: number; readonly streams: readonly string[]; readonly maxQueued?: number | undefined }[]
    | undefined;
}

export interface GatewaySpec {
  readonly maxQueued?: number | undefined;
  readonly queueTimeout?: number | undefined;
  readonly maxInFlightPerReplica?: number | undefined;
  readonly routing?: RoutingSpec | undefined;
  readonly staleness?: number | undefined;
  readonly flowControl?: FlowControlSpec | undefined;
}

export interface DisaggregationSpec {
  readonly prefill: string;
  readonly bandwidth: number;
  readonly setup?: number | undefined;
  readonly minPromptTokens?: number | undefined;
  readonly lease?: number | undefined;
}

export interface DeploymentSpec {
  readonly name: string;
  /** Read before the rest: what it states stands here by now. */
  readonly manifest?: string | undefined;
  readonly namespace?: string | undefined;
  readonly model: string | ModelSpec;
  readonly latency?: TokenLatencyConfig["kind"] | undefined;
  readonly replicas: number;
  readonly nodesPerReplica?: number | undefined;
  readonly engine?: EngineSpec | undefined;
  readonly disaggregation?: DisaggregationSpec | undefined;
  readonly gateway?: GatewaySpec | undefined;
  readonly client?:
    | {
        readonly timeout?: number | undefined;
        readonly patience?: number | undefined;
        readonly retries?: number | undefined;
        readonly backoff?: { readonly base?: number | undefined; readonly max?: number | undefined } | undefined;
        readonly retryBudget?:
          | { readonly share: number; readonly window?: number | undefined; readonly floor?: number | undefined }
          | undefined;
      }
    | undefined;
  readonly startup?: StartupSpec | undefined;
  readonly readiness?:
    | {
        readonly period?: number | undefined;
        readonly initialDelay?: number | undefined;
        readonly endpointDelay?: number | undefined;
      }
    | undefined;
  readonly shutdown?:
    | {
        readonly grace?: number | undefined;
        readonly preStop?: number | undefined;
        readonly onTerminate?: "drain" | "abort" | undefined;
        readonly timeout?: number | undefined;
        readonly deletionCost?: "none" | "inFlight" | undefined;
      }
    | undefined;
  readonly strategy?: StrategySpec | undefined;
  readonly disruptionBudget?: DisruptionBudgetSpec | undefined;
  readonly resources?: { readonly cpu?: number | undefined; readonly memory?: number | undefined } | undefined;
  readonly nodePools?: readonly string[] | undefined;
}

export interface MetricsSpec {
  readonly scrapeInterval?: number | undefined;
  readonly scrapeOffset?: "together" | "spread" | undefined;
  /** Those of `adapterConfig` follow once it is read. */
  readonly adapter?: readonly AdapterRule[] | undefined;
  readonly adapterConfig?: string | undefined;
  readonly cpuUtilization?: number | undefined;
  readonly memoryUtilization?: number | undefined;
}

/** A program that decides in the place of a policy of this library. */
export interface PolicyProcessSpec {
  readonly command: readonly string[];
  /** Seconds of real time that one answer may take. */
  readonly timeLimit?: number | undefined;
}

/** A controller's entry: `kind` selects the policy, the rest is the policy's own. Code of one's own stands in `module` or `process`. */
export interface ControllerSpec {
  readonly kind?: string | undefined;
  readonly [option: string]: unknown;
}

/** Either one controller (with `kind`, and `deployment` when there are several) or one for each of some deployments. */
export interface PolicySpec {
  readonly name: string;
  readonly kind?: string | undefined;
  readonly deployment?: string | undefined;
  readonly deployments?: { readonly [deployment: string]: ControllerSpec } | undefined;
  /** Routes under this policy, in the place of the scenario's of the same names. */
  readonly models?: readonly ModelRouteSpec[] | undefined;
  readonly [option: string]: unknown;
}

export interface SloSpec {
  readonly ttft?: readonly string[] | undefined;
  readonly tpot?: readonly string[] | undefined;
  readonly itl?: readonly string[] | undefined;
  readonly e2e?: readonly string[] | undefined;
  readonly queue?: readonly string[] | undefined;
  readonly availability?: number | undefined;
  readonly loadWindow?: number | undefined;
}

/** What answers that do not do cost, and how many there may be. */
export interface QualitySpec {
  readonly badAnswerUsd?: number | undefined;
  readonly minAdequate?: number | undefined;
}

export interface ModelTargetSpec {
  readonly deployment: string;
  readonly weight?: number | undefined;
  readonly maxPromptTokens?: number | undefined;
  readonly spillAbove?: number | undefined;
  readonly spillAboveKv?: number | undefined;
  readonly adequateUpTo?: number | undefined;
  readonly maxScore?: number | undefined;
}

/** A model that requests may name, and who serves it. */
export interface ModelRouteSpec {
  readonly name: string;
  readonly rule?: ModelRule | undefined;
  readonly fallback?: boolean | undefined;
  readonly classifierAccuracy?: number | undefined;
  readonly targets: readonly ModelTargetSpec[];
}

export interface ScenarioSpec {
  readonly replicast: 1;
  readonly name: string;
  readonly description?: string | undefined;
  readonly start?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly duration: number;
  readonly seed?: string | undefined;
  readonly traffic: readonly TrafficSpec[];
  readonly models?: readonly ModelRouteSpec[] | undefined;
  readonly deployments: readonly DeploymentSpec[];
  readonly nodePools: readonly NodePoolSpec[];
  readonly autoscaler?: AutoscalerSpec | undefined;
  readonly metrics?: MetricsSpec | undefined;
  readonly policies: readonly PolicySpec[];
  readonly slo: SloSpec;
  readonly quality?: QualitySpec | undefined;
  readonly thresholds?:
    | { readonly policy?: string | undefined; readonly metrics: { readonly [metric: string]: readonly string[] } }
    | undefined;
  readonly derive?: { readonly [name: string]: string } | undefined;
  readonly costs?: { readonly [name: string]: string } | undefined;
  readonly faults?: readonly FaultSpec[] | undefined;
  readonly updates?: readonly UpdateSpec[] | undefined;
}
