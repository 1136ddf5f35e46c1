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
  readonly isWatching: boolean;
  readonly idleReadings: number;
}

/**
 * Endpoints are read in so many groups, one after the other within each period. The real picker has a loop per endpoint,
 * begun when it was found, so their readings are spread over the period too.
 */
export const READING_GROUPS = 8;

/**
 * The gateway's eyes: it reads every endpoint's exporter once a period and decides by what it saw then.
 * While nothing is in flight it would read zeros again and again; it then sleeps until the next attempt.
 * @see llm-d router: the endpoint picker scrapes each model server every 50 ms
 */
export class EndpointMonitor {
  readonly metrics: EndpointMetrics = new EndpointMetrics();
  /** Whether a next reading is scheduled. */
  isWatching = false;
  /** Readings in a row after which nothing was in flight. */
  private idleReadings = 0;
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
  readAll(nowSeconds: number): void {
    for (let i = 0; i < this.endpoints.count; i++) this.read(this.endpoints.at(i), nowSeconds);
  }

  /**
   * Reads the group whose turn it is.
   * @param isIdle whether nothing is in flight; after a whole round of that every endpoint was seen empty, and the monitor sleeps
   */
  readGroup(nowSeconds: number, isIdle: boolean): void {
    const { endpoints } = this;
    const number = Math.round(nowSeconds / this.groupSeconds);
    for (let i = 0; i < endpoints.count; i++) {
      const replica = endpoints.at(i);
      if ((replica - number) % READING_GROUPS === 0) this.read(replica, nowSeconds);
    }
    this.idleReadings = isIdle ? this.idleReadings + 1 : 0;
    this.isWatching = this.idleReadings < READING_GROUPS;
  }

  private read(replica: number, nowSeconds: number): void {
    const { sample } = this;
    const { probe, kvBlocks } = this.options;
    probe(replica, nowSeconds, sample);
    this.metrics.set(replica, sample.waiting, sample.running, sample.usedBlocks / kvBlocks, nowSeconds);
  }

  /** Before the first attempt after a sleep: what would have been read meanwhile is empty endpoints. */
  wake(nowSeconds: number): void {
    const number = Math.floor(nowSeconds / this.groupSeconds);
    for (let i = 0; i < this.endpoints.count; i++) {
      const replica = this.endpoints.at(i);
      const readings = Math.floor((number - replica) / READING_GROUPS) * READING_GROUPS + replica;
      this.metrics.set(replica, 0, 0, 0, readings * this.groupSeconds);
    }
    this.watch();
  }

  /** Readings go on from here. */
  watch(): void {
    this.isWatching = true;
    this.idleReadings = 0;
  }

  /** Time of the next reading, after `nowSeconds`; from its number, not by addition. */
  nextSeconds(nowSeconds: number): number {
    const number = Math.floor(nowSeconds / this.groupSeconds) + 1;
    const seconds = number * this.groupSeconds;
    return seconds > nowSeconds ? seconds : (number + 1) * this.groupSeconds;
  }

  private get groupSeconds(): number {
    return this.options.periodSeconds / READING_GROUPS;
  }

  save(): MonitorState {
    return { metrics: this.metrics.save(), isWatching: this.isWatching, idleReadings: this.idleReadings };
  }

  /** To be called after the endpoints were added again. */
  restore(state: MonitorState): void {
    this.metrics.restore(state.metrics);
    this.isWatching = state.isWatching;
    this.idleReadings = state.idleReadings;
  }
}
