import type { Cluster } from "../cluster/cluster.ts";
import type { Fact } from "../domain/facts.ts";
import { SimError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { Priority } from "../kernel/priorities.ts";
import type { ControlLoop, ControllerTimer } from "../scaling/control-loop.ts";
import { codeOf } from "./events.ts";

export interface DecisionPorts {
  readonly kernel: Kernel;
  readonly loop: ControlLoop;
  readonly cluster: Cluster;
  /** Position of a deployment in the plan. */
  indexOf(deployment: string): number;
  /** The replicas asked for are about to change. */
  changes(deployment: number, fact: Fact): void;
}

/** A decision on its way to the scale target. */
interface Wanted {
  readonly replicas: number;
  readonly reason: string;
}

export interface DecisionsState {
  readonly timerCounts: readonly number[];
  readonly pending: readonly (readonly [controller: number, replicas: number, reason: string])[];
}

/** From the timers of the controllers to the scale targets: all that fire at one instant decide before any decision is applied. */
export class Decisions {
  private readonly ports: DecisionPorts;
  private readonly pending = new Map<number, Wanted>();
  /** How often each timer has fired. */
  private readonly timerCounts: number[];

  constructor(ports: DecisionPorts) {
    this.ports = ports;
    this.timerCounts = ports.loop.timers.map(() => 0);
  }

  start(): void {
    const { kernel, loop } = this.ports;
    loop.timers.forEach(({ timer }, index) => {
      kernel.at(timer.phaseSeconds ?? 0, Priority.Decide, codeOf("policy-timer"), index);
    });
  }

  /** A timer fires, and is set again. */
  fire(index: number, nowSeconds: number): void {
    const { kernel, loop, cluster, indexOf } = this.ports;
    const { controller, timer } = loop.timers[index] as ControllerTimer;
    const decision = loop.fire(controller, timer.name, nowSeconds);
    const count = (this.timerCounts[index] as number) + 1;
    this.timerCounts[index] = count;
    kernel.at((timer.phaseSeconds ?? 0) + count * timer.periodSeconds, Priority.Decide, codeOf("policy-timer"), index);
    // what asks for no change must not undo what another timer asked for at this very instant
    if (decision === undefined || decision.desiredReplicas === cluster.scaleView(indexOf(loop.deploymentOf(controller))).specReplicas)
      return;
    if (!this.pending.has(controller)) kernel.at(nowSeconds, Priority.Apply, codeOf("apply"), controller);
    this.pending.set(controller, { replicas: decision.desiredReplicas, reason: decision.reason });
  }

  /** What a controller has decided becomes the target. */
  apply(controller: number, nowSeconds: number): void {
    const { loop, cluster, indexOf, changes } = this.ports;
    const wanted = this.pending.get(controller);
    this.pending.delete(controller);
    if (wanted === undefined) throw new SimError("apply_without_decision", nowSeconds, { controller });
    const { replicas, reason } = wanted;
    const deployment = loop.deploymentOf(controller);
    const index = indexOf(deployment);
    const { specReplicas } = cluster.scaleView(index);
    if (specReplicas === replicas) return;
    changes(index, { kind: "scaled", timeSeconds: nowSeconds, deployment, fromReplicas: specReplicas, toReplicas: replicas, reason });
    cluster.setReplicas(nowSeconds, index, replicas);
  }

  save(): DecisionsState {
    return {
      timerCounts: [...this.timerCounts],
      pending: [...this.pending].map(([controller, { replicas, reason }]) => [controller, replicas, reason] as const),
    };
  }

  restore(state: DecisionsState): void {
    this.timerCounts.splice(0, this.timerCounts.length, ...state.timerCounts);
    this.pending.clear();
    for (const [controller, replicas, reason] of state.pending) this.pending.set(controller, { replicas, reason });
  }
}
