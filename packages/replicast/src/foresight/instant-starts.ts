import type { DistributionConfig, NodePoolConfig, Plan, PlanDeployment } from "@replicast/sim-core";

type Lifecycle = Plan["cluster"]["deployments"][number]["lifecycle"];

const AT_ONCE: DistributionConfig = { kind: "constant", value: 0 };
/** The node autoscaler looks this often; it cannot look all the time. */
const SCAN_SECONDS = 1;

/** The same plan where nodes are there as soon as they are asked for, and replicas as soon as there is a node, fast from the first request. */
export function withInstantStarts(plan: Plan): Plan {
  const { cluster } = plan;
  return {
    ...plan,
    deployments: plan.deployments.map(fastFromTheFirst),
    cluster: {
      ...cluster,
      nodePools: cluster.nodePools.map(instantPool),
      deployments: cluster.deployments.map((deployment) => ({ ...deployment, lifecycle: instantStart(deployment.lifecycle) })),
    },
  };
}

function fastFromTheFirst({ serving, ...deployment }: PlanDeployment): PlanDeployment {
  return { ...deployment, serving: { ...serving, engine: { ...serving.engine, warmUp: { factor: 1, requests: 0 } } } };
}

function instantPool(pool: NodePoolConfig): NodePoolConfig {
  const { karpenter } = pool;
  return {
    ...pool,
    provisionSeconds: AT_ONCE,
    allocatableSeconds: AT_ONCE,
    scanIntervalSeconds: Math.min(pool.scanIntervalSeconds, SCAN_SECONDS),
    ...(karpenter === undefined ? {} : { karpenter: { ...karpenter, batchIdleSeconds: 0, batchMaxSeconds: 0 } }),
  };
}

function instantStart(lifecycle: Lifecycle): Lifecycle {
  const {
    image: _image,
    weights: _weights,
    containerSeconds: _container,
    compileSeconds: _compile,
    compileCachedSeconds: _cached,
    captureSeconds: _capture,
    probeDelaySeconds: _delay,
    ...rest
  } = lifecycle;
  return {
    ...rest,
    scheduleSeconds: 0,
    pullSeconds: AT_ONCE,
    loadSeconds: AT_ONCE,
    warmUpSeconds: AT_ONCE,
    readinessPeriodSeconds: 0,
    endpointDelaySeconds: 0,
  };
}
