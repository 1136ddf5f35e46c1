import type { ClusterConfig } from "../cluster/config.ts";
import { fateIndex, type RequestFate } from "../domain/request.ts";
import { zoneOffsetSeconds } from "../domain/zone.ts";
import type { LogHistogram } from "../record/log-histogram.ts";
import { PROMPT_RANGES } from "../record/prompt-ranges.ts";
import type { DeploymentRecord } from "../record/recorder.ts";
import type { Held, ScaleDecision } from "../scaling/policy.ts";
import { blameRun } from "./blame/blame.ts";
import type { BlameResult } from "./blame/result.ts";
import type { CapacityTable, DeploymentCapacity } from "./capacity-table.ts";
import type { QualityConfig, SloConfig } from "./config.ts";
import { scoreCost } from "./cost.ts";
import { forecastsOf } from "./forecasts.ts";
import { scoreQuality } from "./quality.ts";
import { type RequiredSteps, requiredReplicas, requiredSeries } from "./required.ts";
import type {
  CostResult,
  DecisionRecord,
  DeploymentResult,
  FateCounts,
  PodRecord,
  PrefixCacheResult,
  RunResult,
  StepSeries,
  StreamResult,
} from "./result.ts";
import type { RunFacts } from "./run-facts.ts";
import { scoreSlo } from "./slo.ts";
import { summarise } from "./summary.ts";

/** What the score needs to know of the scenario. */
export interface RunContext {
  readonly version: string;
  readonly scenario: RunResult["scenario"];
  readonly policy: string;
  readonly controllers: RunResult["controllers"];
  readonly cluster: ClusterConfig;
  readonly slo: SloConfig;
  readonly scrapeIntervalSeconds: number;
  /** By deployment, the position of the one that computes its prompts; undefined: itself. */
  readonly prefills: readonly (number | undefined)[];
  readonly capacity: CapacityTable;
  /** Whether late requests and idle dollars get a cause: without required(t) there is none to find. */
  readonly isBlamed: boolean;
  readonly assumptions: readonly string[];
  /** Absent: nobody judges answers. */
  readonly quality?: QualityConfig;
}

/** Scores a finished run. Formulas and thresholds are added afterwards, from the result. */
export function scoreRun(context: RunContext, facts: RunFacts): RunResult {
  const { recorder } = facts;
  const { durationSeconds } = context.scenario;
  const poolOf = new Map<string | null, string>(facts.nodes.map(({ name, nodePool }) => [name, nodePool]));
  const required = context.cluster.deployments.map(({ name }, i) => requiredOf(context, name, recorder.deployments[i] as DeploymentRecord));
  const cost = scoreCost({
    cluster: context.cluster,
    ledger: facts.ledger,
    required,
    durationSeconds,
    outputTokens: recorder.outputTokens,
    wastedTokens: recorder.wastedTokens,
    goodRequests: recorder.goodRequests,
  });
  const names = context.cluster.deployments.map(({ name }) => name);
  const slo = scoreSlo(context.slo, recorder, durationSeconds);
  const quality = context.quality === undefined ? undefined : scoreQuality(recorder.quality, names, durationSeconds, context.quality);
  const requests = fates(recorder.requests, recorder.arrivedRequests);
  const deployments = context.cluster.deployments.map((_, i) => deploymentResult(context, facts, i, required[i] as RequiredSteps));
  const decisions = facts.decisions.map(decisionRecord);
  return {
    schema: "replicast/run-result/v1",
    version: context.version,
    scenario: context.scenario,
    policy: context.policy,
    controllers: context.controllers,
    requests,
    attempts: fates(recorder.attempts, recorder.arrivedAttempts),
    lostRequests: requests.rejected + requests.timedOut + requests.cutOff,
    unknownModelRequests: recorder.unknownModels,
    cutOffAttempts: recorder.attempts[fateIndex("cutOff")] as number,
    wastedTokens: recorder.wastedTokens,
    outputTokens: recorder.outputTokens,
    promptTokens: recorder.promptTokens,
    preemptions: deployments.reduce((sum, deployment) => sum + deployment.preemptions, 0),
    prefixCache: prefixCacheOf(facts),
    latency: {
      ttft: summarise(recorder.latency.ttft),
      tpot: summarise(recorder.latency.tpot),
      itl: summarise(recorder.latency.itl),
      e2e: summarise(recorder.latency.e2e),
      queue: summarise(recorder.latency.queue),
    },
    ttftByPrompt: PROMPT_RANGES.map((range, i) => ({ ...range, ttft: summarise(recorder.ttftByPrompt[i] as LogHistogram) })),
    streams: facts.streams.map(streamResult),
    refusedRetries: facts.refusedRetries,
    slo: quality?.met === false ? { ...slo, met: false } : slo,
    ...(quality === undefined ? {} : { quality }),
    cost,
    deployments,
    decisions,
    forecasts: forecastsOf(decisions),
    undecided: facts.undecided,
    pods: facts.pods.map((pod) => ({ ...pod, nodePool: poolOf.get(pod.node) ?? null })),
    nodes: facts.nodes,
    ...(context.isBlamed ? { blame: blameOf(context, facts, { deployments, ledger: cost.ledger }) } : {}),
    derived: {},
    thresholds: [],
    thresholdsPassed: true,
    assumptions: context.assumptions,
    engine: { steps: facts.steps, events: facts.events },
  };
}

