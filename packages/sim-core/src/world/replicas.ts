import type { Cluster } from "../cluster/cluster.ts";
import type { DeploymentClusterConfig } from "../cluster/config.ts";
import type { ClusterListener } from "../cluster/ports.ts";
import type { Fact } from "../domain/facts.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Scraper } from "../metrics/scrape.ts";
import type { Plan, PlanDeployment } from "../scenario/plan.ts";
import { Hindered } from "../serving/hindered.ts";
import type { Service } from "../serving/service.ts";
import type { PodMeters } from "./pod-meters.ts";
import type { ReplicaLog } from "./replica-log.ts";
import type { Scraping } from "./scraping.ts";

export interface ReplicasPorts {
  readonly plan: Plan;
  readonly kernel: Kernel;
  readonly service: Service;
  readonly meters: PodMeters;
  readonly scraper: Scraper;
  readonly scraping: Scraping;
  readonly log: ReplicaLog;
  /** Position of a deployment in the plan. */
  indexOf(deployment: string): number;
  tell(fact: Fact): void;
}

/** Pods become replicas: what the cluster tells reaches those who serve, scrape and keep the record. */
export class Replicas implements ClusterListener {
  private readonly ports: ReplicasPorts;
  private readonly cluster: () => Cluster;
  /** Deployments whose pods changed within the present event. */
  private readonly stale = new Set<number>();

  /** `cluster` is asked only once the cluster, which needs this listener, is there. */
  constructor(ports: ReplicasPorts, cluster: () => Cluster) {
    this.ports = ports;
    this.cluster = cluster;
  }

  replicaReady(pod: number, isWarm: boolean): void {
    const { plan, service, meters, scraper, scraping } = this.ports;
    const { deployment, name } = this.cluster().pod(pod);
    // a container that starts again exports counters that start again, on the series of the same pod
    meters.add(pod);
    if (service.fleet.has(pod)) {
      service.resume(pod);
      return;
    }
    service.addReplica(pod, deployment, isWarm);
    const { namespace } = plan.cluster.deployments[deployment] as DeploymentClusterConfig;
    const { model, engine } = (plan.deployments[deployment] as PlanDeployment).serving;
    const kind = engine.batching?.kind === "dynamic" ? ({ isBatchServer: true } as const) : {};
    scraper.addPod(pod, { namespace, pod: name, model: model.name, ...kind });
    scraping.podAdded(pod, this.targetName(pod));
  }

  endpointAdded(pod: number): void {
    this.ports.service.openEndpoint(pod, this.ports.kernel.nowSeconds);
  }

  endpointRemoved(pod: number): void {
    this.ports.service.closeEndpoint(pod, this.ports.kernel.nowSeconds);
  }

  replicaTerminating(pod: number, mode: "drain" | "abort"): void {
    const { service, kernel } = this.ports;
    const { nowSeconds } = kernel;
    service.closeEndpoint(pod, nowSeconds);
    if (mode === "abort") service.cutOff(pod, nowSeconds);
    service.drain(pod, nowSeconds);
  }

  replicaKilled(pod: number, why: "deleted" | "restart"): void {
    const { service, kernel, log, meters, scraper } = this.ports;
    const { nowSeconds } = kernel;
    if (why === "restart") {
      service.suspend(pod, nowSeconds);
      return;
    }
    service.removeReplica(pod, nowSeconds, log.isDraining(this.cluster().pod(pod).name) ? Hindered.DrainCut : Hindered.Fault);
    meters.remove(pod);
    scraper.removePod(pod);
  }

  fact(fact: Fact): void {
    const { log, tell, indexOf } = this.ports;
    log.fact(fact);
    tell(fact);
    if (fact.kind === "pod-stage") this.stale.add(indexOf(fact.deployment));
  }

  /** The counts of a deployment are put on record when the present event has settled. */
  changed(deployment: number): void {
    this.stale.add(deployment);
  }

  /** Puts replica counts on record once the cluster has settled. */
  settled(): void {
    for (const deployment of this.stale) this.logCounts(deployment);
    this.stale.clear();
  }

  logCounts(deployment: number): void {
    const { log, kernel } = this.ports;
    const cluster = this.cluster();
    const { specReplicas, statusReplicas } = cluster.scaleView(deployment);
    log.counts(deployment, kernel.nowSeconds, specReplicas, statusReplicas, cluster.readyReplicas(deployment));
  }

  /** Pods of different deployments may share a name only across namespaces. */
  targetName(pod: number): string {
    const { deployment, name } = this.cluster().pod(pod);
    return `${(this.ports.plan.cluster.deployments[deployment] as DeploymentClusterConfig).namespace}/${name}`;
  }
}
