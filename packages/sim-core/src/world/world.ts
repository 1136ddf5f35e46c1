import { Cluster } from "../cluster/cluster.ts";
import { commitmentsOf } from "../cluster/commitments.ts";
import type { DeploymentClusterConfig } from "../cluster/config.ts";
import type { Fact, Observer } from "../domain/facts.ts";
import { createRequestRecord, NO_ORIGIN, type RequestOrigin, type RequestRecord } from "../domain/request.ts";
import { type Json, unreachable } from "../errors.ts";
import { Kernel, type KernelState } from "../kernel/kernel.ts";
import { Priority } from "../kernel/priorities.ts";
import { type PodHistograms, type PodSample, Scraper, type ScraperState } from "../metrics/scrape.ts";
import { SeriesStore, type SeriesStoreState } from "../metrics/series-store.ts";
import { Streams } from "../random/streams.ts";
import { Ledger } from "../record/ledger.ts";
import { Recorder, type RecorderState } from "../record/recorder.ts";
import { ControlLoop, type ControlLoopState } from "../scaling/control-loop.ts";
import type { MetricSource } from "../scaling/metric-source.ts";
import type { BoundPolicy } from "../scaling/policy.ts";
import type { Plan, PlanDeployment } from "../scenario/plan.ts";
import type { BuildReplica } from "../serving/fleet.ts";
import { SlotState } from "../serving/request-table.ts";
import { Service, type ServiceState } from "../serving/service.ts";
import type { Clients, ClientsState } from "../traffic/clients.ts";
import type { OpenTrace } from "../traffic/config.ts";
import { Decisions, type DecisionsState } from "./decisions.ts";
import { clusterCode, codeOf, eventOf, serviceCode } from "./events.ts";
import { faultTimes } from "./fault-times.ts";
import { Faults, slowdownsOf } from "./faults.ts";
import { Hindrances } from "./hindrances.ts";
import { checkConservation } from "./invariants.ts";
import { readLive } from "./live.ts";
import { MainLoop } from "./main-loop.ts";
import { MetricFaults } from "./metric-faults.ts";
import { ModelRouter, NOWHERE } from "./model-router.ts";
import { PodMeters, type PodMetersState } from "./pod-meters.ts";
import { gatewayTargets } from "./pool-meters.ts";
import { kvCacheUtilization, readDeployment, recordMinute } from "./readings.ts";
import { ReplicaLog, type ReplicaLogState } from "./replica-log.ts";
import { Replicas } from "./replicas.ts";
import { RequestJournal } from "./request-journal.ts";
import { Scraping } from "./scraping.ts";
import { copyOf } from "./snapshot.ts";
import { openTraffic } from "./traffic.ts";

export interface WorldOptions {
  readonly controllers: readonly BoundPolicy[];
  readonly metricSource: MetricSource;
  readonly openTrace: OpenTrace | undefined;
  readonly observers: readonly Observer[];
  /** Work of a request in units of the mix's mean, per deployment. */
  readonly workOf: (deployment: number, promptTokens: number, outputTokens: number) => number;
  /** Series that are kept; undefined: all. */
  readonly readSeries: ReadonlySet<string> | undefined;
  /** How long samples are kept. */
  readonly retentionSeconds: number;
  readonly maxEvents: number;
  /** The reference engine takes the fast one's place in tests and benchmarks. */
  readonly buildReplica: BuildReplica | undefined;
}

/** A run at a moment, as plain data. */
export interface WorldState {
  readonly kernel: KernelState;
  readonly streams: Json;
  readonly traffic: ClientsState;
  readonly cluster: Json;
  readonly ledger: Json;
  readonly service: ServiceState;
  readonly recorder: RecorderState;
  readonly series: SeriesStoreState;
  readonly scraper: ScraperState;
  readonly loop: ControlLoopState;
  readonly meters: PodMetersState;
  readonly log: ReplicaLogState;
  readonly decisions: DecisionsState;
  readonly requestCount: number;
  readonly scrapes: number;
  readonly samples: number;
}

const SAMPLE_PERIOD_SECONDS = 60;
const TIMEOUT_CODE: number = /* @__PURE__ */ serviceCode("timeout");

/**
 * One run: its clock, its parts, and who hears of what. It wires and dispatches; what things mean is the parts'
 * business.
 */
