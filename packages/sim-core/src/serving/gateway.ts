import type { GatewayConfig } from "./config.ts";
import { EndpointMonitor, type MonitorState, type ProbeReplica } from "./endpoint-monitor.ts";
import { type FlowOutcome, FlowQueue, type FlowQueueState } from "./flow-control/flow-queue.ts";
import { poolSaturation, SATURATED } from "./flow-control/saturation.ts";
import { isCrowded } from "./hindered.ts";
import { LoadMeter } from "./load-meter.ts";
import type { RequestTable } from "./request-table.ts";
import { SlotState } from "./request-table.ts";
import { Candidates } from "./routing/candidates.ts";
import { createRouter } from "./routing/create-router.ts";
import { EndpointMetrics } from "./routing/endpoint-metrics.ts";
import type { Router, RouterState } from "./routing/router.ts";
import { SlotList } from "./slot-list.ts";

/** What `admit` answers instead of a replica. */
export const QUEUED = -1;
export const REJECTED = -2;

export interface GatewayParts {
  readonly table: RequestTable;
  /** KV blocks of one replica. */
  readonly kvBlocks: number;
  readonly probe: ProbeReplica;
  /** In [0, 1), from the deployment's own stream; called only by routers that draw. */
  readonly uniform: () => number;
}

export interface GatewayState {
  readonly queue: readonly [number, number, number];
  readonly counters: readonly number[];
  readonly router: RouterState;
  readonly monitor: MonitorState | null;
  readonly flows: FlowQueueState | null;
  readonly isDispatching: boolean;
  readonly load: readonly number[];
}

/**
 * The door of one deployment: attempts go straight to an endpoint with room; without one they wait in a bounded
 * queue, first come first served; when that is full they are rejected. With flow control they also wait while the
 * pool is saturated, in bands by priority.
 */
export class Gateway {
  /** Counters as exported. */
  arrivals = 0;
  promptTokens = 0;
  rejected = 0;
  /** Attempts of this deployment, from the door to their end. */
  readonly load: LoadMeter = new LoadMeter();
  /** Whether the next dispatch out of flow control is scheduled. */
  isDispatching = false;
  /** Present when routing or flow control reads metrics. */
  readonly monitor: EndpointMonitor | undefined;
  readonly flows: FlowQueue | undefined;
  private readonly router: Router;
  private readonly config: GatewayConfig;
  private readonly table: RequestTable;
  private readonly queue: SlotList;
  /** What the endpoints hold, whatever the router knows of it. */
  private readonly loads = new Candidates();

  constructor(config: GatewayConfig, { table, kvBlocks, probe, uniform }: GatewayParts) {
    const { metricsRefreshSeconds: periodSeconds, flowControl } = config;
    this.config = config;
    this.table = table;
    this.queue = new SlotList(table);
    this.monitor = periodSeconds === undefined ? undefined : new EndpointMonitor({ periodSeconds, kvBlocks, probe });
    this.flows = flowControl && new FlowQueue(flowControl, table);
    this.router = createRouter(config.routing, { table, metrics: this.monitor?.metrics ?? new EndpointMetrics(), uniform });
  }

  get queueDepth(): number {
    return this.flows === undefined ? this.queue.count : this.flows.count;
  }

  /** Longest wait in the queue as things stand, seconds. */
  get queueTimeoutSeconds(): number {
    const { flowControl } = this.config;
    if (flowControl === undefined) return this.config.queueTimeoutSeconds;
    return this.hasEndpoints ? flowControl.ttlSeconds : flowControl.noEndpointTtlSeconds;
  }

  private get hasEndpoints(): boolean {
    return this.monitor?.count !== 0;
  }

  // ── endpoints ─────────────────────────────────────────────────────────────────────────────────────────────────

  open(replica: number, inFlight: number): void {
    this.monitor?.add(replica);
    this.router.add(replica, inFlight);
    this.loads.add(replica, inFlight);
  }

  close(replica: number): void {
    this.monitor?.remove(replica);
    this.router.remove(replica);
    this.loads.remove(replica);
  }

  /** The attempts an endpoint holds have changed. */
  update(replica: number, inFlight: number): void {
    this.router.update(replica, inFlight);
    this.loads.update(replica, inFlight);
  }

