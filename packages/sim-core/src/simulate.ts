import type { Observer } from "./domain/facts.ts";
import type { MetricSource } from "./scaling/metric-source.ts";
import type { BoundPolicy, MetricRequest } from "./scaling/policy.ts";
import { judgesAnswers } from "./scenario/model-routes.ts";
import type { Plan } from "./scenario/plan.ts";
import type { CapacityTable } from "./score/capacity-table.ts";
import { requestWork } from "./score/required.ts";
import type { RunResult } from "./score/result.ts";
import type { RunFacts } from "./score/run-facts.ts";
import { scenarioHeader, scoreRun } from "./score/run-result.ts";
import type { BuildReplica } from "./serving/fleet.ts";
import type { OpenTrace } from "./traffic/config.ts";
import { VERSION } from "./version.ts";
import { faultTimes } from "./world/fault-times.ts";
import { MetricFaults } from "./world/metric-faults.ts";
import { World, type WorldState } from "./world/world.ts";

export interface SimulateOptions {
  /** Name of the plan's policy entry to run; it labels the result. */
  readonly policy: string;
  /** Its controllers, bound to their code. */
  readonly controllers: readonly BoundPolicy[];
  readonly metricSource: MetricSource;
  /** Needed when the plan replays traces. */
  readonly openTrace?: OpenTrace;
  readonly observers?: readonly Observer[];
  /** κ(n) of each deployment, computed beforehand. Without it required(t) is 0 and all serving counts as buffer. */
  readonly capacity?: CapacityTable;
  readonly limits?: { readonly maxEvents?: number };
  /** Another engine in place of the fast one, such as the step-by-step reference. */
  readonly buildReplica?: BuildReplica;
}

/** A run that can be stopped, saved, continued elsewhere and scored. */
export interface Simulation {
  readonly nowSeconds: number;
  /** Handles every event before a time, at most to the end of the run. */
  runTo(untilSeconds: number): void;
  save(): WorldState;
  /** Finishes the run, if it has not been, and scores it. */
  result(): RunResult;
}

/** Runs one policy of a plan. Synchronous, deterministic: same arguments, same result, to the byte. @throws InputError, LimitError, SimError */
export function simulate(plan: Plan, options: SimulateOptions): RunResult {
  return createSimulation(plan, options).result();
}

/** Prepares a run at time 0, or continues a saved one of the same plan and options. */
export function createSimulation(plan: Plan, given: SimulateOptions, saved?: WorldState): Simulation {
  const options = { ...given, controllers: given.controllers.map((controller) => withCapacity(controller, given.capacity ?? [])) };
  const world = createWorld(plan, options);
  if (saved === undefined) world.start();
  else world.restore(saved);
  let finished: RunResult | undefined;
  return {
    get nowSeconds() {
      return world.kernel.nowSeconds;
    },
    runTo: (untilSeconds) => world.runTo(Math.min(untilSeconds, plan.durationSeconds)),
    save: () => world.save(),
    result: () => {
      if (finished === undefined) {
        world.runTo(plan.durationSeconds);
        world.finish();
        finished = score(plan, options, world);
      }
      return finished;
    },
  };
}

/** Some policies size by κ(n), which is known only now. */
function withCapacity(bound: BoundPolicy, capacity: CapacityTable): BoundPolicy {
  const { policy, config, deployment } = bound;
  if (policy.withCapacity === undefined) return bound;
  return { ...bound, config: policy.withCapacity(config, capacity.find((one) => one.deployment === deployment)?.points ?? []) };
}

function createWorld(plan: Plan, options: SimulateOptions): World {
  const capacity = options.capacity ?? [];
  const weights = plan.deployments.map(({ name }) => capacity.find(({ deployment }) => deployment === name)?.work);
  return new World(plan, {
    controllers: options.controllers,
    metricSource: options.metricSource,
    openTrace: options.openTrace,
    observers: options.observers ?? [],
    workOf: (deployment, promptTokens, outputTokens) => {
      const work = weights[deployment];
      return work === undefined ? 1 : requestWork(work, promptTokens, outputTokens);
    },
    readSeries: readSeries(options),
    retentionSeconds:
      Math.max(...requestsOf(options).map((request) => options.metricSource.reachSeconds?.(request) ?? DEFAULT_REACH_SECONDS), 0) +
      new MetricFaults(faultTimes(plan)).reachSeconds +
      RETENTION_MARGIN_SECONDS,
    maxEvents: options.limits?.maxEvents ?? Number.POSITIVE_INFINITY,
    buildReplica: options.buildReplica,
  });
}

/** Kept for queries of a source that does not say how far back it reads. */
const DEFAULT_REACH_SECONDS = 600;
/** On top of what queries reach, so that no window is cut by a rounding. */
const RETENTION_MARGIN_SECONDS = 60;

function requestsOf({ controllers }: SimulateOptions): readonly MetricRequest[] {
  return controllers.flatMap(({ policy, config }) => policy.queries(config));
}

/** Names of the series that some policy can read; undefined when one may read any. */
function readSeries(options: SimulateOptions): ReadonlySet<string> | undefined {
  const read = requestsOf(options).map((request) => options.metricSource.series(request));
  return read.includes(undefined) ? undefined : new Set(read.flatMap((names) => names ?? []));
}

function score(plan: Plan, options: SimulateOptions, world: World): RunResult {
  const { recorder, ledger, loop, log, service, kernel, traffic } = world;
  const facts: RunFacts = {
    recorder,
    ledger: ledger.snapshot(plan.durationSeconds),
    decisions: loop.decisions,
    undecided: loop.undecided,
    undecidedFirings: loop.undecidedFirings,
    replicas: log.series.map((series, deployment) => ({ ...series, ...service.fleet.counts(deployment) })),
    pods: [...log.pods.values()],
    nodes: [...log.nodes.values()],
    streams: traffic.tallies.map((tally, stream) => {
      const { name, deployment } = plan.traffic[stream] as Plan["traffic"][number];
      return { name, deployment: deployment ?? null, ...tally };
    }),
    refusedRetries: service.refusedRetries,
    steps: service.fleet.steps,
    events: kernel.events,
  };
  const controllers = options.controllers.map(({ deployment, policy, config }) => ({
    deployment,
    kind: policy.id,
    metrics: policy.queries(config),
  }));
  const { cluster, slo, assumptions } = plan;
  return scoreRun(
    {
      version: VERSION,
      scenario: scenarioHeader(plan),
      policy: options.policy,
      controllers,
      cluster,
      slo,
      scrapeIntervalSeconds: plan.metrics.scrapeIntervalSeconds,
      prefills: plan.deployments.map(({ serving }) => serving.disaggregation?.prefillDeployment),
      capacity: options.capacity ?? [],
      isBlamed: options.capacity !== undefined,
      assumptions,
      ...(judgesAnswers(plan) ? { quality: plan.quality ?? { badAnswerUsd: 0 } } : {}),
    },
    facts,
  );
}
