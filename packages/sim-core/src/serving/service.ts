import { NO_ORIGIN, type RequestFate, type RequestOrigin } from "../domain/request.ts";
import { SimError } from "../errors.ts";
import type { ClientConfig, ServingConfig } from "./config.ts";
import { type BuildReplica, buildBatchingReplica, Fleet, type FleetState } from "./fleet.ts";
import { Gateway, type GatewayState, QUEUED, REJECTED } from "./gateway.ts";
import { createLatencyModel, type LatencyModel } from "./latency/model.ts";
import { maxRequestTokens, type Replica, type ReplicaListener } from "./replica.ts";
import { RequestTable, type RequestTableState, SlotState } from "./request-table.ts";
import { backoffSeconds, RetryBudget, type RetryBudgetState } from "./retry-budget.ts";
import { createLeastRequestsRouter } from "./routing/least-requests.ts";
import { warmUpFactors } from "./warm-up.ts";

/** What clients wait for. */
export type ClientTimer = "timeout" | "patience" | "queue-timeout" | "retry";
export const CLIENT_TIMERS: readonly ClientTimer[] = ["timeout", "patience", "queue-timeout", "retry"];

/** Time and chance, as the service gets them from outside. */
export interface ServicePort {
  schedule(atSeconds: number, timer: ClientTimer, slot: number): number;
  cancel(handle: number): void;
  /** In [0, 1), from the request's own stream. */
  retryJitter(requestId: number, attempt: number): number;
}

/** What the service tells its surroundings. */
export interface ServiceListener {
  /** A first attempt arrived. */
  arrived(deployment: number, slot: number, timeSeconds: number): void;
  /** Any attempt arrived. */
  attempted(deployment: number): void;
  /** An attempt ended, as far as the client knows. */
  attemptEnded(deployment: number, fate: RequestFate): void;
  /** Tokens were generated for an attempt that did not complete. */
  wasted(deployment: number, tokens: number): void;
  /** A request ended for good; its slot is still readable. */
  ended(deployment: number, slot: number, fate: RequestFate, timeSeconds: number): void;
  firstToken(replica: number, slot: number, timeSeconds: number): void;
  gaps(deployment: number, replica: number, firstSeconds: number, growthSeconds: number, steps: number, sequences: number): void;
  busy(replica: number, timeSeconds: number, isBusy: boolean): void;
  /** A replica that was told to drain has nothing left. */
  drained(replica: number, timeSeconds: number): void;
}

interface Deployment {
  readonly gateway: Gateway;
  readonly client: ClientConfig;
  readonly budget: RetryBudget | undefined;
  readonly config: ServingConfig;
  readonly latency: LatencyModel;
  readonly factors: Float64Array;
  readonly maxTokens: number;
  readonly queueTimeoutSeconds: number;
}

interface Host {
  readonly deployment: number;
  isEndpoint: boolean;
  isDraining: boolean;
  isServing: boolean;
}

export interface ServiceState {
  readonly table: RequestTableState;
  readonly gateways: readonly GatewayState[];
  readonly budgets: readonly (RetryBudgetState | undefined)[];
  readonly fleet: FleetState;
  readonly hosts: readonly (Readonly<Host> | undefined)[];
}

/**
 * The life of a request: it arrives at its deployment's gateway, is routed, served, and ends; its client may give up
 * or try again in between. Knows replicas by index only; which pod stands behind one is the world's business.
 */
export class Service implements ReplicaListener {
  readonly table: RequestTable = new RequestTable();
  readonly fleet: Fleet = new Fleet();
  private readonly deployments: readonly Deployment[];
  private readonly hosts: (Host | undefined)[] = [];
  private readonly port: ServicePort;
  private readonly listener: ServiceListener;
  private readonly build: BuildReplica;

  constructor(configs: readonly ServingConfig[], port: ServicePort, listener: ServiceListener, build: BuildReplica = buildBatchingReplica) {
    this.port = port;
    this.listener = listener;
    this.build = build;
    this.deployments = configs.map((config) => ({
      gateway: new Gateway(config.gateway, this.table, createLeastRequestsRouter()),
      client: config.client,
      budget: config.client.retryBudget && new RetryBudget(config.client.retryBudget),
      config,
      latency: createLatencyModel(config.latency),
      factors: warmUpFactors(config.engine.warmUp.factor, config.engine.warmUp.requests),
      maxTokens: maxRequestTokens(config.engine),
      queueTimeoutSeconds: config.gateway.queueTimeoutSeconds,
    }));
  }

  gateway(deployment: number): Gateway {
    return this.at(deployment).gateway;
  }

  /** Deployment of a replica that exists. */
  deploymentOf(index: number): number {
    return this.host(index).deployment;
  }

