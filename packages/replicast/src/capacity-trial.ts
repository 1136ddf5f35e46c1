import {
  type Fact,
  type MetricSource,
  type Observer,
  type OpenTrace,
  type Plan,
  type PlanDeployment,
  type RunResult,
  type SloConfig,
  type SloObjective,
  simulate,
  type TrafficConfig,
  type WorkWeights,
} from "@replicast/sim-core";
import { requestWork } from "@replicast/sim-core/score";
import { pairMembers, type TrialMember } from "./capacity-pair.ts";
import type { Lengths } from "./capacity-work.ts";
import { pairOf } from "./pairs.ts";

/** Traffic of all trials of one number of replicas: Poisson at one request per second, sped up by each trial. */
export interface TrialTraffic {
  readonly lengths: readonly Lengths[];
  /** Seconds at one request per second, ascending. */
  readonly arrivals: readonly number[];
}

/** What is sent in a trial, and when its requests are judged. */
export interface TrialLoad {
  /** Sent to the deployment on trial. */
  readonly streams: readonly TrafficConfig[];
  readonly openTrace: OpenTrace;
  /** Requests that stand for it. */
  readonly lengths: readonly Lengths[];
  readonly requestsPerSecond: number;
  /** Requests that arrive before only fill the replicas. */
  readonly fromSeconds: number;
  /** Nothing arrives later. */
  readonly toSeconds: number;
}

/** Share of a trial's requests that only fill the replicas and are not judged. */
const FILL_SHARE = 0.2;
/** After the last arrival a trial runs on, so that late requests are judged by what happens to them. An emptied world costs nothing to simulate. */
const DRAIN_SECONDS = 3600;
/** A load whose backlog grows by more than this share of the arrivals is not carried, however loose the objectives. */
const BACKLOG_SHARE = 0.03;
const TRACE_FILE = "capacity.csv";
/** Trials have no policies, hence nobody asks. */
const NO_METRICS: MetricSource = { series: () => [], answer: () => ({ ok: false, error: "a trial has no metrics" }) };

/** Simulates a trial: nobody scales its replicas. */
export function simulateTrial(trial: Plan, openTrace: OpenTrace, observers: readonly Observer[]): RunResult {
  return simulate(trial, { policy: "fixed", controllers: [], metricSource: NO_METRICS, openTrace, observers });
}

/**
 * The scenario reduced to a fixed fleet of warm replicas: no faults, no scaling, no impatience, traffic at `requestsPerSecond`. Of
 * a disaggregated pair the other side has more replicas than the load could ever need, so that this one alone sets the limit.
 */
export function trialPlan(
  plan: Plan,
  deployment: PlanDeployment,
  replicas: number,
  traffic: TrialTraffic,
  requestsPerSecond: number,
): Plan {
  return loadPlan(plan, deployment, replicas, poissonLoad(traffic, deployment, requestsPerSecond));
}

/** Traffic of a trial at a rate, as a trace that is sped up. */
export function poissonLoad(traffic: TrialTraffic, deployment: PlanDeployment, requestsPerSecond: number): TrialLoad {
  const stream: TrafficConfig = {
    kind: "trace",
    name: "capacity",
    deployment: deployment.name,
    file: TRACE_FILE,
    speed: requestsPerSecond,
    offsetSeconds: 0,
    spreadSeconds: 0,
  };
  const { arrivals, lengths } = traffic;
  return {
    streams: [stream],
    openTrace: trialTrace(traffic),
    lengths,
    requestsPerSecond,
    fromSeconds: (arrivals[Math.floor(arrivals.length * FILL_SHARE)] ?? 0) / requestsPerSecond,
    toSeconds: (arrivals.at(-1) ?? 0) / requestsPerSecond,
  };
}

