import type { DeploymentClusterConfig, NodePoolConfig } from "../cluster/config.ts";
import type { Findings } from "./build-issues.ts";
import type { BuiltServing } from "./build-serving.ts";

/** Keeps 3 × (1/3) from being more than the whole. */
const ROUNDING = 1e-9;

/**
 * Refuses what would crash on a time-sliced GPU. Its memory is not divided, and the scheduler counts slots alone: any replicas that
 * may share it may come to lie on it together, so as many of each as there are slots must fit.
 */
export function checkSharing(
  nodePools: readonly NodePoolConfig[],
  deployments: readonly DeploymentClusterConfig[],
  served: readonly BuiltServing[],
  findings: Findings,
): void {
  deployments.forEach((deployment, index) => {
    for (const pool of nodePools) {
      const { name, slotsPerGpu = 1, gpuMemoryBytes } = pool;
      if (slotsPerGpu === 1 || !deployment.nodePools.includes(name)) continue;
      const { gpusPerReplica } = deployment;
      if (gpusPerReplica > 1) findings.error("shared_gpu_takes_one", ["deployments", index, "model"], { pool: name, gpusPerReplica });
      const share = served[index]?.gpuMemoryUtilization ?? 0;
      if (share * slotsPerGpu <= 1 + ROUNDING) continue;
      const data = { pool: name, replicas: slotsPerGpu, share, gpuMemoryBytes, fitting: Math.floor(1 / share + ROUNDING) };
      findings.error("shared_gpu_memory_exceeded", ["deployments", index, "engine", "gpuMemoryUtilization"], data);
    }
  });
}
