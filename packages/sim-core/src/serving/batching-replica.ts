import { BatchingEngine } from "./batching-engine.ts";
import type { Replica, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";

/** One replica with continuous batching: a row of its deployment's engine. */
export class BatchingReplica implements Replica {
  private readonly engine: BatchingEngine;
  private readonly row: number;

  /** @param engine of the deployment; left out: one of its own */
  constructor(setup: ReplicaSetup, engine: BatchingEngine = new BatchingEngine(setup)) {
    this.engine = engine;
    this.row = engine.take(setup.index, setup.admittedBefore, setup.gpuShare);
  }

  get nextSeconds(): number {
    return this.engine.columns.nextSeconds[this.row] as number;
  }

  get nextPriority(): number {
    return this.engine.columns.nextPriority[this.row] as number;
  }

  get inFlight(): number {
    return this.engine.columns.inFlight[this.row] as number;
  }

  get held(): number {
    const { held, parting } = this.engine.columns;
    return (held.count[this.row] as number) + (parting.count[this.row] as number);
  }

  get steps(): number {
    return this.engine.columns.step[this.row] as number;
  }

  get preemptionCount(): number {
    return this.engine.columns.preemptions[this.row] as number;
  }

  get prefixQueriedTokens(): number {
    return this.engine.columns.queriedTokens[this.row] as number;
  }

  get prefixHitTokens(): number {
    return this.engine.columns.hitTokens[this.row] as number;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.engine.enqueue(this.row, slot, nowSeconds);
  }

  abort(slot: number, nowSeconds: number): void {
    this.engine.abort(this.row, slot, nowSeconds);
  }

  letGo(slot: number, nowSeconds: number): void {
    this.engine.unhold(this.row, slot, nowSeconds);
  }

  gpuShareChanged(nowSeconds: number): void {
    this.engine.gpuShareChanged(this.row, nowSeconds);
  }

  onEvent(): void {
    this.engine.onEvent(this.row);
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    this.engine.sample(this.row, nowSeconds, into);
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.engine.stop(this.row, nowSeconds, each);
  }

  flush(endSeconds: number): void {
    this.engine.flush(this.row, endSeconds);
  }

  retire(): void {
    this.engine.release(this.row);
  }

  save(): ReplicaState {
    return this.engine.save(this.row);
  }

  restore(state: ReplicaState): void {
    this.engine.restore(this.row, state);
  }
}