  /** Whether the replica exists and its container runs. */
  isServing(index: number): boolean {
    return this.hosts[index]?.isServing === true;
  }

  /** When the attempt reached its replica's front end. */
  serverArrivalSeconds(slot: number): number {
    return (this.table.enqueueSeconds[slot] as number) - this.overheadSeconds(this.table.deployment[slot] as number);
  }

  overheadSeconds(deployment: number): number {
    return this.at(deployment).latency.requestOverheadSeconds;
  }

  /** Retries that their callers' budgets refused, over all deployments. */
  get refusedRetries(): number {
    return this.deployments.reduce((sum, { budget }) => sum + (budget?.refused ?? 0), 0);
  }

  /** Attempts at the gateway or at a replica. */
  inFlight(deployment: number): number {
    return this.gateway(deployment).queueDepth + this.fleet.inFlight(deployment);
  }

  // ── clients ───────────────────────────────────────────────────────────────────────────────────────────────────

  arrive(
    deployment: number,
    requestId: number,
    promptTokens: number,
    outputTokens: number,
    nowSeconds: number,
    origin: Readonly<RequestOrigin> = NO_ORIGIN,
  ): void {
    const { table } = this;
    const slot = table.take();
    table.setOrigin(slot, origin);
    table.requestId[slot] = requestId;
    table.deployment[slot] = deployment;
    table.arrivalSeconds[slot] = nowSeconds;
    table.promptTokens[slot] = promptTokens;
    table.outputTokens[slot] = outputTokens;
    this.listener.arrived(deployment, slot, nowSeconds);
    const { budget, client } = this.at(deployment);
    const { patienceSeconds } = client;
    budget?.payIn(nowSeconds);
    if (patienceSeconds !== Number.POSITIVE_INFINITY)
      table.patienceHandle[slot] = this.port.schedule(nowSeconds + patienceSeconds, "patience", slot);
    this.attempt(slot, nowSeconds);
  }

  onTimer(timer: ClientTimer, slot: number, nowSeconds: number): void {
    switch (timer) {
      case "retry":
        this.table.timeoutHandle[slot] = -1;
        this.attempt(slot, nowSeconds);
        return;
      case "timeout":
        this.table.timeoutHandle[slot] = -1;
        this.giveUp(slot, "timedOut", nowSeconds);
        return;
      case "queue-timeout":
        this.table.queueHandle[slot] = -1;
        this.giveUp(slot, "timedOut", nowSeconds);
        return;
      case "patience":
        this.table.patienceHandle[slot] = -1;
        this.giveUp(slot, "cancelled", nowSeconds);
        return;
    }
  }

  private attempt(slot: number, nowSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    const { gateway, client, maxTokens, queueTimeoutSeconds } = this.at(deployment);
    table.attemptSeconds[slot] = nowSeconds;
    this.listener.attempted(deployment);
    if ((table.promptTokens[slot] as number) + (table.outputTokens[slot] as number) > maxTokens) {
      gateway.refuse(slot);
      this.listener.attemptEnded(deployment, "rejected");
      this.end(slot, "rejected", nowSeconds);
      return;
    }
    const replica = gateway.admit(slot);
    if (replica === REJECTED) {
      this.endAttempt(slot, "rejected", nowSeconds);
      return;
    }
    if (client.timeoutSeconds !== Number.POSITIVE_INFINITY)
      table.timeoutHandle[slot] = this.port.schedule(nowSeconds + client.timeoutSeconds, "timeout", slot);
    if (replica === QUEUED) {
      if (queueTimeoutSeconds !== Number.POSITIVE_INFINITY)
        table.queueHandle[slot] = this.port.schedule(nowSeconds + queueTimeoutSeconds, "queue-timeout", slot);
      return;
    }
    this.route(slot, replica, nowSeconds);
  }

  private route(slot: number, index: number, nowSeconds: number): void {
    const replica = this.fleet.get(index);
    this.table.replica[slot] = index;
    replica.enqueue(slot, nowSeconds);
    this.changed(index, replica);
  }

  /** The client lets go of an attempt, wherever it is. */
  private giveUp(slot: number, fate: "timedOut" | "cancelled", nowSeconds: number): void {
    const { table } = this;
    const state = table.state[slot] as number;
    if (state === SlotState.Backoff) {
      this.end(slot, fate, nowSeconds);
      return;
    }
    if (state === SlotState.Queued) {
      this.gateway(table.deployment[slot] as number).leaveQueue(slot);
      this.endAttempt(slot, fate, nowSeconds);
      return;
    }
    // the engine keeps the slot until its next step; what is left of the request's life moves to another one
    const successor = this.successorOf(slot);
    const index = table.replica[slot] as number;
    const replica = this.fleet.get(index);
    replica.abort(slot, nowSeconds);
    this.changed(index, replica);
    this.endAttempt(successor, fate, nowSeconds);
    this.dispatch(table.deployment[slot] as number, nowSeconds);
    this.checkDrained(index, nowSeconds);
  }

