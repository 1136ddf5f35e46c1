import type { Fact, NodeStage, PodEndCause, PodStage, StartPart } from "../domain/facts.ts";
import { unreachable } from "../errors.ts";

/** Replica counts of one deployment over time: (seconds, value) at each change. */
export interface ReplicaSeries {
  readonly desired: [number, number][];
  readonly existing: [number, number][];
  readonly ready: [number, number][];
}

export interface PodLog {
  readonly name: string;
  readonly deployment: string;
  node: string | null;
  readonly stages: [number, PodStage][];
  cause: PodEndCause | null;
  /** Absent: it was there from the beginning. */
  parts?: readonly (readonly [number, StartPart])[];
  /** Absent: its container never ended after it had served. */
  restarts?: readonly (readonly (readonly [number, StartPart])[])[];
}

export interface NodeLog {
  readonly name: string;
  readonly nodePool: string;
  readonly stages: [number, NodeStage][];
}

export interface ReplicaLogState {
  readonly series: readonly ReplicaSeries[];
  readonly pods: readonly PodLog[];
  readonly nodes: readonly NodeLog[];
}

/** Who was where when: written from facts, read by the score, never by the simulation. */
export class ReplicaLog {
  series: readonly ReplicaSeries[];
  readonly pods: Map<string, PodLog> = new Map();
  readonly nodes: Map<string, NodeLog> = new Map();

  constructor(deployments: number) {
    this.series = Array.from({ length: deployments }, () => ({ desired: [], existing: [], ready: [] }));
  }

  counts(deployment: number, timeSeconds: number, desired: number, existing: number, ready: number): void {
    const series = this.series[deployment] as ReplicaSeries;
    change(series.desired, timeSeconds, desired);
    change(series.existing, timeSeconds, existing);
    change(series.ready, timeSeconds, ready);
  }

  fact(fact: Fact): void {
    switch (fact.kind) {
      case "pod-stage": {
        const pod = this.pods.get(fact.pod) ?? { name: fact.pod, deployment: fact.deployment, node: null, stages: [], cause: null };
        this.pods.set(fact.pod, pod);
        pod.stages.push([fact.timeSeconds, fact.stage]);
        pod.node = fact.node ?? pod.node;
        pod.cause = fact.cause ?? pod.cause;
        return;
      }
      case "pod-start": {
        const pod = this.pods.get(fact.pod);
        if (pod === undefined) return;
        if (fact.isRestart === true) pod.restarts = [...(pod.restarts ?? []), fact.parts];
        else pod.parts = fact.parts;
        return;
      }
      case "node-stage": {
        const node = this.nodes.get(fact.node) ?? { name: fact.node, nodePool: fact.pool, stages: [] };
        this.nodes.set(fact.node, node);
        node.stages.push([fact.timeSeconds, fact.stage]);
        return;
      }
      case "request-arrived":
      case "request-ended":
      case "scaled":
        return;
      default:
        unreachable(fact);
    }
  }

  /** Whether the last that was heard of a pod is that it drains. */
  isDraining(name: string): boolean {
    return this.pods.get(name)?.stages.at(-1)?.[1] === "Draining";
  }

  save(): ReplicaLogState {
    return { series: this.series, pods: [...this.pods.values()], nodes: [...this.nodes.values()] };
  }

  restore(state: ReplicaLogState): void {
    this.series = state.series;
    this.pods.clear();
    this.nodes.clear();
    for (const pod of state.pods) this.pods.set(pod.name, pod);
    for (const node of state.nodes) this.nodes.set(node.name, node);
  }
}

/** Several changes at one instant leave the last. */
function change(series: [number, number][], timeSeconds: number, value: number): void {
  const last = series.at(-1);
  if (last !== undefined && last[1] === value) return;
  if (last !== undefined && last[0] === timeSeconds) {
    last[1] = value;
    const before = series.at(-2);
    if (before !== undefined && before[1] === value) series.pop();
    return;
  }
  series.push([timeSeconds, value]);
}
