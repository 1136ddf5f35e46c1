import { Cluster } from "../src/cluster/cluster.ts";
import { commitmentsOf } from "../src/cluster/commitments.ts";
import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig, PodLifecycleConfig } from "../src/cluster/config.ts";
import type { ClusterAction, ClusterListener, ClusterPort, LedgerPort } from "../src/cluster/ports.ts";
import type { Slowdown } from "../src/cluster/slowdown.ts";
import type { Fact } from "../src/domain/facts.ts";
import type { Json } from "../src/errors.ts";
import { Streams } from "../src/random/streams.ts";
import { Ledger } from "../src/record/ledger.ts";

/** Everything takes a fixed time, so that runs can be worked out on paper. */
export const LIFECYCLE: PodLifecycleConfig = {
  scheduleSeconds: 1,
  pullSeconds: { kind: "constant", value: 20 },
  loadSeconds: { kind: "constant", value: 30 },
  warmUpSeconds: { kind: "constant", value: 9 },
  readinessPeriodSeconds: 0,
  endpointDelaySeconds: 2,
  preStopSeconds: 5,
  onTerminate: "drain",
  terminationGraceSeconds: 60,
  restartDelaySeconds: 5,
};

export const POOL: NodePoolConfig = {
  name: "h100",
  gpu: "H100",
  gpusPerNode: 8,
  gpuMemoryBytes: 80e9,
  pricePerGpuHourUsd: 2,
  minNodes: 1,
  maxNodes: 2,
  provisionSeconds: { kind: "constant", value: 100 },
  allocatableSeconds: { kind: "constant", value: 20 },
  scanIntervalSeconds: 10,
  scaleDownUnneededSeconds: 300,
  scaleDownDelayAfterAddSeconds: 200,
  terminationSeconds: 30,
  minimumBillingSeconds: 60,
};

export const DEPLOYMENT: DeploymentClusterConfig = {
  name: "chat",
  namespace: "default",
  replicas: 1,
  gpusPerReplica: 4,
  nodePools: ["h100"],
  lifecycle: LIFECYCLE,
  cpuRequestCores: 8,
  memoryRequestBytes: 64e9,
};

export const CLUSTER: ClusterConfig = { nodePools: [POOL], deployments: [DEPLOYMENT] };

/** One deployment on one pool, with some values changed. */
export function clusterWith(changes: {
  readonly pool?: Partial<NodePoolConfig>;
  readonly deployment?: Partial<DeploymentClusterConfig>;
  readonly lifecycle?: Partial<PodLifecycleConfig>;
}): ClusterConfig {
  const lifecycle = { ...LIFECYCLE, ...changes.lifecycle };
  return { nodePools: [{ ...POOL, ...changes.pool }], deployments: [{ ...DEPLOYMENT, lifecycle, ...changes.deployment }] };
}

type RigAction = ClusterAction | "drained";
type QueuedEvent = [atSeconds: number, sequence: number, action: RigAction, subject: number, handle: number];

interface RigOptions {
  readonly seed?: string;
  /** From SIGTERM to empty. */
  readonly drainSeconds?: number;
  readonly wrapLedger?: (ledger: Ledger) => LedgerPort;
  readonly slowdowns?: readonly Slowdown[];
}

/** A cluster with a sorted list for an event queue, and replicas that take a fixed time to drain. */
export class ClusterRig implements ClusterPort, ClusterListener {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly facts: Fact[] = [];
  /** Calls of the listener but for facts, as "seconds call pod". */
  readonly calls: string[] = [];
  readonly #streams: Streams;
  readonly #drainSeconds: number;
  #queue: QueuedEvent[] = [];
  #sequence = 0;
  now = 0;

  constructor(config: ClusterConfig, { seed = "1", drainSeconds = 25, wrapLedger = (ledger) => ledger, slowdowns = [] }: RigOptions = {}) {
    this.#streams = new Streams(seed);
    this.#drainSeconds = drainSeconds;
    this.ledger = new Ledger(config.deployments.length, config.nodePools.length, commitmentsOf(config));
    this.cluster = new Cluster({ config, port: this, listener: this, ledger: wrapLedger(this.ledger), slowdowns });
  }

