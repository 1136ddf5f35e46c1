import type { MetricDefinition } from "./catalogue.ts";
import type { Series, SeriesStore } from "./series-store.ts";

/** What Kubernetes says of a pod. */
export interface PodStatus {
  readonly name: string;
  readonly phase: "Pending" | "Running" | "Failed";
  /** The Ready condition; absent before the pod is scheduled. */
  readonly ready?: { readonly status: boolean };
}

const PHASES = ["Pending", "Running", "Succeeded", "Failed", "Unknown"] as const;
const CONDITIONS = ["true", "false", "unknown"] as const;
const PHASE = "kube_pod_status_phase";
const READY = "kube_pod_status_ready";

/** @see kube-state-metrics, docs/metrics/workload/pod-metrics.md */
export const POD_STATUS_METRICS: readonly MetricDefinition[] = [
  {
    name: PHASE,
    type: "gauge",
    labels: ["namespace", "pod", "phase"],
    unit: "0 or 1",
    help: "1 for the phase the pod is in, 0 for every other. From the pod's creation until it is gone. As kube-state-metrics exports it.",
  },
  {
    name: READY,
    type: "gauge",
    labels: ["namespace", "pod", "condition"],
    unit: "0 or 1",
    help: "1 for the condition that holds (true, false), 0 for the others; from when the pod is scheduled. As kube-state-metrics exports it.",
  },
];

interface PodSeries {
  readonly phases: readonly Series[];
  readonly conditions: readonly Series[];
}

/** kube-state-metrics' series of one namespace's pods: unlike a pod's own exporter they are there before it serves. */
export class PodStatusSeries {
  private readonly store: SeriesStore;
  private readonly namespace: string;
  private readonly isRead: (name: string) => boolean;
  private readonly pods = new Map<string, PodSeries>();

  constructor(store: SeriesStore, namespace: string, isRead: (name: string) => boolean) {
    this.store = store;
    this.namespace = namespace;
    this.isRead = isRead;
  }

  /** Whether anybody reads any of them. */
  get isWanted(): boolean {
    return this.isRead(PHASE) || this.isRead(READY);
  }

  /** Writes what holds now, and ends the series of pods that are no longer there. */
  write(nowSeconds: number, pods: readonly PodStatus[]): void {
    const present = new Set(pods.map(({ name }) => name));
    for (const [name, { phases, conditions }] of this.pods) {
      if (present.has(name)) continue;
      for (const series of [...phases, ...conditions]) if (series.newestSeconds >= 0) this.store.endSeries(series, nowSeconds, true);
      this.pods.delete(name);
    }
    for (const { name, phase, ready } of pods) {
      const { phases, conditions } = this.seriesOf(name);
      phases.forEach((series, i) => {
        this.store.append(series, nowSeconds, PHASES[i] === phase ? 1 : 0);
      });
      if (ready === undefined) continue;
      conditions.forEach((series, i) => {
        this.store.append(series, nowSeconds, CONDITIONS[i] === String(ready.status) ? 1 : 0);
      });
    }
  }

  /** Names of the pods that have series. */
  save(): readonly string[] {
    return [...this.pods.keys()];
  }

  /** To be called after the store was restored. */
  restore(names: readonly string[]): void {
    this.pods.clear();
    for (const name of names) this.seriesOf(name);
  }

  private seriesOf(pod: string): PodSeries {
    const known = this.pods.get(pod);
    if (known !== undefined) return known;
    const { namespace } = this;
    const listed = (name: string, label: string, values: readonly string[]): readonly Series[] =>
      this.isRead(name) ? values.map((value) => this.store.series({ __name__: name, namespace, pod, [label]: value })) : [];
    const made = { phases: listed(PHASE, "phase", PHASES), conditions: listed(READY, "condition", CONDITIONS) };
    this.pods.set(pod, made);
    return made;
  }
}
