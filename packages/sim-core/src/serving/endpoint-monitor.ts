import { createReplicaSample, type ReplicaSample } from "./replica.ts";
import { Candidates } from "./routing/candidates.ts";
import { EndpointMetrics } from "./routing/endpoint-metrics.ts";

/** Fills a sample with what a replica's exporter shows now. */
export type ProbeReplica = (replica: number, nowSeconds: number, into: ReplicaSample) => void;

export interface MonitorOptions {
  /** Time between two readings of all endpoints; 0: before every decision. */
  readonly periodSeconds: number;
  readonly kvBlocks: number;
  readonly probe: ProbeReplica;
}

export interface MonitorState {
  readonly metrics: readonly (readonly number[])[];
  readonly readSeconds: number;
  readonly isWatching: boolean;
}

/**
 * The gateway's eyes: it reads every endpoint's exporter at the multiples of a period and decides by what it saw then.
 * While nothing is in flight it would read zeros again and again; it then sleeps until the next attempt.
 * @see llm-d router: the endpoint picker scrapes each model server every 50 ms
 */
export class EndpointMonitor {
  readonly metrics: EndpointMetrics = new EndpointMetrics();
  /** Whether a next reading is scheduled. */
  isWatching = false;
  /** Time of the last reading. */
  readSeconds: number = Number.NEGATIVE_INFINITY;
  private readonly endpoints = new Candidates();
  private readonly options: MonitorOptions;
  private readonly sample: ReplicaSample = createReplicaSample();

  constructor(options: MonitorOptions) {
    this.options = options;
  }

  get periodSeconds(): number {
    return this.options.periodSeconds;
  }

  get count(): number {
    return this.endpoints.count;
  }

  at(position: number): number {
    return this.endpoints.at(position);
  }

  add(replica: number): void {
    this.metrics.clear(replica);
    this.endpoints.add(replica, 0);
  }

  remove(replica: number): void {
    this.endpoints.remove(replica);
  }

  /** Reads all endpoints. */
  read(nowSeconds: number): void {
    const { sample, metrics, endpoints } = this;
    const { probe, kvBlocks } = this.options;
    for (let i = 0; i < endpoints.count; i++) {
      const replica = endpoints.at(i);
      probe(replica, nowSeconds, sample);
      metrics.set(replica, sample.waiting, sample.running, sample.usedBlocks / kvBlocks);
    }
    this.readSeconds = nowSeconds;
  }

  /** Before the first attempt after a sleep: the last reading, at the latest multiple of the period, saw empty endpoints. */
  wake(nowSeconds: number): void {
    for (let i = 0; i < this.endpoints.count; i++) this.metrics.set(this.endpoints.at(i), 0, 0, 0);
    this.readSeconds = Math.floor(nowSeconds / this.periodSeconds) * this.periodSeconds;
    this.isWatching = true;
  }

  /** Time of the next reading, after `nowSeconds`; from its number, not by addition. */
  nextSeconds(nowSeconds: number): number {
    const number = Math.floor(nowSeconds / this.periodSeconds) + 1;
    const seconds = number * this.periodSeconds;
    return seconds > nowSeconds ? seconds : (number + 1) * this.periodSeconds;
  }

  save(): MonitorState {
    return { metrics: this.metrics.save(), readSeconds: this.readSeconds, isWatching: this.isWatching };
  }

  /** To be called after the endpoints were added again. */
  restore(state: MonitorState): void {
    this.metrics.restore(state.metrics);
    this.readSeconds = state.readSeconds;
    this.isWatching = state.isWatching;
  }
}
