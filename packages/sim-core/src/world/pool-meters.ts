import type { PoolSample } from "../metrics/pool-metrics.ts";
import type { GatewayTarget } from "../metrics/scrape.ts";
import type { Plan } from "../scenario/plan.ts";
import { FLOW_OUTCOMES } from "../serving/flow-control/flow-queue.ts";
import type { Gateway } from "../serving/gateway.ts";

/** The gateways of a plan as targets of scrapes. */
export function gatewayTargets(plan: Plan): readonly GatewayTarget[] {
  return plan.cluster.deployments.map(({ namespace, name }) => {
    const serving = plan.deployments.find((deployment) => deployment.name === name)?.serving;
    if (serving?.gateway.metricsRefreshSeconds === undefined) return { namespace, name };
    const flows = serving.gateway.flowControl?.bands.flatMap(({ priority, flows: own }) =>
      own.map((flow) => ({ name: flow.name, priority })),
    );
    return { namespace, name, pool: { model: serving.model.name, flows, outcomes: FLOW_OUTCOMES } };
  });
}

/** Fills what an inference gateway exports; leaves the sample alone for other gateways. */
export function readPool(gateway: Gateway, inFlight: number, nowSeconds: number, into: PoolSample): void {
  const { monitor, flows } = gateway;
  if (monitor === undefined) return;
  const { waiting, running, kvCacheUtilization } = monitor.metrics;
  const mean = (values: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < monitor.count; i++) sum += values[monitor.at(i)] as number;
    return monitor.count === 0 ? 0 : sum / monitor.count;
  };
  into.saturation = gateway.saturation(nowSeconds);
  into.averageWaiting = mean(waiting);
  into.averageRunning = mean(running);
  into.averageKvCacheUtilization = mean(kvCacheUtilization);
  into.readyEndpoints = monitor.count;
  into.inFlight = inFlight;
  if (flows === undefined) return;
  into.flowSizes = flows.outcomes.map((_, flow) => flows.sizeOf(flow));
  into.flowOutcomes = flows.outcomes;
}