export class World {
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly log: ReplicaLog;
  readonly loop: ControlLoop;
  readonly kernel: Kernel;
  readonly service: Service;
  private readonly cluster: Cluster;
  private readonly plan: Plan;
  private readonly options: WorldOptions;
  private readonly streams: Streams;
  readonly traffic: Clients;
  /** Position of a deployment in the plan, by its name. */
  private readonly indices: ReadonlyMap<string, number>;
  private readonly router: ModelRouter;
  private readonly store: SeriesStore;
  private readonly scraper: Scraper;
  private readonly scraping: Scraping;
  private readonly meters: PodMeters;
  private readonly journal: RequestJournal;
  private readonly mainLoop: MainLoop;
  private readonly metricFaults: MetricFaults;
  private readonly faults: Faults;
  private readonly replicas: Replicas;
  private readonly decisions: Decisions;
  private requestCount = 0;
  private samples = 0;
  private readonly record: RequestRecord = createRequestRecord();
  private readonly origin: RequestOrigin = { ...NO_ORIGIN };

  constructor(plan: Plan, options: WorldOptions) {
    const { deployments, cluster } = plan;
    const isRead = (name: string): boolean => options.readSeries === undefined || options.readSeries.has(name);
    this.plan = plan;
    this.options = options;
    this.kernel = new Kernel(options.maxEvents);
    const occurrences = faultTimes(plan);
    this.metricFaults = new MetricFaults(occurrences);
    this.streams = new Streams(plan.seed);
    this.traffic = openTraffic(plan, this.streams, options.openTrace);
    this.indices = new Map(deployments.map(({ name }, index) => [name, index]));
    this.router = new ModelRouter(
      plan,
      this.streams,
      {
        readyReplicas: (deployment) => this.service.endpoints(deployment),
        inFlight: (deployment) => this.service.inFlight(deployment),
        kvCacheUtilization: (deployment) => kvCacheUtilization(this.service, plan, deployment, this.kernel.nowSeconds),
      },
      (deployment) => this.indexOf(deployment),
    );
    this.recorder = new Recorder({
      durationSeconds: plan.durationSeconds,
      deployments: deployments.length,
      objectives: plan.slo.objectives,
    });
    this.ledger = new Ledger(cluster.deployments.length, cluster.nodePools.length, commitmentsOf(cluster));
    this.log = new ReplicaLog(deployments.length);
    this.store = new SeriesStore(options.retentionSeconds);
    this.scraper = new Scraper(this.store, gatewayTargets(plan), isRead);
    this.scraping = new Scraping({
      kernel: this.kernel,
      scraper: this.scraper,
      intervalSeconds: plan.metrics.scrapeIntervalSeconds,
      isSpread: plan.metrics.scrapeOffset === "spread",
      deployments: deployments.map(({ name }) => name),
      place: (target) => this.streams.once(`scrape/${target}`),
      readPod: (pod, now, into, histograms) => this.readPod(pod, now, into, histograms),
      readDeployment: (deployment, now, into) => readDeployment(this.service, this.cluster, deployment, now, into),
    });
    this.meters = new PodMeters(isRead("vllm:request_success_total"), this.scraper.readsHistograms, isRead("DCGM_FI_DEV_GPU_UTIL"));
    this.journal = new RequestJournal({
      recorder: this.recorder,
      meters: this.meters,
      hindrances: new Hindrances(
        deployments.map(({ serving }) => serving),
        plan.slo.objectives,
        (replica, sinceSeconds) => this.service.hosts.wasGpuShared(replica, sinceSeconds),
      ),
      observers: options.observers,
      deployments: deployments.map(({ name }) => name),
      workOf: options.workOf,
      isAdequate: (slot) => this.router.isAdequate(this.service.table, slot),
      drained: (replica, timeSeconds) => this.drained(replica, timeSeconds),
      ended: (stream, client, fate, timeSeconds) => this.traffic.ended(stream, client, fate, timeSeconds),
    });
    this.service = new Service(
      deployments.map(({ serving }) => serving),
      {
        schedule: (at, timer, subject) => this.kernel.at(at, Priority.Arrival, serviceCode(timer), subject),
        // of one deployment all last equally long
        scheduleTimeout: (at, slot) => this.kernel.inOrder(at, Priority.Arrival, TIMEOUT_CODE, slot),
        cancel: (handle) => this.kernel.cancel(handle),
        retryJitter: (requestId, attempt) => this.streams.once(`retry/${requestId}/${attempt}`),
        escalation: (slot) => this.router.escalation(this.service.table, slot),
        acceptance: (requestId) => this.streams.once(`acceptance/${requestId}`),
        gpuOf: (pod) => this.cluster.sharedGpuOf(pod),
        routing: (deployment) => this.streams.get(`routing/${(deployments[deployment] as PlanDeployment).name}`).uniform(),
      },
      this.journal,
      options.buildReplica,
    );
    this.journal.attach(this.service);
    this.replicas = new Replicas(
      {
        plan,
        kernel: this.kernel,
        service: this.service,
        meters: this.meters,
        scraper: this.scraper,
        scraping: this.scraping,
        log: this.log,
        indexOf: (deployment) => this.indexOf(deployment),
        tell: (fact) => this.tell(fact),
      },
      () => this.cluster,
    );
    this.cluster = new Cluster({
      config: cluster,
      listener: this.replicas,
      ledger: this.ledger,
      slowdowns: slowdownsOf(occurrences, deployments),
      port: {
        schedule: (at, action, subject) => this.kernel.at(at, Priority.LifeCycle, clusterCode(action), subject),
        cancel: (handle) => this.kernel.cancel(handle),
        uniform: (stream) => this.streams.get(stream).uniform(),
        inFlight: (pod) => this.service.fleet.get(pod).inFlight,
      },
    });
    this.loop = new ControlLoop(options.controllers, options.metricSource, {
      scale: (deployment) => this.cluster.scaleView(this.indexOf(deployment)),
      pods: (deployment) => this.cluster.podViews(this.indexOf(deployment)),
      namespace: (deployment) => (cluster.deployments[this.indexOf(deployment)] as DeploymentClusterConfig).namespace,
      reader: this.store,
      live: (metric, deployment, now) =>
        readLive({ service: this.service, cluster: this.cluster, plan }, this.indexOf(deployment), metric, now),
      startEpochSeconds: plan.startEpochSeconds,
      outageAt: (now) => this.metricFaults.outageAt(now),
      lagAt: (now) => this.metricFaults.lagAt(now),
    });
    this.faults = new Faults(occurrences, plan.updates ?? [], {
      cluster: this.cluster,
      schedule: (at, subject) => this.kernel.at(at, Priority.LifeCycle, codeOf("fault"), subject),
      deployment: (name) => this.indexOf(name),
      pool: (name) => cluster.nodePools.findIndex((pool) => pool.name === name),
      inFlight: (pod) => this.service.fleet.get(pod).inFlight,
      restartControllers: (deployment) => this.loop.restart(deployment),
    });
    this.decisions = new Decisions({
      kernel: this.kernel,
      loop: this.loop,
      cluster: this.cluster,
      indexOf: (deployment) => this.indexOf(deployment),
      changes: (deployment, fact) => {
        this.tell(fact);
        this.replicas.changed(deployment);
      },
    });
    this.mainLoop = new MainLoop({
      kernel: this.kernel,
      fleet: this.service.fleet,
      traffic: this.traffic,
      arrive: () => this.arrive(),
      dispatch: () => this.dispatch(),
    });
  }