  /** Whether an endpoint holds clearly more attempts than the mean of all endpoints. */
  isCrowded(replica: number): boolean {
    const { loads } = this;
    return loads.has(replica) && isCrowded(loads.inFlightOf(replica), loads.inFlight, loads.count);
  }

  /** How full the pool is as flow control sees it: from 0, 1 is saturated. */
  saturation(nowSeconds: number): number {
    const { monitor, config } = this;
    if (monitor === undefined || config.flowControl === undefined) return 0;
    if (monitor.periodSeconds === 0) monitor.readAll(nowSeconds);
    // who sleeps would go on reading that nothing is there
    else if (!monitor.isWatching) return monitor.count === 0 ? SATURATED : 0;
    return poolSaturation(monitor, config.flowControl, nowSeconds);
  }

  // ── attempts ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Turns away an attempt that no replica could ever hold. */
  refuse(slot: number): void {
    this.count(slot);
    this.rejected++;
  }

  /** @returns the replica the attempt goes to, {@link QUEUED} or {@link REJECTED} */
  admit(slot: number, nowSeconds: number): number {
    this.count(slot);
    if (this.flows !== undefined) return this.admitByFlow(this.flows, slot, nowSeconds);
    const replica = this.queue.count === 0 ? this.pick(slot, nowSeconds) : QUEUED;
    if (replica >= 0) return replica;
    if (this.queue.count >= this.config.maxQueued) {
      this.rejected++;
      return REJECTED;
    }
    this.table.state[slot] = SlotState.Queued;
    this.queue.append(slot);
    return QUEUED;
  }

  private admitByFlow(flows: FlowQueue, slot: number, nowSeconds: number): number {
    const replica = flows.count === 0 && this.saturation(nowSeconds) < SATURATED ? this.pick(slot, nowSeconds) : QUEUED;
    if (replica >= 0) {
      flows.tally(slot, "Dispatched");
      return replica;
    }
    if (!flows.hasRoom(slot)) {
      this.rejected++;
      flows.tally(slot, this.hasEndpoints ? "RejectedCapacity" : "RejectedNoEndpoints");
      return REJECTED;
    }
    this.table.state[slot] = SlotState.Queued;
    flows.add(slot);
    return QUEUED;
  }

  private count(slot: number): void {
    this.arrivals++;
    this.promptTokens += this.table.promptTokens[slot] as number;
  }

  /** The queued attempt whose turn it is, −1 when none waits. */
  get queueHead(): number {
    return this.flows === undefined ? this.queue.head : this.flows.select();
  }

  /** An endpoint with room for an attempt, −1 when there is none. The choice counts: the attempt must go there. */
  pick(slot: number, nowSeconds: number): number {
    if (this.monitor?.periodSeconds === 0) this.monitor.readAll(nowSeconds);
    return this.router.pick(slot, this.config.maxInFlightPerReplica);
  }

  leaveQueue(slot: number, outcome: Extract<FlowOutcome, "Dispatched" | "EvictedTTL" | "EvictedContextCancelled">): void {
    if (this.flows === undefined) this.queue.remove(slot);
    else this.flows.remove(slot, outcome === "EvictedTTL" && !this.hasEndpoints ? "EvictedNoEndpoints" : outcome);
  }

  save(): GatewayState {
    return {
      queue: this.queue.save(),
      counters: [this.arrivals, this.promptTokens, this.rejected],
      router: this.router.save(),
      monitor: this.monitor?.save() ?? null,
      flows: this.flows?.save() ?? null,
      isDispatching: this.isDispatching,
      load: this.load.save(),
    };
  }

  /** To be called after the endpoints were opened again. */
  restore(state: GatewayState): void {
    this.queue.restore(state.queue);
    [this.arrivals, this.promptTokens, this.rejected] = state.counters as [number, number, number];
    this.router.restore(state.router);
    if (state.monitor !== null) this.monitor?.restore(state.monitor);
    if (state.flows !== null) this.flows?.restore(state.flows);
    this.isDispatching = state.isDispatching;
    this.load.restore(state.load);
  }
}
