import { Tournament } from "../kernel/tournament.ts";
import { BatchingReplica } from "./batching-replica.ts";
import type { Replica, ReplicaSetup, ReplicaState } from "./replica.ts";

/** Builds the engine of a replica; the reference takes the fast one's place in tests and benchmarks. */
export type BuildReplica = (setup: ReplicaSetup) => Replica;

export const buildBatchingReplica: BuildReplica = (setup) => new BatchingReplica(setup);

/** Every replica that serves, and which of them has the next event. */
export class Fleet {
  private readonly replicas: (Replica | undefined)[] = [];
  private readonly next = new Tournament();
  /** Steps of replicas that are gone. */
  private retiredSteps = 0;

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

  get steps(): number {
    return this.replicas.reduce((sum, replica) => sum + (replica?.steps ?? 0), this.retiredSteps);
  }

  has(index: number): boolean {
    return this.replicas[index] !== undefined;
  }

  get(index: number): Replica {
    return this.replicas[index] as Replica;
  }

  indices(): readonly number[] {
    return this.replicas.flatMap((replica, index) => (replica === undefined ? [] : [index]));
  }

  add(index: number, replica: Replica): void {
    while (this.replicas.length <= index) this.replicas.push(undefined);
    this.replicas[index] = replica;
    this.reschedule(index);
  }

  remove(index: number): void {
    this.retiredSteps += this.get(index).steps;
    this.replicas[index] = undefined;
    this.next.set(index, Number.POSITIVE_INFINITY, 0);
  }

  /** To be called after anything that may have changed a replica's next event. */
  reschedule(index: number): void {
    const replica = this.replicas[index] as Replica;
    if (replica.nextSeconds !== this.next.keyOf(index) || replica.nextPriority !== this.next.rankOf(index)) {
      this.next.set(index, replica.nextSeconds, replica.nextPriority);
    }
  }

  save(): { readonly retiredSteps: number; readonly replicas: readonly (readonly [number, ReplicaState])[] } {
    return { retiredSteps: this.retiredSteps, replicas: this.indices().map((index) => [index, this.get(index).save()] as const) };
  }

  restoreSteps(retiredSteps: number): void {
    this.retiredSteps = retiredSteps;
  }
}
