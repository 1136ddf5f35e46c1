import { SATURATED } from "./flow-control/saturation.ts";
import type { Gateway } from "./gateway.ts";
import type { RequestTable } from "./request-table.ts";

/** What a gateway waits for: its next look at the endpoints, its next dispatch out of flow control. */
export type GatewayTimer = "metrics-refresh" | "dispatch";
export const GATEWAY_TIMERS: readonly GatewayTimer[] = ["metrics-refresh", "dispatch"];

/** Flow control sends at most one queued attempt at each of its ticks. @see llm-d router, flow controller: dispatch ticker of 1 ms */
const DISPATCHES_PER_SECOND = 1000;

export interface DispatcherPort {
  gateway(deployment: number): Gateway;
  /** Attempts at the deployment's replicas. */
  held(deployment: number): number;
  schedule(atSeconds: number, timer: GatewayTimer, deployment: number): void;
  /** The attempt has left the queue for a replica. */
  route(slot: number, replica: number, nowSeconds: number): void;
  /** The time at which a queued attempt's wait ends has changed. */
  rescheduleQueueTimeout(slot: number, atSeconds: number): void;
}

/** Moves attempts from gateways' queues to replicas, and keeps gateways informed of their endpoints. */
export class Dispatcher {
  private readonly table: RequestTable;
  private readonly port: DispatcherPort;

  constructor(table: RequestTable, port: DispatcherPort) {
    this.table = table;
    this.port = port;
  }

  /** To be called before an attempt is admitted: a gateway that slept begins to look again. */
  wake(gateway: Gateway, deployment: number, nowSeconds: number): void {
    const { monitor } = gateway;
    if (monitor === undefined || monitor.isWatching || monitor.periodSeconds === 0) return;
    monitor.wake(nowSeconds);
    this.port.schedule(monitor.nextSeconds(nowSeconds), "metrics-refresh", deployment);
  }

  /** To be called after an attempt was queued: each arrival brings one dispatch about, not necessarily its own. */
  queued(deployment: number, nowSeconds: number): void {
    const gateway = this.port.gateway(deployment);
    if (gateway.flows === undefined) return;
    this.dispatchOne(gateway, nowSeconds);
    this.arm(gateway, deployment, nowSeconds);
  }

  /** Room or endpoints may have appeared. */
  dispatch(deployment: number, nowSeconds: number): void {
    const gateway = this.port.gateway(deployment);
    if (gateway.flows !== undefined) this.arm(gateway, deployment, nowSeconds);
    else while (this.dispatchOne(gateway, nowSeconds));
  }

  onTimer(timer: GatewayTimer, deployment: number, nowSeconds: number): void {
    const gateway = this.port.gateway(deployment);
    if (timer === "metrics-refresh") this.refresh(gateway, deployment, nowSeconds);
    else this.tick(gateway, deployment, nowSeconds);
  }

  /**
   * An endpoint has come. With the first one those that wait get a whole new time to live: none could have been sent
   * before. @see llm-d router, flow control's expiry: charged from when the pool last became non-empty
   */
  endpointOpened(deployment: number, nowSeconds: number): void {
    const { monitor, flows, queueTimeoutSeconds } = this.port.gateway(deployment);
    if (monitor === undefined || flows === undefined || flows.count === 0) return;
    if (!monitor.isWatching && monitor.periodSeconds > 0) {
      monitor.watch();
      this.port.schedule(monitor.nextSeconds(nowSeconds), "metrics-refresh", deployment);
    }
    if (monitor.count > 1) return;
    flows.forEach((slot) => {
      this.port.rescheduleQueueTimeout(slot, nowSeconds + queueTimeoutSeconds);
    });
  }

  /** An endpoint has gone. After the last one the whole wait counts, against the time to live of an empty pool. */
  endpointClosed(deployment: number, nowSeconds: number): void {
    const { monitor, flows, queueTimeoutSeconds } = this.port.gateway(deployment);
    if (monitor === undefined || flows === undefined || flows.count === 0 || monitor.count > 0) return;
    flows.forEach((slot) => {
      this.port.rescheduleQueueTimeout(slot, Math.max(nowSeconds, (this.table.attemptSeconds[slot] as number) + queueTimeoutSeconds));
    });
  }

  private refresh(gateway: Gateway, deployment: number, nowSeconds: number): void {
    const { monitor } = gateway;
    if (monitor === undefined) return;
    // what waits while there is no endpoint wakes the monitor when one comes
    const waits = gateway.queueDepth > 0 && monitor.count > 0;
    monitor.readGroup(nowSeconds, !waits && this.port.held(deployment) === 0);
    if (!monitor.isWatching) return;
    this.port.schedule(monitor.nextSeconds(nowSeconds), "metrics-refresh", deployment);
    if (gateway.flows !== undefined) this.arm(gateway, deployment, nowSeconds);
  }

  private tick(gateway: Gateway, deployment: number, nowSeconds: number): void {
    gateway.isDispatching = false;
    const hasDispatched = this.dispatchOne(gateway, nowSeconds);
    // where every endpoint is full, a completion goes on from here
    if (hasDispatched || this.isSaturated(gateway, nowSeconds)) this.arm(gateway, deployment, nowSeconds);
  }

  /** Schedules the next tick unless it would find nothing to do. */
  private arm(gateway: Gateway, deployment: number, nowSeconds: number): void {
    const { monitor } = gateway;
    if (gateway.isDispatching || gateway.queueDepth === 0 || monitor === undefined || monitor.count === 0) return;
    // a saturated pool stays so until it is looked at again; who looks at every decision must go on deciding
    if (monitor.periodSeconds > 0 && this.isSaturated(gateway, nowSeconds)) return;
    gateway.isDispatching = true;
    const number = Math.floor(nowSeconds * DISPATCHES_PER_SECOND) + 1;
    const seconds = number / DISPATCHES_PER_SECOND;
    this.port.schedule(seconds > nowSeconds ? seconds : (number + 1) / DISPATCHES_PER_SECOND, "dispatch", deployment);
  }

  private dispatchOne(gateway: Gateway, nowSeconds: number): boolean {
    if (gateway.queueDepth === 0 || this.isSaturated(gateway, nowSeconds)) return false;
    const slot = gateway.queueHead;
    const replica = gateway.pick(slot, nowSeconds);
    if (replica < 0) return false;
    gateway.leaveQueue(slot, "Dispatched");
    this.port.route(slot, replica, nowSeconds);
    return true;
  }

  private isSaturated(gateway: Gateway, nowSeconds: number): boolean {
    return gateway.flows !== undefined && gateway.saturation(nowSeconds) >= SATURATED;
  }
}
