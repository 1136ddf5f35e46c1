import { NO_ORIGIN, type RequestFate, type RequestMarks, type RequestOrigin } from "../domain/request.ts";
import { cancelTimer, takeSuccessor } from "./client-timers.ts";
import type { ServingConfig } from "./config.ts";
import { createDeployment, type Deployment } from "./deployment.ts";
import { Disaggregation } from "./disaggregation.ts";
import { Dispatcher, type GatewayTimer } from "./dispatcher.ts";
import { type BuildReplica, createReplicaBuilder, type Fleet } from "./fleet.ts";
import { type Gateway, type GatewayState, QUEUED, REJECTED } from "./gateway.ts";
import { type CutReason, Hindered } from "./hindered.ts";
import { Hosts, type HostsState } from "./hosts.ts";
import type { ReplicaListener } from "./replica.ts";
import { Part, RequestTable, type RequestTableState, SlotState } from "./request-table.ts";
import { backoffSeconds, type RetryBudgetState } from "./retry-budget.ts";
import type { ClientTimer, ServiceListener, ServicePort } from "./service-ports.ts";
import { STEP_TOKEN_UNITS } from "./speculative-batch.ts";

export { CLIENT_TIMERS, type ClientTimer, type ServiceListener, type ServicePort } from "./service-ports.ts";

export interface ServiceState {
  readonly table: RequestTableState;
  readonly gateways: readonly GatewayState[];
  readonly budgets: readonly (RetryBudgetState | undefined)[];
  readonly hosts: HostsState;
}

/**
 * The life of a request: it arrives at its deployment's gateway, is routed, served, and ends; its client may give up
 * or try again in between. Knows replicas by index only; which pod stands behind one is the world's business.
 */
export class Service implements ReplicaListener {
  readonly table: RequestTable = new RequestTable();
  private readonly deployments: readonly Deployment[];
  readonly hosts: Hosts;
  private readonly dispatcher: Dispatcher;
  private readonly disaggregation: Disaggregation;
  private readonly port: ServicePort;
  private readonly listener: ServiceListener;

  constructor(
    configs: readonly ServingConfig[],
    port: ServicePort,
    listener: ServiceListener,
    build: BuildReplica = createReplicaBuilder(),
  ) {
    const { table } = this;
    this.port = port;
    this.listener = listener;
    this.deployments = configs.map((config, deployment) =>
      createDeployment(config, {
        table,
        probe: (replica, nowSeconds, into) => this.fleet.get(replica).sample(nowSeconds, into),
        uniform: () => port.routing(deployment),
      }),
    );
    this.hosts = new Hosts({
      deployments: this.deployments,
      table,
      build,
      listener: this,
      gpuOf: (replica) => port.gpuOf?.(replica) ?? -1,
      drained: (replica, timeSeconds) => listener.drained(replica, timeSeconds),
    });
    this.disaggregation = new Disaggregation({
      table,
      deployments: this.deployments,
      hosts: this.hosts,
      schedule: port.schedule,
    });
    this.dispatcher = new Dispatcher(table, {
      gateway: (deployment) => this.gateway(deployment),
      held: (deployment) => this.fleet.inFlight(deployment),
      schedule: (atSeconds, timer, deployment) => port.schedule(atSeconds, timer, deployment),
      route: (slot, replica, nowSeconds) => {
        cancelTimer(table, port, "queueHandle", slot);
        this.route(slot, replica, nowSeconds);
      },
      rescheduleQueueTimeout: (slot, atSeconds) => {
        cancelTimer(table, port, "queueHandle", slot);
        this.scheduleQueueTimeout(slot, atSeconds);
      },
    });
  }

  get fleet(): Fleet {
    return this.hosts.fleet;
  }

  gateway(deployment: number): Gateway {
    return this.at(deployment).gateway;
  }

  /** Deployment of a replica that exists. */
  deploymentOf(index: number): number {
    return this.hosts.deploymentOf(index);
  }

  /** Whether the replica exists and its container runs. */
  isServing(index: number): boolean {
    return this.hosts.isServing(index);
  }