/** The scenario reduced to a fixed fleet of warm replicas under a load; of a pair of deployments, the other side is ample. */
export function loadPlan(plan: Plan, deployment: PlanDeployment, replicas: number, load: TrialLoad): Plan {
  const durationSeconds = Math.ceil(load.toSeconds) + DRAIN_SECONDS;
  const pair = pairOf(plan, deployment);
  const members = pair === undefined ? [{ deployment, replicas }] : pairMembers(pair, deployment, replicas, load);
  const hosts = members.map((member, index) => trialHosts(plan, member.deployment, member.replicas, index));
  const met = (members[0] as TrialMember).deployment.name;
  const streams = load.streams.map((stream) => ({ ...stream, deployment: met }));
  const { models: _, ...rest } = plan;
  return {
    ...rest,
    durationSeconds,
    seed: "capacity",
    traffic: streams,
    deployments: members.map((member) => ({ name: member.deployment.name, serving: patient(member.deployment.serving, streams) })),
    cluster: { nodePools: hosts.map(({ pool }) => pool), deployments: hosts.map(({ cluster }) => cluster) },
    metrics: { ...plan.metrics, scrapeIntervalSeconds: durationSeconds, adapter: [] },
    faults: [],
    policies: [{ name: "fixed", controllers: [] }],
    thresholds: [],
    derive: {},
    costs: {},
  };
}

function trialHosts(
  plan: Plan,
  { name, serving }: PlanDeployment,
  replicas: number,
  index: number,
): { readonly pool: Plan["cluster"]["nodePools"][number]; readonly cluster: Plan["cluster"]["deployments"][number] } {
  const cluster = plan.cluster.deployments.find((candidate) => candidate.name === name);
  const pool = plan.cluster.nodePools.find((candidate) => cluster?.nodePools.includes(candidate.name));
  if (cluster === undefined || pool === undefined) throw new TypeError(`deployment ${name} has no node pool`);
  // both sides of a pair may come from one pool: here each has its own
  const own = index === 0 ? pool.name : `${pool.name}-${name}`;
  return {
    pool: { ...pool, name: own, gpusPerNode: serving.gpusPerReplica, minNodes: replicas, maxNodes: replicas },
    cluster: { ...cluster, nodesPerReplica: 1, replicas, nodePools: [own] },
  };
}

/** The same server, warm, whose clients wait for ever. */
function patient(serving: PlanDeployment["serving"], streams: readonly TrafficConfig[]): PlanDeployment["serving"] {
  const { engine, gateway, client } = serving;
  return {
    ...serving,
    engine: { ...engine, warmUp: { factor: 1, requests: 1 } },
    gateway: patientGateway(gateway, streams),
    client: { ...client, timeoutSeconds: Number.POSITIVE_INFINITY, patienceSeconds: Number.POSITIVE_INFINITY, maxRetries: 0 },
  };
}

/** The same routing and the same flow control, but nothing that waits is refused or given up. */
function patientGateway(
  gateway: PlanDeployment["serving"]["gateway"],
  streams: readonly TrafficConfig[],
): PlanDeployment["serving"]["gateway"] {
  const unlimited = Number.POSITIVE_INFINITY;
  const { flowControl } = gateway;
  const patient = { ...gateway, maxQueued: unlimited, queueTimeoutSeconds: unlimited };
  if (flowControl === undefined) return patient;
  const bands = [{ priority: 0, maxQueued: unlimited, flows: streams.map(({ name }, stream) => ({ name, stream })) }];
  return { ...patient, flowControl: { ...flowControl, ttlSeconds: unlimited, noEndpointTtlSeconds: unlimited, bands } };
}

/** Hands out the trial traffic as the text of a trace. */
export function trialTrace({ arrivals, lengths }: TrialTraffic): OpenTrace {
  const rows = arrivals.map((seconds, i) => `${seconds.toFixed(6)},${lengths[i]?.promptTokens},${lengths[i]?.outputTokens}\n`);
  return traceOfText(`arrival_s,input_tokens,output_tokens\n${rows.join("")}`);
}

/** A trace file whose text is at hand. */
export function traceOfText(text: string): OpenTrace {
  return () => {
    let at = 0;
    return {
      read(maxCharacters) {
        const piece = text.slice(at, at + maxCharacters);
        at += piece.length;
        return piece;
      },
    };
  };
}

