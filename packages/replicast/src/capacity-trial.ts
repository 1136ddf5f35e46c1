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
  type WorkWeights,
} from "@replicast/sim-core";
import { requestWork } from "@replicast/sim-core/score";
import { type Lengths, loneSeconds, mixWork } from "./capacity-work.ts";
import { type Pair, pairOf } from "./pairs.ts";

/** Traffic of all trials of one number of replicas: Poisson at one request per second, sped up by each trial. */
export interface TrialTraffic {
  readonly lengths: readonly Lengths[];
  /** Seconds at one request per second, ascending. */
  readonly arrivals: readonly number[];
}

/** Share of a trial's requests that only fill the replicas and are not judged. */
const FILL_SHARE = 0.2;
/** After the last arrival a trial runs on, so that late requests are judged by what happens to them. An emptied world costs nothing to simulate. */
const DRAIN_SECONDS = 3600;
/** A load whose backlog grows by more than this share of the arrivals is not carried, however loose the objectives. */
const BACKLOG_SHARE = 0.03;
/** The other side of a pair gets so many times the replicas that its work would keep busy. */
const AMPLE = 4;
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
  const durationSeconds = Math.ceil((traffic.arrivals.at(-1) ?? 0) / requestsPerSecond) + DRAIN_SECONDS;
  const pair = pairOf(plan, deployment);
  const members = pair === undefined ? [{ deployment, replicas }] : pairMembers(pair, deployment, replicas, traffic, requestsPerSecond);
  const hosts = members.map((member, index) => trialHosts(plan, member.deployment, member.replicas, index));
  return {
    ...plan,
    durationSeconds,
    seed: "capacity",
    traffic: [
      {
        kind: "trace",
        name: "capacity",
        deployment: (members[0] as TrialMember).deployment.name,
        file: TRACE_FILE,
        speed: requestsPerSecond,
        offsetSeconds: 0,
        spreadSeconds: 0,
      },
    ],
    deployments: members.map((member) => ({ name: member.deployment.name, serving: patient(member.deployment.serving) })),
    cluster: { nodePools: hosts.map(({ pool }) => pool), deployments: hosts.map(({ cluster }) => cluster) },
    metrics: { ...plan.metrics, scrapeIntervalSeconds: durationSeconds, adapter: [] },
    faults: [],
    policies: [{ name: "fixed", controllers: [] }],
    thresholds: [],
    derive: {},
    costs: {},
  };
}

interface TrialMember {
  readonly deployment: PlanDeployment;
  readonly replicas: number;
}

/** The side that decodes, which gets the traffic, then the one that computes prompts. */
function pairMembers(
  pair: Pair,
  deployment: PlanDeployment,
  replicas: number,
  traffic: TrialTraffic,
  requestsPerSecond: number,
): readonly TrialMember[] {
  const isDecode = pair.decode.name === deployment.name;
  const decode = isDecode ? deployment : pair.decode;
  const prefill = isDecode ? pair.prefill : deployment;
  const { serving } = decode;
  const paired = { ...serving, ...(serving.disaggregation && { disaggregation: { ...serving.disaggregation, prefillDeployment: 1 } }) };
  const ample = (busy: number): number => 1 + Math.ceil(AMPLE * requestsPerSecond * busy);
  return [
    { deployment: { ...decode, serving: paired }, replicas: isDecode ? replicas : ample(decodeBusySeconds(decode, traffic.lengths)) },
    { deployment: prefill, replicas: isDecode ? ample(mixWork(prefill.serving, traffic.lengths, "prompt").secondsPerRequest) : replicas },
  ];
}

/** The largest share of a replica that a mean request takes, times seconds: of its steps, its KV cache, its places or its link. */
function decodeBusySeconds({ serving }: PlanDeployment, lengths: readonly Lengths[]): number {
  const { maxSequences, kvBlocks, blockTokens, transfer } = serving.engine;
  const mean = (of: (each: Lengths) => number): number => lengths.reduce((sum, each) => sum + of(each), 0) / Math.max(1, lengths.length);
  const prompt = mean(({ promptTokens }) => promptTokens);
  const output = mean(({ outputTokens }) => outputTokens);
  const stay = loneSeconds(serving, { promptTokens: 1, outputTokens: Math.max(1, Math.round(output)) });
  const perSequence = Math.max((prompt + output) / (kvBlocks * blockTokens), 1 / maxSequences);
  const link = ((transfer?.perBlockSeconds ?? 0) * prompt) / blockTokens;
  return Math.max(mixWork(serving, lengths, "answer").secondsPerRequest, stay * perSequence, link);
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
    cluster: { ...cluster, replicas, nodePools: [own] },
  };
}

/** The same server, warm, whose clients wait for ever. */
function patient(serving: PlanDeployment["serving"]): PlanDeployment["serving"] {
  const { engine, gateway, client } = serving;
  return {
    ...serving,
    engine: { ...engine, warmUp: { factor: 1, requests: 1 } },
    gateway: patientGateway(gateway),
    client: { ...client, timeoutSeconds: Number.POSITIVE_INFINITY, patienceSeconds: Number.POSITIVE_INFINITY, maxRetries: 0 },
  };
}

/** The same routing and the same flow control, but nothing that waits is refused or given up. */
function patientGateway(gateway: PlanDeployment["serving"]["gateway"]): PlanDeployment["serving"]["gateway"] {
  const unlimited = Number.POSITIVE_INFINITY;
  const { flowControl } = gateway;
  const patient = { ...gateway, maxQueued: unlimited, queueTimeoutSeconds: unlimited };
  if (flowControl === undefined) return patient;
  const bands = [{ priority: 0, maxQueued: unlimited, flows: [{ name: "capacity", stream: 0 }] }];
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
export function createTrialJudge(slo: SloConfig, work: WorkWeights, traffic: TrialTraffic, requestsPerSecond: number): TrialJudge {
  const count = traffic.arrivals.length;
  const fromSeconds = (traffic.arrivals[Math.floor(count * FILL_SHARE)] ?? 0) / requestsPerSecond;
  const toSeconds = (traffic.arrivals.at(-1) ?? 0) / requestsPerSecond;
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