function blameOf(
  { capacity, slo, scenario, controllers, scrapeIntervalSeconds, prefills }: RunContext,
  { recorder, decisions, undecidedFirings, pods }: RunFacts,
  { deployments, ledger }: { readonly deployments: readonly DeploymentResult[]; readonly ledger: CostResult["ledger"] },
): BlameResult {
  const blamed = deployments.map(({ name, required, ready }, i) => ({
    name,
    required,
    ready,
    record: recorder.deployments[i] as DeploymentRecord,
    pods: pods.filter(({ deployment }) => deployment === name),
    capacity: capacity.find(({ deployment }) => deployment === name),
    scaling: controllers.some(({ deployment }) => deployment === name)
      ? {
          decisions: decisions
            .filter(({ deployment }) => deployment === name)
            .map(({ decision, ...taken }) => ({ ...taken, desiredReplicas: decision.desiredReplicas, ...heldOf(decision) })),
          undecidedSeconds: undecidedFirings.filter(({ deployment }) => deployment === name).map(({ timeSeconds }) => timeSeconds),
          scrapeIntervalSeconds,
        }
      : undefined,
    ...(prefills[i] === undefined ? {} : { prefill: prefills[i] }),
  }));
  return blameRun({ deployments: blamed, durationSeconds: scenario.durationSeconds, slo, ledger, unknownModels: recorder.unknownModels });
}

const heldOf = ({ held }: ScaleDecision): { readonly held?: Held } => (held === undefined ? {} : { held });

function streamResult({
  name,
  deployment,
  sent,
  delayed,
  unsent,
  delaySeconds,
  delaySecondsMax,
}: RunFacts["streams"][number]): StreamResult {
  const hasDelays = delayed > 0;
  return {
    name,
    deployment,
    sent,
    delayed,
    delaySecondsMean: hasDelays ? delaySeconds / delayed : null,
    delaySecondsMax: hasDelays ? delaySecondsMax : null,
    unsent,
  };
}

/** The scenario's identity as results carry it. */
export function scenarioHeader(plan: {
  readonly name: string;
  readonly description: string;
  readonly hash: string;
  readonly seed: string;
  readonly startEpochSeconds: number;
  readonly timeZone: string;
  readonly durationSeconds: number;
  readonly zones: readonly import("../domain/zone.ts").ZoneTransitions[];
}): RunResult["scenario"] {
  const { name, description, hash, seed, startEpochSeconds, timeZone, durationSeconds } = plan;
  const zone = plan.zones.find((candidate) => candidate.timeZone === timeZone);
  const startOffsetSeconds = zone === undefined ? 0 : zoneOffsetSeconds(zone, startEpochSeconds);
  return { name, description, hash, seed, startEpochSeconds, timeZone, startOffsetSeconds, durationSeconds };
}

function requiredOf({ capacity, slo, scenario }: RunContext, name: string, record: DeploymentRecord): RequiredSteps {
  const own = capacity.find(({ deployment }) => deployment === name);
  if (own === undefined) return [[0, 0]];
  return requiredReplicas({
    offeredWork: record.offeredWork,
    durationSeconds: scenario.durationSeconds,
    windowSeconds: slo.loadWindowSeconds,
    capacity: own,
  });
}

