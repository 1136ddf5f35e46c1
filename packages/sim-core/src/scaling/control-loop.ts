import type { SeriesReader } from "../domain/series-reader.ts";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";
import type { MetricContext, MetricSource } from "./metric-source.ts";
import type {
  BoundPolicy,
  LiveMetric,
  MetricAnswer,
  MetricElement,
  MetricRequest,
  PodView,
  PolicyTimer,
  ScaleDecision,
  ScaleView,
} from "./policy.ts";

/** Answers fail, come from a database without series, or are those of an earlier time. */
export type MetricOutage = "error" | "empty" | { readonly staleSinceSeconds: number };

/** What a controller may look at, handed in by the world. */
export interface ControlLoopPort {
  scale(deployment: string): ScaleView;
  pods(deployment: string): readonly PodView[];
  namespace(deployment: string): string;
  readonly reader: SeriesReader;
  /** What endpoints show when asked directly. Absent: nobody can be asked. */
  live?(metric: LiveMetric, deployment: string, nowSeconds: number): readonly MetricElement[];
  readonly startEpochSeconds: number;
  /** What becomes of metric answers at this time; undefined: nothing is wrong. */
  outageAt(nowSeconds: number): MetricOutage | undefined;
  /** How late samples become visible at this time, seconds. Absent: at once. */
  lagAt?(nowSeconds: number): number;
}

/** A decision as it is kept for the record. */
export interface RecordedDecision {
  readonly timeSeconds: number;
  readonly deployment: string;
  readonly timer: string;
  readonly specReplicas: number;
  /** Ready and not terminating when it was taken. */
  readonly readyReplicas: number;
  /** Age of the newest sample it rests on, seconds; absent: it rests on none. */
  readonly sampleAgeSeconds?: number;
  readonly decision: ScaleDecision;
}

/** A firing that led to no decision. */
export interface UndecidedFiring {
  readonly timeSeconds: number;
  readonly deployment: string;
}

export interface ControlLoopState {
  readonly states: readonly Json[];
  readonly decisions: readonly RecordedDecision[];
  readonly undecided: Readonly<Record<string, number>>;
  readonly undecidedFirings: readonly UndecidedFiring[];
}

/** A timer and whose it is. */
export interface ControllerTimer {
  readonly controller: number;
  readonly timer: PolicyTimer;
}

interface Controller {
  readonly bound: BoundPolicy;
  state: Json;
}

/** A database that was started anew, and has nothing to scrape. */
const NO_SERIES: SeriesReader = { select: () => [] };

/** What can be seen of the series. Prepared queries keep nothing about a past that is asked for anew, or about samples that come late. */
function visibleSeries(reader: SeriesReader, askedSeconds: number, nowSeconds: number, lagSeconds: number): SeriesReader {
  if (lagSeconds === 0) return askedSeconds === nowSeconds ? reader : { select: (...selection) => reader.select(...selection) };
  const newestSeconds = askedSeconds - lagSeconds;
  return { select: (matchers, after, until) => reader.select(matchers, after, Math.min(until, newestSeconds)) };
}

/** Runs the policies: asks for what they need, answers it, lets them decide, keeps what they remember and what they said. */
export class ControlLoop {
  readonly decisions: RecordedDecision[] = [];
  /** Firings without a decision, by what was missing. */
  readonly undecided: Record<string, number> = {};
  /** The same, one by one. */
  readonly undecidedFirings: UndecidedFiring[] = [];
  /** All timers, in the order in which simultaneous ones fire. */
  readonly timers: readonly ControllerTimer[];
  private readonly controllers: readonly Controller[];
  private readonly port: ControlLoopPort;
  private readonly source: MetricSource;

  constructor(policies: readonly BoundPolicy[], source: MetricSource, port: ControlLoopPort) {
    this.port = port;
    this.source = source;
    this.controllers = policies.map((bound) => ({ bound, state: bound.policy.initialState(bound.config) }));
    this.timers = policies.flatMap(({ policy, config }, controller) => policy.timers(config).map((timer) => ({ controller, timer })));
  }

  deploymentOf(controller: number): string {
    return this.at(controller).bound.deployment;
  }