  /** Puts everything in place at time 0. */
  start(): void {
    const { kernel, plan } = this;
    this.cluster.start(0);
    plan.deployments.forEach((_, deployment) => {
      this.replicas.logCounts(deployment);
    });
    this.scraping.start();
    kernel.at(SAMPLE_PERIOD_SECONDS, Priority.Sample, codeOf("sample"), 0);
    this.decisions.start();
    this.faults.start();
  }

  /** Handles everything before a time. May be called again with a later one. */
  runTo(untilSeconds: number): void {
    this.mainLoop.runTo(untilSeconds);
  }

  /** The end of the run: what is open is counted as it stands, every bill is closed, the laws are checked. */
  finish(): void {
    const endSeconds = this.plan.durationSeconds;
    this.kernel.advanceTo(endSeconds);
    for (const replica of this.service.fleet.indices()) this.service.fleet.get(replica).flush(endSeconds);
    const { table } = this.service;
    table.forEachSlot((slot) => {
      const state = table.state[slot] as number;
      if (state === SlotState.Free || table.aborted[slot] === 1) return;
      if (state !== SlotState.Backoff) this.recorder.attemptEnded("inFlight");
      this.journal.record(table.deployment[slot] as number, slot, "inFlight", endSeconds);
    });
    this.traffic.finish(endSeconds);
    if (this.samples * SAMPLE_PERIOD_SECONDS < endSeconds) this.sample(endSeconds);
    this.cluster.checkLaws();
    this.cluster.finish(endSeconds);
    checkConservation(this.recorder, endSeconds);
  }

  // ── dispatch ──────────────────────────────────────────────────────────────────────────────────────────────────

