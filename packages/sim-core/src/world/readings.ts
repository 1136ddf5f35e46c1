import type { Cluster } from "../cluster/cluster.ts";
import type { DeploymentSample } from "../metrics/scrape.ts";
import type { Recorder } from "../record/recorder.ts";
import type { Plan, PlanDeployment } from "../scenario/plan.ts";
import type { Service } from "../serving/service.ts";
import { readPool } from "./pool-meters.ts";

/** What a scrape of a deployment's gateway and of its scale shows. */
export function readDeployment(service: Service, cluster: Cluster, deployment: number, nowSeconds: number, into: DeploymentSample): void {
  const gateway = service.gateway(deployment);
  const scale = cluster.scaleView(deployment);
  into.arrivals = gateway.arrivals;
  into.promptTokens = gateway.promptTokens;
  into.queueDepth = gateway.queueDepth;
  into.inFlight = service.inFlight(deployment);
  into.rejected = gateway.rejected;
  into.specReplicas = scale.specReplicas;
  into.statusReplicas = scale.statusReplicas;
  into.readyReplicas = cluster.readyReplicas(deployment);
  if (into.wantsPods) into.pods = cluster.podViews(deployment);
  readPool(gateway, into.inFlight - into.queueDepth, nowSeconds, into.pool);
}

/** Puts queues, batches and KV caches at the end of a minute on record. */
export function recordMinute(recorder: Recorder, service: Service, plan: Plan, minute: number, nowSeconds: number): void {
  recorder.deployments.forEach((record, deployment) => {
    const { waiting, running } = service.fleet.load(deployment, nowSeconds);
    record.gatewayQueueDepth[minute] = service.gateway(deployment).queueDepth;
    record.waiting[minute] = waiting;
    record.running[minute] = running;
    record.kvCacheUtilization[minute] = kvCacheUtilization(service, plan, deployment, nowSeconds);
  });
}

/** Mean over a deployment's replicas, 0…1; 0 without any. */
export function kvCacheUtilization(service: Service, plan: Plan, deployment: number, nowSeconds: number): number {
  const { usedBlocks, replicas } = service.fleet.load(deployment, nowSeconds);
  const { kvBlocks } = (plan.deployments[deployment] as PlanDeployment).serving.engine;
  return replicas === 0 ? 0 : usedBlocks / (kvBlocks * replicas);
}