export interface TrialVerdict {
  readonly carried: boolean;
  readonly workPerSecond: number;
  /** Mean time from arrival to last token, seconds; 0 when nothing was completed. */
  readonly residenceSeconds: number;
  /** Requests per second that ended while requests still arrived. */
  readonly throughputPerSecond: number;
  /** Requests per second that met every objective that is known request by request. */
  readonly goodputPerSecond: number;
  /** Of these objectives, the least share of requests that met one; the share that completed when there is none. 0…1. */
  readonly attainment: number;
}

/** Follows a trial and judges it afterwards. */
export interface TrialJudge {
  readonly observer: Observer;
  verdict(result: RunResult): TrialVerdict;
}

/** Judges the requests that arrived after the fill: every objective holds, and the backlog did not grow. */
export function createTrialJudge(
  slo: SloConfig,
  work: WorkWeights,
  { fromSeconds, toSeconds }: Pick<TrialLoad, "fromSeconds" | "toSeconds">,
): TrialJudge {
  const tallies = slo.objectives.map((objective) => ({ objective, counted: 0, good: 0 }));
  let arrived = 0;
  let completed = 0;
  let allGood = 0;
  let residence = 0;
  let ended = 0;
  let offered = 0;

  const onArrival = (fact: Extract<Fact, { kind: "request-arrived" }>): void => {
    if (fact.timeSeconds < fromSeconds) return;
    arrived++;
    offered += requestWork(work, fact.promptTokens, fact.outputTokens);
    for (const tally of tallies) if (counts(tally.objective, fact.outputTokens)) tally.counted++;
  };
  const onEnd = (fact: Extract<Fact, { kind: "request-ended" }>): void => {
    if (fact.fate === "inFlight") return;
    if (fact.timeSeconds >= fromSeconds && fact.timeSeconds < toSeconds) ended++;
    if (fact.arrivalSeconds < fromSeconds || fact.fate !== "completed") return;
    completed++;
    residence += fact.e2eSeconds ?? 0;
    let misses = 0;
    for (const tally of tallies) {
      if (isGood(tally.objective, fact)) tally.good++;
      else if (counts(tally.objective, fact.outputTokens) && isPerRequest(tally.objective)) misses++;
    }
    if (misses === 0) allGood++;
  };
  return {
    observer: (fact) => {
      if (fact.kind === "request-arrived") onArrival(fact);
      else if (fact.kind === "request-ended") onEnd(fact);
    },
    verdict: (result) => {
      const objectivesHold = tallies.every(({ objective, counted, good }, i) =>
        isPerRequest(objective) ? good >= objective.target * counted : result.slo.objectives[i]?.met === true,
      );
      const available = completed >= (slo.availability ?? 0) * arrived;
      const shares = tallies
        .filter(({ objective }) => isPerRequest(objective))
        .map(({ good, counted }) => (counted === 0 ? 1 : good / counted));
      const steady = arrived - ended <= BACKLOG_SHARE * arrived;
      return {
        carried: objectivesHold && available && steady,
        workPerSecond: offered / (toSeconds - fromSeconds),
        residenceSeconds: completed === 0 ? 0 : residence / completed,
        throughputPerSecond: ended / (toSeconds - fromSeconds),
        goodputPerSecond: allGood / (toSeconds - fromSeconds),
        attainment: Math.min(arrived === 0 ? 1 : completed / arrived, ...shares),
      };
    },
  };
}

/** Facts tell these latencies request by request; of token gaps and queue times a trial knows the summary of the whole run only. */
function isPerRequest({ metric }: SloObjective): boolean {
  return metric === "ttft" || metric === "e2e" || metric === "tpot";
}

function counts({ metric }: SloObjective, outputTokens: number): boolean {
  return metric !== "tpot" || outputTokens > 1;
}

function isGood(
  { metric, thresholdSeconds }: SloObjective,
  { ttftSeconds = 0, e2eSeconds = 0, outputTokens }: Extract<Fact, { kind: "request-ended" }>,
): boolean {
  if (metric === "ttft") return ttftSeconds <= thresholdSeconds;
  if (metric === "e2e") return e2eSeconds <= thresholdSeconds;
  return outputTokens > 1 && (e2eSeconds - ttftSeconds) / (outputTokens - 1) <= thresholdSeconds;
}