  start(): this {
    this.cluster.start(0);
    this.cluster.checkLaws();
    return this;
  }

  /** All events up to a time, itself included. */
  runTo(seconds: number): this {
    for (let head = this.#queue[0]; head !== undefined && head[0] <= seconds; head = this.#queue[0]) {
      this.#queue.shift();
      const [atSeconds, , action, subject] = head;
      this.now = atSeconds;
      if (action === "drained") this.cluster.replicaDrained(atSeconds, subject);
      else this.cluster.onEvent(atSeconds, action, subject);
      this.cluster.checkLaws();
    }
    this.now = seconds;
    return this;
  }

  scale(seconds: number, replicas: number, deployment = 0): this {
    this.runTo(seconds);
    this.cluster.setReplicas(seconds, deployment, replicas);
    this.cluster.checkLaws();
    return this;
  }

  restart(seconds: number, podIndex: number): this {
    this.runTo(seconds);
    this.cluster.restartContainer(seconds, podIndex);
    this.cluster.checkLaws();
    return this;
  }

  finish(seconds: number): this {
    this.runTo(seconds);
    this.cluster.finish(seconds);
    return this;
  }

  /** "seconds stage" of a pod or node. */
  stagesOf(name: string): string[] {
    return this.facts.flatMap((fact) =>
      (fact.kind === "pod-stage" && fact.pod === name) || (fact.kind === "node-stage" && fact.node === name)
        ? [`${fact.timeSeconds} ${fact.stage}`]
        : [],
    );
  }

  schedule(atSeconds: number, action: RigAction, subject: number): number {
    if (!(atSeconds >= this.now)) throw new Error(`${action} in the past: ${atSeconds}`);
    const handle = this.#sequence++;
    const position = this.#queue.findIndex(([at]) => at > atSeconds);
    this.#queue.splice(position < 0 ? this.#queue.length : position, 0, [atSeconds, handle, action, subject, handle]);
    return handle;
  }

  /** Stricter than a real queue, which may give the handle of a past event to another. */
  cancel(handle: number): void {
    const position = this.#queue.findIndex(([, , , , held]) => held === handle);
    if (position < 0) throw new Error(`no event has the handle ${handle}`);
    this.#queue.splice(position, 1);
  }

  uniform(streamName: string): number {
    return this.#streams.get(streamName).uniform();
  }

  replicaReady(pod: number, isWarm: boolean): void {
    this.calls.push(`${this.now} ready ${pod}${isWarm ? " warm" : ""}`);
  }

  endpointAdded(pod: number): void {
    this.calls.push(`${this.now} added ${pod}`);
  }

  endpointRemoved(pod: number): void {
    this.calls.push(`${this.now} removed ${pod}`);
  }

  replicaTerminating(pod: number, mode: "drain" | "abort"): void {
    this.calls.push(`${this.now} ${mode} ${pod}`);
    if (mode === "abort") this.cluster.replicaDrained(this.now, pod);
    else this.schedule(this.now + this.#drainSeconds, "drained", pod);
  }

  replicaKilled(pod: number, why: "deleted" | "restart"): void {
    this.calls.push(`${this.now} ${why} ${pod}`);
    this.#queue = this.#queue.filter(([, , action, subject]) => action !== "drained" || subject !== pod);
  }

  fact(fact: Fact): void {
    this.facts.push(fact);
  }

  save(): Json {
    const saved = {
      queue: this.#queue,
      sequence: this.#sequence,
      now: this.now,
      streams: this.#streams.save(),
      cluster: this.cluster.save(),
      ledger: this.ledger.save(),
    };
    return JSON.parse(JSON.stringify(saved)) as Json;
  }

  restore(saved: Json): this {
    const state = saved as unknown as { queue: QueuedEvent[]; sequence: number; now: number; streams: Json; cluster: Json; ledger: Json };
    this.#queue = state.queue;
    this.#sequence = state.sequence;
    this.now = state.now;
    this.#streams.restore(state.streams);
    this.cluster.restore(state.cluster);
    this.ledger.restore(state.ledger);
    return this;
  }
}
