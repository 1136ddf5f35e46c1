import type {
  Json,
  MetricAnswer,
  Observation,
  PodView,
  Policy,
  PolicyContext,
  PolicyTimer,
  ScaleDecision,
  ScaleView,
} from "@replicast/sim-core";

/** One firing of a policy's timer as a test writes it; what is left out is the policy's first timer, one replica, no pods, no metrics. */
export interface Scripted {
  readonly atSeconds: number;
  readonly timer?: string;
  /** A number stands for a scale target of that many replicas. */
  readonly scale?: ScaleView | number;
  readonly pods?: readonly PodView[];
  /** A number stands for an answer of one element without labels. */
  readonly metrics?: Readonly<Record<string, MetricAnswer | number>>;
}

/** What a policy made of one firing. */
export interface DrivenStep<State> {
  readonly atSeconds: number;
  readonly decision?: ScaleDecision;
  readonly state: State;
}

/** Runs a policy through scripted observations, its memory going from each to the next through JSON, as a saved run would do it. */
export function drive<Config extends Json, State extends Json>(
  policy: Policy<Config, State>,
  config: Config,
  script: readonly Scripted[],
): readonly DrivenStep<State>[] {
  const firstTimer = policy.timers(config)[0]?.name ?? "";
  let state = policy.initialState(config);
  return script.map((scripted) => {
    const timer = scripted.timer ?? firstTimer;
    const { decision, state: next } = policy.decide(observationOf(scripted, timer), throughJson(state), config);
    state = next;
    return { atSeconds: scripted.atSeconds, state, ...(decision === undefined ? {} : { decision }) };
  });
}

/** A policy's configuration, parsed in the test context; throws the issues when it is refused. */
export function configOf<Config extends Json, State extends Json>(
  policy: Policy<Config, State>,
  raw: unknown,
  context: PolicyContext = testContext(),
): Config {
  const parsed = policy.parseConfig(raw, context);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return throughJson(parsed.config);
}

/** A deployment "chat" that takes 120 s to start, a run of one day from Monday 2026-03-02 00:00 UTC, no files, only the zone UTC. */
export function testContext(changes: Partial<PolicyContext> = {}): PolicyContext {
  return {
    deployment: { name: "chat", namespace: "default", replicas: 1, coldStartSeconds: 120, maxSequences: 64 },
    readFile: () => undefined,
    zone: (timeZone) => (timeZone === "UTC" ? { timeZone, fromEpochSeconds: [0], offsetSeconds: [0] } : undefined),
    startEpochSeconds: 1_772_409_600,
    durationSeconds: 86_400,
    ...changes,
  };
}

/** An answer of one element without labels. */
export function answered(value: number, ageSeconds = 0): MetricAnswer {
  return { ok: true, elements: [{ labels: {}, value }], ageSeconds };
}

/** A world in which load is a fluid: it arrives at a rate, waits in one queue, and each ready replica carries off so much a second. */
export interface FluidWorld {
  readonly durationSeconds: number;
  readonly stepSeconds: number;
  readonly arrivalsPerSecond: (timeSeconds: number) => number;
  readonly perReplica: number;
  /** From asking for a replica to its being ready. */
  readonly readyDelaySeconds: number;
  readonly replicas: number;
  /** What the policy's metric requests are answered with, by name. */
  readonly metrics: (moment: FluidMoment) => Readonly<Record<string, MetricAnswer | number>>;
}

export interface FluidMoment {
  readonly timeSeconds: number;
  /** Mean arrivals of the last minute (of what there was of it), per second. */
  readonly observedPerSecond: number;
  readonly backlog: number;
  readonly readyReplicas: number;
  readonly specReplicas: number;
}

export interface FluidResult {
  readonly moments: readonly FluidMoment[];
  readonly decisions: readonly (ScaleDecision & { readonly timeSeconds: number })[];
  /** Replicas × seconds, counted from the asking to the removal. */
  readonly replicaSeconds: number;
  /** Largest backlog ever. */
  readonly backlogMax: number;
}

interface Fleet {
  spec: number;
  /** Times at which replicas become ready, ascending; the newest are removed first. */
  readyAt: number[];
  backlog: number;
}

const OBSERVED_SECONDS = 60;