  private arrive(): void {
    const { record, origin } = this;
    const stream = this.traffic.next(record, origin);
    if (stream < 0) return;
    const requestId = this.requestCount++;
    const deployment = this.router.route(stream, requestId, record, origin);
    if (deployment === NOWHERE) {
      this.journal.turnedAway(requestId, record, origin);
      return;
    }
    this.service.arrive(deployment, requestId, record.promptTokens, record.outputTokens, record.arrivalSeconds, origin, record);
  }

  private dispatch(): void {
    const { queue, nowSeconds } = this.kernel;
    const event = eventOf(queue.headKind);
    const subject = queue.headSubject;
    queue.pop();
    switch (event.kind) {
      case "cluster":
        this.cluster.onEvent(nowSeconds, event.action, subject);
        this.replicas.settled();
        return;
      case "client":
        this.service.onTimer(event.timer, subject, nowSeconds);
        return;
      case "gateway":
        this.service.onGatewayTimer(event.timer, subject, nowSeconds);
        return;
      case "scrape":
        this.scraping.fire(subject, nowSeconds, (pod) => this.replicas.targetName(pod));
        return;
      case "policy-timer":
        this.decisions.fire(subject, nowSeconds);
        return;
      case "apply":
        this.decisions.apply(subject, nowSeconds);
        this.replicas.settled();
        return;
      case "fault":
        this.faults.strike(subject, nowSeconds);
        this.replicas.settled();
        return;
      case "sample":
        this.sample(nowSeconds);
        this.kernel.at(++this.samples * SAMPLE_PERIOD_SECONDS + SAMPLE_PERIOD_SECONDS, Priority.Sample, codeOf("sample"), 0);
        return;
      default:
        unreachable(event);
    }
  }

  private readPod(pod: number, nowSeconds: number, into: PodSample, histograms: PodHistograms | undefined): boolean {
    if (!this.service.isServing(pod)) return false;
    const { name, serving } = this.deploymentOfPod(pod);
    const lostShare = this.metricFaults.lostShareAt(name, nowSeconds);
    if (lostShare > 0 && this.streams.once(`scrape-loss/${this.replicas.targetName(pod)}/${nowSeconds}`) < lostShare) return false;
    const { engine } = serving;
    this.meters.read(pod, this.service.fleet.get(pod), engine, nowSeconds, into, histograms);
    return true;
  }

  private sample(nowSeconds: number): void {
    const minute = Math.ceil(nowSeconds / SAMPLE_PERIOD_SECONDS) - 1;
    recordMinute(this.recorder, this.service, this.plan, minute, nowSeconds);
  }

  /** A terminating replica has nothing left in flight. */
  private drained(replica: number, timeSeconds: number): void {
    this.cluster.replicaDrained(timeSeconds, replica);
    this.replicas.settled();
  }

  private tell(fact: Fact): void {
    for (const observe of this.options.observers) observe(fact);
  }

  private indexOf(deployment: string): number {
    return this.indices.get(deployment) as number; // names come from the plan
  }

  private deploymentOfPod(pod: number): PlanDeployment {
    return this.plan.deployments[this.service.deploymentOf(pod)] as PlanDeployment;
  }

  // ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The run at this moment, as plain data of its own. */
  save(): WorldState {
    return copyOf({
      kernel: this.kernel.save(),
      streams: this.streams.save(),
      traffic: this.traffic.save(),
      cluster: this.cluster.save(),
      ledger: this.ledger.save(),
      service: this.service.save(),
      recorder: this.recorder.save(),
      series: this.store.save(),
      scraper: this.scraper.save(),
      loop: this.loop.save(),
      meters: this.meters.save(),
      log: this.log.save(),
      decisions: this.decisions.save(),
      requestCount: this.requestCount,
      scrapes: this.scraping.count,
      samples: this.samples,
    });
  }

  /** Continues a saved run; this world must be new and of the same plan and options. */
  restore(saved: WorldState): void {
    const state = copyOf(saved);
    this.traffic.restore(state.traffic);
    this.streams.restore(state.streams);
    this.kernel.restore(state.kernel);
    this.cluster.restore(state.cluster);
    this.ledger.restore(state.ledger);
    this.service.restore(state.service);
    this.recorder.restore(state.recorder);
    this.store.restore(state.series);
    this.scraper.restore(state.scraper);
    this.loop.restore(state.loop);
    this.meters.restore(state.meters);
    this.log.restore(state.log);
    this.decisions.restore(state.decisions);
    this.requestCount = state.requestCount;
    this.scraping.count = state.scrapes;
    this.samples = state.samples;
  }
}