  private successorOf(slot: number): number {
    const { table } = this;
    const successor = table.take();
    table.copyRequest(slot, successor);
    this.cancelTimer("timeoutHandle", slot);
    this.cancelTimer("queueHandle", slot);
    table.state[successor] = SlotState.Backoff;
    const { patienceSeconds } = this.at(table.deployment[slot] as number).client;
    if ((table.patienceHandle[slot] as number) >= 0) {
      this.cancelTimer("patienceHandle", slot);
      table.patienceHandle[successor] = this.port.schedule((table.arrivalSeconds[slot] as number) + patienceSeconds, "patience", successor);
    }
    return successor;
  }

  private endAttempt(slot: number, fate: RequestFate, nowSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    this.cancelTimer("timeoutHandle", slot);
    this.cancelTimer("queueHandle", slot);
    this.listener.attemptEnded(deployment, fate);
    const { budget, client } = this.at(deployment);
    const attempt = table.attempt[slot] as number;
    if (fate === "cancelled" || attempt >= client.maxRetries || budget?.take(nowSeconds) === false) {
      this.end(slot, fate, nowSeconds);
      return;
    }
    const jitter = 0.5 + 0.5 * this.port.retryJitter(table.requestId[slot] as number, attempt);
    table.attempt[slot] = attempt + 1;
    table.state[slot] = SlotState.Backoff;
    table.emittedTokens[slot] = 0;
    table.admitSeconds[slot] = Number.NaN;
    table.firstTokenSeconds[slot] = Number.NaN;
    table.timeoutHandle[slot] = this.port.schedule(nowSeconds + backoffSeconds(client, attempt) * jitter, "retry", slot);
  }

  private end(slot: number, fate: RequestFate, nowSeconds: number): void {
    this.cancelTimer("timeoutHandle", slot);
    this.cancelTimer("patienceHandle", slot);
    this.listener.ended(this.table.deployment[slot] as number, slot, fate, nowSeconds);
    this.table.release(slot);
  }

  private cancelTimer(column: "timeoutHandle" | "patienceHandle" | "queueHandle", slot: number): void {
    const handle = this.table[column][slot] as number;
    if (handle < 0) return;
    this.port.cancel(handle);
    this.table[column][slot] = -1;
  }

  // ── replicas ──────────────────────────────────────────────────────────────────────────────────────────────────

  addReplica(index: number, deployment: number, isWarm: boolean): void {
    while (this.hosts.length <= index) this.hosts.push(undefined);
    this.hosts[index] = { deployment, isEndpoint: false, isDraining: false, isServing: true };
    this.fleet.add(index, deployment, this.engineFor(index, deployment, isWarm));
  }

  private engineFor(index: number, deployment: number, isWarm: boolean): Replica {
    const { config, latency, factors } = this.at(deployment);
    return this.build({
      index,
      table: this.table,
      latency,
      engine: config.engine,
      listener: this,
      warmUpFactors: factors,
      admittedBefore: isWarm ? factors.length : 0,
    });
  }

  openEndpoint(index: number, nowSeconds: number): void {
    const host = this.host(index);
    host.isEndpoint = true;
    this.gateway(host.deployment).router.add(index, this.fleet.get(index).inFlight);
    this.dispatch(host.deployment, nowSeconds);
  }

  closeEndpoint(index: number): void {
    const host = this.hosts[index];
    if (host === undefined) return;
    host.isEndpoint = false;
    this.gateway(host.deployment).router.remove(index);
  }

  /** SIGTERM, answered by finishing what is in flight; `drained` is told when nothing is left. */
  drain(index: number, nowSeconds: number): void {
    this.host(index).isDraining = true;
    this.checkDrained(index, nowSeconds);
  }

  /** Every attempt the replica holds is cut off; it stays, empty. */
  cutOff(index: number, nowSeconds: number): void {
    const { table } = this;
    const { deployment } = this.host(index);
    const slots: number[] = [];
    const replica = this.fleet.get(index);
    replica.stop(nowSeconds, (slot) => slots.push(slot));
    this.changed(index, replica);
    for (const slot of slots) {
      if (table.aborted[slot] === 1) {
        this.released(slot, nowSeconds);
        continue;
      }
      this.listener.wasted(deployment, table.emittedTokens[slot] as number);
      this.endAttempt(slot, "cutOff", nowSeconds);
    }
    this.dispatch(deployment, nowSeconds);
    this.checkDrained(index, nowSeconds);
  }

  /** The replica is gone, what it held is cut off. */
  removeReplica(index: number, nowSeconds: number): void {
    this.closeEndpoint(index);
    const host = this.host(index);
    host.isDraining = false;
    this.cutOff(index, nowSeconds);
    this.fleet.remove(index);
    this.hosts[index] = undefined;
  }