function fates(counts: Float64Array, arrived: number): FateCounts {
  const of = (fate: RequestFate): number => counts[fateIndex(fate)] as number;
  return {
    arrived,
    completed: of("completed"),
    rejected: of("rejected"),
    timedOut: of("timedOut"),
    cutOff: of("cutOff"),
    cancelled: of("cancelled"),
    inFlight: of("inFlight"),
  };
}

function deploymentResult(context: RunContext, facts: RunFacts, index: number, required: RequiredSteps): DeploymentResult {
  const { name, gpusPerReplica } = context.cluster.deployments[index] as ClusterConfig["deployments"][number];
  const record = facts.recorder.deployments[index] as DeploymentRecord;
  const { desired, existing, ready, preemptions } = facts.replicas[index] as RunFacts["replicas"][number];
  const { durationSeconds } = context.scenario;
  const changes = desired.slice(1).map(([, value], i) => value - (desired[i] as readonly [number, number])[1]);
  const violations = record.violations.reduce((sum, count) => sum + count, 0);
  return {
    name,
    requests: fates(
      record.requests,
      record.arrivals.reduce((sum, count) => sum + count, 0),
    ),
    attainment: record.countedRequests === 0 ? null : 1 - violations / record.countedRequests,
    gpusPerReplica,
    capacityPerReplica: pointsOf(context.capacity.find(({ deployment }) => deployment === name)),
    required: requiredSeries(required),
    desired,
    existing,
    ready,
    perMinute: {
      arrivals: [...record.arrivals],
      violations: [...record.violations],
      ttftP95Seconds: Array.from(record.arrivals, (_, minute) => finiteOrNull(record.ttft.quantile(minute, 0.95))),
      gatewayQueueDepth: [...record.gatewayQueueDepth],
      waiting: [...record.waiting],
      running: [...record.running],
      kvCacheUtilization: [...record.kvCacheUtilization],
    },
    replicasMean: meanOf(existing, durationSeconds),
    replicasMax: existing.reduce((max, [, value]) => Math.max(max, value), 0),
    scaleUps: changes.filter((change) => change > 0).length,
    scaleDowns: changes.filter((change) => change < 0).length,
    preemptions,
    coldStartSecondsMean: coldStart(facts.pods.filter((pod) => pod.deployment === name)),
  };
}

function prefixCacheOf({ replicas }: RunFacts): PrefixCacheResult {
  const queriedTokens = replicas.reduce((sum, deployment) => sum + deployment.prefixQueriedTokens, 0);
  const hitTokens = replicas.reduce((sum, deployment) => sum + deployment.prefixHitTokens, 0);
  return { queriedTokens, hitTokens, hitShare: queriedTokens === 0 ? null : hitTokens / queriedTokens };
}

const pointsOf = (capacity: DeploymentCapacity | undefined): DeploymentResult["capacityPerReplica"] => capacity?.points ?? [];

const finiteOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Mean over time of a step series. */
function meanOf(series: StepSeries, durationSeconds: number): number {
  let area = 0;
  series.forEach(([from, value], i) => {
    area += value * ((series[i + 1]?.[0] ?? durationSeconds) - from);
  });
  return area / durationSeconds;
}

/** Mean time from creation to first Ready, of the pods that got there and did not begin the run Ready. */
function coldStart(pods: readonly Pick<PodRecord, "stages">[]): number | null {
  const seconds = pods.flatMap(({ stages: [first, ...later] }) => {
    const ready = later.find(([, stage]) => stage === "Ready");
    return first === undefined || first[1] === "Ready" || ready === undefined ? [] : [ready[0] - first[0]];
  });
  return seconds.length === 0 ? null : seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
}

function decisionRecord({ decision, ...taken }: RunFacts["decisions"][number]): DecisionRecord {
  const { timeSeconds, deployment, timer, specReplicas, readyReplicas } = taken;
  const { desiredReplicas, reason, evidence } = decision;
  return { timeSeconds, deployment, timer, specReplicas, desiredReplicas, readyReplicas, reason, ...heldOf(decision), evidence };
}