  /** When the attempt reached its replica's front end. */
  serverArrivalSeconds(slot: number): number {
    return (this.table.enqueueSeconds[slot] as number) - this.overheadSeconds(this.table.pool[slot] as number);
  }

  overheadSeconds(deployment: number): number {
    return this.at(deployment).latency.requestOverheadSeconds;
  }

  /** Retries that their callers' budgets refused, over all deployments. */
  get refusedRetries(): number {
    return this.deployments.reduce((sum, { budget }) => sum + (budget?.refused ?? 0), 0);
  }

  /** Replicas that the deployment's gateway sends attempts to. */
  endpoints(deployment: number): number {
    return this.hosts.endpointsOf(deployment);
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
    marks?: RequestMarks,
  ): void {
    const { table } = this;
    const { budget, client, maxOutputTokens, stepTokens } = this.at(deployment);
    const slot = table.take();
    table.setOrigin(slot, origin);
    table.requestId[slot] = requestId;
    table.deployment[slot] = deployment;
    table.arrivalSeconds[slot] = nowSeconds;
    table.promptTokens[slot] = promptTokens;
    table.outputTokens[slot] = Math.min(outputTokens, maxOutputTokens);
    if (marks !== undefined) {
      table.priority[slot] = marks.priority;
      table.complexity[slot] = marks.complexity ?? 0;
      table.route[slot] = marks.route ?? -1;
      table.setPrefix(slot, marks.prefix);
    }
    if (stepTokens !== undefined) table.stepTokens[slot] = stepTokens(this.port.acceptance(requestId));
    this.listener.arrived(deployment, slot, nowSeconds);
    const prefill = this.disaggregation.prefillOf(slot);
    if (prefill >= 0) this.listener.offered(prefill, slot, nowSeconds);
    budget?.payIn(nowSeconds);
    const { patienceSeconds } = client;
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
        this.giveUp(slot, "timedOut", nowSeconds, true);
        return;
      case "patience":
        this.table.patienceHandle[slot] = -1;
        this.giveUp(slot, "cancelled", nowSeconds);
        return;
      case "kv-lease":
        this.table.timeoutHandle[slot] = -1;
        this.disaggregation.letGo(slot, nowSeconds);
        return;
    }
  }

  onGatewayTimer(timer: GatewayTimer, deployment: number, nowSeconds: number): void {
    this.dispatcher.onTimer(timer, deployment, nowSeconds);
  }

  private attempt(slot: number, nowSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    const pool = this.disaggregation.place(slot);
    table.attemptSeconds[slot] = nowSeconds;
    table.waitStartSeconds[slot] = nowSeconds;
    this.listener.attempted(deployment);
    this.gateway(deployment).load.began(nowSeconds);
    if (this.isTooLong(slot, pool)) {
      this.gateway(pool).refuse(slot);
      this.gateway(deployment).load.ended(nowSeconds);
      this.listener.attemptEnded(deployment, "rejected");
      this.end(slot, "rejected", nowSeconds);
      return;
    }
    this.enter(slot, pool, nowSeconds);
  }

  /** Whether no replica could ever hold it: those that compute the prompt end it with one token. */
  private isTooLong(slot: number, pool: number): boolean {
    const { promptTokens, outputTokens, part, deployment } = this.table;
    const prompt = promptTokens[slot] as number;
    if (part[slot] === Part.Prompt && prompt + 1 > this.at(pool).maxTokens) return true;
    return prompt + (outputTokens[slot] as number) > this.at(deployment[slot] as number).maxTokens;
  }

  /** An attempt comes to a gateway: that of its deployment, or of the one that computes its prompt. */
  private enter(slot: number, pool: number, nowSeconds: number): void {
    const { table } = this;
    const gateway = this.gateway(pool);
    table.pool[slot] = pool;
    this.dispatcher.wake(gateway, pool, nowSeconds);
    const replica = gateway.admit(slot, nowSeconds);
    if (replica === REJECTED) {
      this.endAttempt(slot, "rejected", nowSeconds);
      return;
    }
    const { timeoutSeconds } = this.at(table.deployment[slot] as number).client;
    if (timeoutSeconds !== Number.POSITIVE_INFINITY)
      table.timeoutHandle[slot] = this.port.scheduleTimeout((table.attemptSeconds[slot] as number) + timeoutSeconds, slot);
    if (replica === QUEUED) {
      this.scheduleQueueTimeout(slot, nowSeconds + gateway.queueTimeoutSeconds);
      this.dispatcher.queued(pool, nowSeconds);
      return;
    }
    this.route(slot, replica, nowSeconds);
  }

  private scheduleQueueTimeout(slot: number, atSeconds: number): void {
    if (atSeconds !== Number.POSITIVE_INFINITY) this.table.queueHandle[slot] = this.port.schedule(atSeconds, "queue-timeout", slot);
  }

  private route(slot: number, index: number, nowSeconds: number): void {
    const replica = this.fleet.get(index);
    const { hindered } = this.table;
    this.table.replica[slot] = index;
    const isCrowded = this.gateway(this.table.pool[slot] as number).isCrowded(index);
    hindered[slot] = isCrowded ? (hindered[slot] as number) | Hindered.Crowded : (hindered[slot] as number) & ~Hindered.Crowded;
    replica.enqueue(slot, nowSeconds);
    this.hosts.changed(index, replica);
  }

  /**
   * The client lets go of an attempt, wherever it is; or the gateway, of one that waited there too long; or its replica, of one
   * whose prompt was lost.
   */
  private giveUp(slot: number, fate: "timedOut" | "cancelled" | "cutOff", nowSeconds: number, isExpired = false): void {
    const { table } = this;
    const state = table.state[slot] as number;
    const pool = table.pool[slot] as number;
    if (state === SlotState.Backoff) {
      this.end(slot, fate, nowSeconds);
      return;
    }
    if (state === SlotState.Queued) {
      this.gateway(pool).leaveQueue(slot, isExpired ? "EvictedTTL" : "EvictedContextCancelled");
      this.endAttempt(slot, fate, nowSeconds);
      return;
    }
    // the engine keeps the slot until its next step; what is left of the request's life moves to another one
    const successor = this.successorOf(slot);
    const index = table.replica[slot] as number;
    const replica = this.fleet.get(index);
    replica.abort(slot, nowSeconds);
    this.hosts.changed(index, replica);
    this.endAttempt(successor, fate, nowSeconds);
    this.dispatcher.dispatch(pool, nowSeconds);
    this.hosts.checkDrained(index, nowSeconds);
  }

  private successorOf(slot: number): number {
    return takeSuccessor(this.table, this.port, slot, this.at(this.table.deployment[slot] as number).client.patienceSeconds);
  }

  private endAttempt(slot: number, fate: RequestFate, nowSeconds: number): void {
    const { table } = this;
    const deployment = table.deployment[slot] as number;
    cancelTimer(this.table, this.port, "timeoutHandle", slot);
    cancelTimer(this.table, this.port, "queueHandle", slot);
    this.disaggregation.abandon(slot, nowSeconds);
    this.gateway(deployment).load.ended(nowSeconds);
    this.listener.attemptEnded(deployment, fate);
    const { budget, client } = this.at(deployment);
    const attempt = table.attempt[slot] as number;
    if (fate === "cancelled" || attempt >= client.maxRetries || budget?.take(nowSeconds) === false) {
      this.end(slot, fate, nowSeconds);
      return;
    }
    const jitter = 0.5 + 0.5 * this.port.retryJitter(table.requestId[slot] as number, attempt);
    table.attempt[slot] = attempt + 1;
    this.backOff(slot, nowSeconds + backoffSeconds(client, attempt) * jitter);
  }

  /** The request waits for its next attempt, of which nothing has happened yet. */
  private backOff(slot: number, untilSeconds: number): void {
    this.table.resetAttempt(slot);
    this.table.timeoutHandle[slot] = this.port.schedule(untilSeconds, "retry", slot);
  }

  private end(slot: number, fate: RequestFate, nowSeconds: number): void {
    const { table, port } = this;
    cancelTimer(table, port, "timeoutHandle", slot);
    if ((table.patienceHandle[slot] as number) >= 0) cancelTimer(table, this.port, "patienceHandle", slot);
    this.listener.ended(table.deployment[slot] as number, slot, fate, nowSeconds);
    table.release(slot);
  }

  // ── replicas ──────────────────────────────────────────────────────────────────────────────────────────────────

  addReplica(index: number, deployment: number, isWarm: boolean): void {
    this.hosts.add(index, deployment, isWarm);
  }

  openEndpoint(index: number, nowSeconds: number): void {
    const deployment = this.hosts.deploymentOf(index);
    this.hosts.open(index);
    this.dispatcher.endpointOpened(deployment, nowSeconds);
    this.dispatcher.dispatch(deployment, nowSeconds);
  }

  closeEndpoint(index: number, nowSeconds: number): void {
    this.hosts.close(index);
    if (this.fleet.has(index)) this.dispatcher.endpointClosed(this.hosts.deploymentOf(index), nowSeconds);
  }

  /** SIGTERM, answered by finishing what is in flight; `drained` is told when nothing is left. */
  drain(index: number, nowSeconds: number): void {
    this.hosts.drain(index, nowSeconds);
  }

  /** Every attempt the replica holds is cut off; it stays, empty. */
  cutOff(index: number, nowSeconds: number, reason: CutReason = Hindered.DrainCut): void {
    const { table } = this;
    const deployment = this.hosts.deploymentOf(index);
    const slots: number[] = [];
    const replica = this.fleet.get(index);
    replica.stop(nowSeconds, (slot) => slots.push(slot));
    this.hosts.changed(index, replica);
    for (const slot of slots) {
      table.hindered[slot] = (table.hindered[slot] as number) | reason;
      this.loseTies(slot, nowSeconds);
      if (table.aborted[slot] === 1) {
        this.released(slot, nowSeconds);
        continue;
      }
      this.listener.wasted(deployment, table.emittedTokens[slot] as number);
      this.endAttempt(slot, "cutOff", nowSeconds);
    }
    this.dispatcher.dispatch(deployment, nowSeconds);
    this.hosts.checkDrained(index, nowSeconds);
  }

  /** A replica has lost a slot: an attempt elsewhere waits for the blocks it held in vain, or blocks are held elsewhere for it. */
  private loseTies(slot: number, nowSeconds: number): void {
    const { table, disaggregation } = this;
    if (table.part[slot] === Part.Answer) {
      disaggregation.abandon(slot, nowSeconds);
      return;
    }
    const answer = disaggregation.part(slot);
    if (answer >= 0 && table.aborted[answer] === 0) this.giveUp(answer, "cutOff", nowSeconds);
  }

  /** The replica is gone, what it held is cut off. */
  removeReplica(index: number, nowSeconds: number, reason: CutReason = Hindered.DrainCut): void {
    this.closeEndpoint(index, nowSeconds);
    this.hosts.stopDraining(index);
    this.cutOff(index, nowSeconds, reason);
    this.hosts.remove(index);
  }

  /** The container stopped and will start again: what it held is cut off, nothing is routed to it until it is resumed. */
  suspend(index: number, nowSeconds: number): void {
    this.closeEndpoint(index, nowSeconds);
    this.hosts.suspend(index);
    this.cutOff(index, nowSeconds, Hindered.Fault);
  }

  /** The container is Ready again: a new process, cold, whose counters start from zero. */
  resume(index: number): void {
    this.hosts.resume(index);
  }

  // ── what replicas tell ────────────────────────────────────────────────────────────────────────────────────────

  firstToken(slot: number, timeSeconds: number): void {
    const { table } = this;
    if ((table.patienceHandle[slot] as number) >= 0) cancelTimer(table, this.port, "patienceHandle", slot);
    this.listener.firstToken(table.replica[slot] as number, slot, timeSeconds);
  }

  completed(slot: number, timeSeconds: number): void {
    const { table } = this;
    const pool = table.pool[slot] as number;
    const index = table.replica[slot] as number;
    this.gateway(table.deployment[slot] as number).load.ended(timeSeconds);
    this.listener.attemptEnded(table.deployment[slot] as number, "completed");
    const next = this.port.escalation?.(slot) ?? -1;
    if (next >= 0) this.escalate(slot, next, timeSeconds);
    else this.end(slot, "completed", timeSeconds);
    this.makeRoom(pool, index, timeSeconds);
  }

  /** The answer does not do: another deployment is to give one. The request and its clocks go on, and what was generated is lost. */
  private escalate(slot: number, next: number, timeSeconds: number): void {
    const { table } = this;
    const { maxOutputTokens, stepTokens } = this.at(next);
    this.listener.escalated(next, slot, timeSeconds);
    // what the engine knows of the old slot is about the old answer
    const again = this.successorOf(slot);
    table.release(slot);
    table.deployment[again] = next;
    table.outputTokens[again] = Math.min(table.outputTokens[again] as number, maxOutputTokens);
    table.stepTokens[again] = stepTokens?.(this.port.acceptance(table.requestId[again] as number)) ?? STEP_TOKEN_UNITS;
    this.backOff(again, timeSeconds);
  }

  prefilled(slot: number, timeSeconds: number): void {
    const { table } = this;
    const pool = table.pool[slot] as number;
    const index = table.replica[slot] as number;
    this.listener.prefilled(index, slot, timeSeconds);
    const answer = this.successorOf(slot);
    this.disaggregation.handOver(slot, answer, timeSeconds);
    this.makeRoom(pool, index, timeSeconds);
    this.enter(answer, table.deployment[answer] as number, timeSeconds);
  }

  received(slot: number, timeSeconds: number): void {
    this.disaggregation.settle(slot, timeSeconds);
  }

  released(slot: number, timeSeconds: number): void {
    const { table } = this;
    const pool = table.pool[slot] as number;
    const index = table.replica[slot] as number;
    this.listener.wasted(table.deployment[slot] as number, table.emittedTokens[slot] as number);
    cancelTimer(this.table, this.port, "timeoutHandle", slot);
    this.disaggregation.settle(slot, timeSeconds);
    table.release(slot);
    this.makeRoom(pool, index, timeSeconds);
  }

  rejected(slot: number, timeSeconds: number): void {
    const [pool, index] = [this.table.pool[slot] as number, this.table.replica[slot] as number];
    this.endAttempt(slot, "rejected", timeSeconds);
    this.makeRoom(pool, index, timeSeconds);
  }

  gaps(replica: number, firstSeconds: number, growthSeconds: number, steps: number, sequences: number): void {
    this.listener.gaps(this.hosts.deploymentOf(replica), replica, firstSeconds, growthSeconds, steps, sequences);
  }

  busy(replica: number, timeSeconds: number, isBusy: boolean): void {
    this.listener.busy(replica, timeSeconds, isBusy);
    this.hosts.busy(replica, isBusy, timeSeconds);
  }

  private makeRoom(pool: number, index: number, timeSeconds: number): void {
    this.hosts.released(index);
    if (this.gateway(pool).queueDepth > 0) this.dispatcher.dispatch(pool, timeSeconds);
    this.hosts.checkDrained(index, timeSeconds);
  }

  private at(deployment: number): Deployment {
    return this.deployments[deployment] as Deployment;
  }

  // ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────

  save(): ServiceState {
    return {
      table: this.table.save(),
      gateways: this.deployments.map(({ gateway }) => gateway.save()),
      budgets: this.deployments.map(({ budget }) => budget?.save()),
      hosts: this.hosts.save(),
    };
  }

  restore(state: ServiceState): void {
    this.table.restore(state.table);
    this.hosts.restore(state.hosts);
    this.deployments.forEach(({ gateway, budget }, i) => {
      gateway.restore(state.gateways[i] as GatewayState);
      budget?.restore(state.budgets[i] as RetryBudgetState);
    });
  }
}