  /** The container stopped and will start again: what it held is cut off, nothing is routed to it until it is resumed. */
  suspend(index: number, nowSeconds: number): void {
    this.closeEndpoint(index);
    this.host(index).isServing = false;
    this.cutOff(index, nowSeconds);
  }

  /** The container is Ready again: a new process, cold, whose counters start from zero. */
  resume(index: number): void {
    const host = this.host(index);
    host.isServing = true;
    this.fleet.remove(index);
    this.fleet.add(index, host.deployment, this.engineFor(index, host.deployment, false));
  }

  onReplicaEvent(): void {
    const index = this.fleet.nextReplica;
    const replica = this.fleet.get(index);
    replica.onEvent();
    // a draining replica that has become empty is gone by now
    if (this.fleet.has(index)) this.fleet.reschedule(index);
  }

  /** Sends queued attempts to endpoints with room. */
  private dispatch(deployment: number, nowSeconds: number): void {
    const { gateway } = this.at(deployment);
    for (let slot = gateway.queueHead; slot >= 0; slot = gateway.queueHead) {
      const replica = gateway.pick();
      if (replica < 0) return;
      gateway.leaveQueue(slot);
      this.cancelTimer("queueHandle", slot);
      this.route(slot, replica, nowSeconds);
    }
  }

  private changed(index: number, replica: Replica): void {
    const host = this.hosts[index];
    if (host === undefined) return;
    if (host.isEndpoint) this.gateway(host.deployment).router.update(index, replica.inFlight);
    this.fleet.reschedule(index);
  }

  private checkDrained(index: number, nowSeconds: number): void {
    const host = this.hosts[index];
    if (host?.isDraining !== true || this.fleet.get(index).inFlight > 0) return;
    host.isDraining = false;
    this.listener.drained(index, nowSeconds);
  }

  // ── what replicas tell ────────────────────────────────────────────────────────────────────────────────────────

  firstToken(slot: number, timeSeconds: number): void {
    this.cancelTimer("patienceHandle", slot);
    this.listener.firstToken(this.table.replica[slot] as number, slot, timeSeconds);
  }

  completed(slot: number, timeSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    const index = table.replica[slot] as number;
    this.listener.attemptEnded(deployment, "completed");
    this.end(slot, "completed", timeSeconds);
    this.makeRoom(deployment, index, timeSeconds);
  }

  released(slot: number, timeSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    const index = table.replica[slot] as number;
    this.listener.wasted(deployment, table.emittedTokens[slot] as number);
    table.release(slot);
    this.makeRoom(deployment, index, timeSeconds);
  }

  gaps(replica: number, firstSeconds: number, growthSeconds: number, steps: number, sequences: number): void {
    this.listener.gaps((this.hosts[replica] as Host).deployment, replica, firstSeconds, growthSeconds, steps, sequences);
  }

  busy(replica: number, timeSeconds: number, isBusy: boolean): void {
    this.listener.busy(replica, timeSeconds, isBusy);
  }

  private makeRoom(deployment: number, index: number, timeSeconds: number): void {
    const host = this.hosts[index] as Host;
    if (host.isEndpoint) this.gateway(deployment).router.update(index, this.fleet.get(index).inFlight);
    if (this.gateway(deployment).queueDepth > 0) this.dispatch(deployment, timeSeconds);
    if (host.isDraining) this.checkDrained(index, timeSeconds);
  }

  private at(deployment: number): Deployment {
    return this.deployments[deployment] as Deployment;
  }

  private host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new SimError("unknown_replica", Number.NaN, { index });
    return host;
  }

  // ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────

  save(): ServiceState {
    return {
      table: this.table.save(),
      gateways: this.deployments.map(({ gateway }) => gateway.save()),
      budgets: this.deployments.map(({ budget }) => budget?.save()),
      fleet: this.fleet.save(),
      hosts: this.hosts.map((host) => host && { ...host }),
    };
  }

  restore(state: ServiceState): void {
    this.table.restore(state.table);
    this.deployments.forEach(({ gateway, budget }, i) => {
      gateway.restore(state.gateways[i] as GatewayState);
      budget?.restore(state.budgets[i] as RetryBudgetState);
    });
    this.fleet.restoreCounts(state.fleet);
    for (const [index, engine] of state.fleet.replicas) {
      const host = state.hosts[index] as Host;
      this.addReplica(index, host.deployment, true);
      this.hosts[index] = { ...host };
      this.fleet.get(index).restore(engine);
      this.fleet.reschedule(index);
      if (host.isEndpoint) this.gateway(host.deployment).router.add(index, this.fleet.get(index).inFlight);
    }
  }
}