/** Closes the loop between a policy and a fluid world: decisions act at once downwards, after the ready delay upwards. */
export function runFluid<Config extends Json, State extends Json>(
  policy: Policy<Config, State>,
  config: Config,
  world: FluidWorld,
): FluidResult {
  const fleet: Fleet = { spec: world.replicas, readyAt: new Array<number>(world.replicas).fill(0), backlog: 0 };
  const moments: FluidMoment[] = [];
  const decisions: (ScaleDecision & { readonly timeSeconds: number })[] = [];
  const fired = new Map<string, number>();
  let state = policy.initialState(config);
  let replicaSeconds = 0;
  const steps = Math.floor(world.durationSeconds / world.stepSeconds);
  for (let step = 0; step < steps; step++) {
    const timeSeconds = step * world.stepSeconds;
    const moment = look(fleet, world, timeSeconds);
    moments.push(moment);
    for (const timer of policy.timers(config).filter((one) => isDue(one, timeSeconds, fired))) {
      const metrics = policy.needs(timer.name, state, config, scaleOf(fleet.spec)).length === 0 ? {} : world.metrics(moment);
      const seen = { atSeconds: timeSeconds, scale: fleet.spec, metrics, pods: podsOf(fleet, world, timeSeconds) };
      const outcome = policy.decide(observationOf(seen, timer.name), state, config);
      state = outcome.state;
      if (outcome.decision === undefined) continue;
      decisions.push({ ...outcome.decision, timeSeconds });
      rescale(fleet, outcome.decision.desiredReplicas, timeSeconds + world.readyDelaySeconds);
    }
    const served = world.perReplica * readyCount(fleet, timeSeconds) * world.stepSeconds;
    fleet.backlog = Math.max(0, fleet.backlog + world.arrivalsPerSecond(timeSeconds) * world.stepSeconds - served);
    replicaSeconds += fleet.spec * world.stepSeconds;
  }
  return { moments, decisions, replicaSeconds, backlogMax: moments.reduce((most, one) => Math.max(most, one.backlog), 0) };
}

/** True once for every firing whose time has come; firings are counted, so that rounding skips and doubles none. */
function isDue(timer: PolicyTimer, timeSeconds: number, fired: Map<string, number>): boolean {
  const next = fired.get(timer.name) ?? 0;
  if ((timer.phaseSeconds ?? 0) + next * timer.periodSeconds > timeSeconds) return false;
  fired.set(timer.name, next + 1);
  return true;
}

function look(fleet: Fleet, world: FluidWorld, timeSeconds: number): FluidMoment {
  const samples = Math.min(timeSeconds, OBSERVED_SECONDS) / world.stepSeconds;
  let arrivals = 0;
  for (let back = 1; back <= samples; back++) arrivals += world.arrivalsPerSecond(timeSeconds - back * world.stepSeconds);
  return {
    timeSeconds,
    observedPerSecond: samples < 1 ? 0 : arrivals / Math.floor(samples),
    backlog: fleet.backlog,
    readyReplicas: readyCount(fleet, timeSeconds),
    specReplicas: fleet.spec,
  };
}

function readyCount(fleet: Fleet, timeSeconds: number): number {
  return fleet.readyAt.filter((readySeconds) => readySeconds <= timeSeconds).length;
}

/** Each replica as a pod that runs from its asking on and is Ready when its delay is over. */
function podsOf(fleet: Fleet, { readyDelaySeconds }: FluidWorld, timeSeconds: number): readonly PodView[] {
  return fleet.readyAt.map((readySeconds, index) => {
    const createdSeconds = Math.max(0, readySeconds - readyDelaySeconds);
    const status = readySeconds <= timeSeconds;
    const ready = { status, sinceSeconds: status ? readySeconds : createdSeconds };
    return { name: `pod-${index}`, phase: "Running", createdSeconds, startSeconds: createdSeconds, ready, requests: {} };
  });
}

function rescale(fleet: Fleet, replicas: number, readySeconds: number): void {
  while (fleet.readyAt.length < replicas) fleet.readyAt.push(readySeconds);
  fleet.readyAt.length = replicas;
  fleet.spec = replicas;
}

function observationOf(scripted: Scripted, timer: string): Observation {
  const metrics: Record<string, MetricAnswer> = {};
  for (const [name, answer] of Object.entries(scripted.metrics ?? {}))
    metrics[name] = typeof answer === "number" ? answered(answer) : answer;
  const scale = scripted.scale ?? 1;
  return {
    nowSeconds: scripted.atSeconds,
    timer,
    scale: typeof scale === "number" ? scaleOf(scale) : scale,
    pods: scripted.pods ?? [],
    metrics,
  };
}

function scaleOf(replicas: number): ScaleView {
  return { specReplicas: replicas, statusReplicas: replicas };
}

/** A value as it comes back from a saved run. */
function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
