import { Tournament } from "../kernel/tournament.ts";
import { BatchingEngine } from "./batching-engine.ts";
import { BatchingReplica } from "./batching-replica.ts";
import { DynamicBatchReplica } from "./disciplines/dynamic-batching.ts";
import { StaticBatchReplica } from "./disciplines/static-batching.ts";
import type { LatencyModel } from "./latency/model.ts";
import { createReplicaSample, type Replica, type ReplicaSetup, type SavedReplica } from "./replica.ts";

/** Builds the engine of a replica; the reference takes the fast one's place in tests and benchmarks. */
export type BuildReplica = (setup: ReplicaSetup) => Replica;

/** Builds the fast engines of the deployments' disciplines. Replicas with one latency model are of one deployment, and share their engine. */
export function createReplicaBuilder(): BuildReplica {
  const engines = new Map<LatencyModel, BatchingEngine>();
  return (setup) => {
    const { batching } = setup.engine;
    if (batching?.kind === "dynamic") return new DynamicBatchReplica(setup, batching);
    if (batching !== undefined) return new StaticBatchReplica(setup, batching);
    const engine = engines.get(setup.latency) ?? new BatchingEngine(setup);
    engines.set(setup.latency, engine);
    return new BatchingReplica(setup, engine);
  };
}

/** What a deployment's replicas hold together. */
export interface FleetLoad {
  readonly waiting: number;
  readonly running: number;
  readonly usedBlocks: number;
  readonly replicas: number;
}

/** What a deployment's engines have counted, past and present replicas together. */
export interface EngineCounts {
  readonly preemptions: number;
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
}

const NOTHING: EngineCounts = { preemptions: 0, prefixQueriedTokens: 0, prefixHitTokens: 0 };

export interface FleetState {
  readonly retiredSteps: number;
  readonly retired: readonly EngineCounts[];
  readonly replicas: readonly (readonly [index: number, state: SavedReplica])[];
}

/** Every replica that serves, and which of them has the next event. */
export class Fleet {
  private readonly replicas: (Replica | undefined)[] = [];
  /** Deployments of those that exist. */
  private readonly deployments: number[] = [];
  /** Those that exist, by deployment: sums must not loop over every pod there ever was. */
  private readonly byDeployment: Set<Replica>[] = [];
  private readonly next = new Tournament();
  /** Steps, and counts by deployment, of replicas that are gone. */
  private retiredSteps = 0;
  private readonly retired: EngineCounts[] = [];

  /** Infinity when no replica has work. */
  get nextSeconds(): number {
    return this.next.key;
  }

  /** IterationEnd or IterationStart. */
  get nextPriority(): number {
    return this.next.rank;
  }

  get nextReplica(): number {
    return this.next.winner;
  }

  /** Whether no other replica has an event at or before this one's, as last rescheduled. */
  isAlone(index: number): boolean {
    return this.next.isAlone(index);
  }

  get steps(): number {
    return this.replicas.reduce((sum, replica) => sum + (replica?.steps ?? 0), this.retiredSteps);
  }

  has(index: number): boolean {
    return this.replicas[index] !== undefined;
  }

  get(index: number): Replica {
    return this.replicas[index] as Replica;
  }

  /** All replicas, by index. */
  indices(): readonly number[] {
    return this.replicas.flatMap((replica, index) => (replica === undefined ? [] : [index]));
  }

  add(index: number, deployment: number, replica: Replica): void {
    while (this.replicas.length <= index) {
      this.replicas.push(undefined);
      this.deployments.push(0);
    }
    this.replicas[index] = replica;
    this.deployments[index] = deployment;
    this.replicasOf(deployment).add(replica);
    this.reschedule(index);
  }

  remove(index: number): void {
    const replica = this.get(index);
    const deployment = this.deployments[index] as number;
    this.replicasOf(deployment).delete(replica);
    this.retiredSteps += replica.steps;
    while (this.retired.length <= deployment) this.retired.push(NOTHING);
    this.retired[deployment] = withCounts(this.retired[deployment] as EngineCounts, replica);
    replica.retire?.();
    this.replicas[index] = undefined;
    this.next.set(index, Number.POSITIVE_INFINITY, 0);
  }

  /** To be called after anything that may have changed a replica's next event. */
  reschedule(index: number): void {
    const { nextSeconds, nextPriority } = this.get(index);
    if (nextSeconds !== this.next.keyOf(index) || nextPriority !== this.next.rankOf(index)) this.next.set(index, nextSeconds, nextPriority);
  }

  /** Attempts that the deployment's replicas hold. */
  inFlight(deployment: number): number {
    let sum = 0;
    for (const replica of this.replicasOf(deployment)) sum += replica.inFlight;
    return sum;
  }

  counts(deployment: number): EngineCounts {
    let sum = this.retired[deployment] ?? NOTHING;
    for (const replica of this.replicasOf(deployment)) sum = withCounts(sum, replica);
    return sum;
  }

  load(deployment: number, nowSeconds: number): FleetLoad {
    const sample = createReplicaSample();
    let waiting = 0;
    let running = 0;
    let usedBlocks = 0;
    const replicas = this.replicasOf(deployment);
    for (const replica of replicas) {
      replica.sample(nowSeconds, sample);
      waiting += sample.waiting;
      running += sample.running;
      usedBlocks += sample.usedBlocks;
    }
    return { waiting, running, usedBlocks, replicas: replicas.size };
  }

  private replicasOf(deployment: number): Set<Replica> {
    while (this.byDeployment.length <= deployment) this.byDeployment.push(new Set());
    return this.byDeployment[deployment] as Set<Replica>;
  }

  save(): FleetState {
    return {
      retiredSteps: this.retiredSteps,
      retired: [...this.retired],
      replicas: this.indices().map((index) => [index, this.get(index).save()] as const),
    };
  }

  /** Restores the counts; replicas are added again by whoever can build them. */
  restoreCounts(state: FleetState): void {
    this.retiredSteps = state.retiredSteps;
    this.retired.splice(0, this.retired.length, ...state.retired);
  }
}

function withCounts(sum: EngineCounts, replica: Replica): EngineCounts {
  return {
    preemptions: sum.preemptions + replica.preemptionCount,
    prefixQueriedTokens: sum.prefixQueriedTokens + replica.prefixQueriedTokens,
    prefixHitTokens: sum.prefixHitTokens + replica.prefixHitTokens,
  };
}