  /** One firing. Returns the decision, if there is one; applying it is the world's business. */
  fire(controller: number, timer: string, nowSeconds: number): ScaleDecision | undefined {
    const entry = this.at(controller);
    const { policy, config, deployment } = entry.bound;
    const scale = this.port.scale(deployment);
    const pods = this.port.pods(deployment);
    const metrics: Record<string, MetricAnswer> = {};
    for (const request of policy.needs(timer, entry.state, config, scale))
      metrics[request.name] = this.answer(request, deployment, pods, nowSeconds);
    const outcome = policy.decide({ nowSeconds, timer, scale, pods, metrics }, entry.state, config);
    entry.state = outcome.state;
    const { decision } = outcome;
    if (decision === undefined) {
      if (outcome.isQuiet !== true) {
        this.countUndecided(metrics);
        this.undecidedFirings.push({ timeSeconds: nowSeconds, deployment });
      }
      return undefined;
    }
    if (!Number.isSafeInteger(decision.desiredReplicas) || decision.desiredReplicas < 0) {
      throw new SimError("policy_decision_out_of_range", nowSeconds, { policy: policy.id, desiredReplicas: decision.desiredReplicas });
    }
    const readyReplicas = pods.reduce((count, pod) => count + Number(pod.ready?.status === true && pod.deletionSeconds === undefined), 0);
    const failure = failureOf(decision);
    if (failure !== undefined) this.count(failure);
    const { specReplicas } = scale;
    this.decisions.push({ timeSeconds: nowSeconds, deployment, timer, specReplicas, readyReplicas, ...newestSample(metrics), decision });
    return decision;
  }

  private answer(request: MetricRequest, deployment: string, pods: readonly PodView[], nowSeconds: number): MetricAnswer {
    const { port } = this;
    if (request.kind === "live") return { ok: true, elements: port.live?.(request.metric, deployment, nowSeconds) ?? [], ageSeconds: 0 };
    const outage = port.outageAt(nowSeconds);
    if (outage === "error") return { ok: false, error: "metrics are unavailable" };
    const askedSeconds = outage === undefined || outage === "empty" ? nowSeconds : outage.staleSinceSeconds;
    const context: MetricContext = {
      nowSeconds: askedSeconds,
      startEpochSeconds: port.startEpochSeconds,
      reader: outage === "empty" ? NO_SERIES : visibleSeries(port.reader, askedSeconds, nowSeconds, port.lagAt?.(askedSeconds) ?? 0),
      pods,
      deployment,
      namespace: port.namespace(deployment),
    };
    const answer = this.source.answer(request, context);
    if (!answer.ok || answer.ageSeconds === undefined || askedSeconds === nowSeconds) return answer;
    return { ...answer, ageSeconds: answer.ageSeconds + nowSeconds - askedSeconds };
  }

  /** The controllers of a deployment, or of all, are started anew and remember nothing. */
  restart(deployment: string | undefined): void {
    for (const controller of this.controllers) {
      const { policy, config, deployment: own } = controller.bound;
      if (deployment === undefined || own === deployment) controller.state = policy.initialState(config);
    }
  }

  private countUndecided(metrics: Readonly<Record<string, MetricAnswer>>): void {
    const failed = Object.values(metrics).find((answer) => !answer.ok);
    this.count(failed === undefined || failed.ok ? "nothing to decide" : failed.error);
  }

  private count(reason: string): void {
    this.undecided[reason] = (this.undecided[reason] ?? 0) + 1;
  }

  save(): ControlLoopState {
    return {
      states: this.controllers.map(({ state }) => state),
      decisions: [...this.decisions],
      undecided: { ...this.undecided },
      undecidedFirings: [...this.undecidedFirings],
    };
  }

  restore(state: ControlLoopState): void {
    this.controllers.forEach((controller, i) => {
      controller.state = state.states[i] as Json;
    });
    refill(this.decisions, state.decisions);
    Object.assign(this.undecided, state.undecided);
    refill(this.undecidedFirings, state.undecidedFirings);
  }

  private at(controller: number): Controller {
    return this.controllers[controller] as Controller;
  }
}

/** One by one: as arguments of one call, as `splice` takes them, a long run has too many. */
function refill<T>(list: T[], entries: readonly T[]): void {
  list.length = 0;
  for (const entry of entries) list.push(entry);
}

/** Age of the newest sample that any answer rests on. */
function newestSample(metrics: Readonly<Record<string, MetricAnswer>>): { readonly sampleAgeSeconds?: number } {
  let newest = Number.POSITIVE_INFINITY;
  for (const answer of Object.values(metrics)) if (answer.ok) newest = Math.min(newest, answer.ageSeconds ?? Number.POSITIVE_INFINITY);
  return newest === Number.POSITIVE_INFINITY ? {} : { sampleAgeSeconds: newest };
}

/** A controller that holds because its metric failed says so in its reason (FailedGetPodsMetric, TriggerError): reason and first error. */
function failureOf({ reason, evidence }: ScaleDecision): string | undefined {
  if (!/^Failed|Error$/.test(reason)) return undefined;
  const entries = [evidence["triggers"], evidence["metrics"]].flatMap((list): readonly Json[] => (Array.isArray(list) ? list : []));
  const errors = entries.map((entry) => (typeof entry === "object" && entry !== null && "error" in entry ? entry["error"] : undefined));
  const error = errors.find((text) => typeof text === "string");
  return error === undefined ? reason : `${reason}: ${String(error)}`;
}
