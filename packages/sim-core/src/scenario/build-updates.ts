import type { ClusterConfig } from "../cluster/config.ts";
import { expectedColdStartSeconds } from "../cluster/durations.ts";
import type { NodePoolUpdateConfig, PodAmount, UpdateConfig } from "../cluster/fault-config.ts";
import type { IssuePath } from "../errors.ts";
import { deploymentOf, type Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ScenarioSpec } from "./spec.ts";
import type { StrategySpec, UpdateSpec } from "./spec-faults.ts";

/** Completes the updates of the scenario: rolling updates by the strategy of their deployment, and changes of NodePools. */
export function buildUpdates(
  spec: ScenarioSpec,
  cluster: ClusterConfig,
  findings: Findings,
): readonly (UpdateConfig | NodePoolUpdateConfig)[] {
  return (spec.updates ?? []).map((update, index) =>
    update.nodePool === undefined
      ? buildDeploymentUpdate(update, index, spec, cluster, findings)
      : buildNodePoolUpdate(update, update.nodePool, index, cluster, findings),
  );
}

function buildDeploymentUpdate(
  update: UpdateSpec,
  index: number,
  spec: ScenarioSpec,
  cluster: ClusterConfig,
  findings: Findings,
): UpdateConfig {
  const path = ["updates", index];
  const names = spec.deployments.map(({ name }) => name);
  const deployment = deploymentOf(update.deployment, path, names, findings);
  const strategy = spec.deployments.find(({ name }) => name === deployment)?.strategy ?? {};
  const isRecreate = strategy.type === "Recreate";
  if (isRecreate && (update.maxSurge !== undefined || update.maxUnavailable !== undefined)) findings.error("rolling_recreate", path);
  const maxSurge = update.maxSurge ?? strategy.maxSurge ?? DEFAULTS.updates.maxSurge;
  const maxUnavailable = update.maxUnavailable ?? strategy.maxUnavailable ?? DEFAULTS.updates.maxUnavailable;
  if (update.maxSurge !== undefined || update.maxUnavailable !== undefined) checkAmounts(maxSurge, maxUnavailable, path, findings);
  warnOfDeadline(strategy, cluster, deployment, path, findings);
  return {
    atSeconds: update.at,
    deployment,
    maxSurge,
    maxUnavailable,
    isNewImage: update.image !== "same",
    ...(isRecreate ? { isRecreate } : {}),
  };
}

function buildNodePoolUpdate(
  update: UpdateSpec,
  name: string,
  index: number,
  { nodePools }: ClusterConfig,
  findings: Findings,
): NodePoolUpdateConfig {
  const path = ["updates", index];
  const own = (["deployment", "maxSurge", "maxUnavailable", "image"] as const).find((key) => update[key] !== undefined);
  if (own !== undefined) findings.error("node_pool_update_key", [...path, own], { key: own });
  const meant = nodePools.filter((pool) => pool.name === name || pool.karpenter?.nodePool === name);
  const known = [...new Set(nodePools.map((pool) => pool.karpenter?.nodePool ?? pool.name))];
  if (meant.length === 0) findings.error("unknown_node_pool", [...path, "nodePool"], { name, known });
  else if (!meant.some(({ karpenter }) => karpenter !== undefined))
    findings.error("drift_without_karpenter", [...path, "nodePool"], { name });
  return { atSeconds: update.at, nodePool: name };
}

/** What a deployment's strategy forbids by itself, as the API server would. */
export function checkStrategy(strategy: StrategySpec | undefined, path: IssuePath, findings: Findings): void {
  if (strategy === undefined) return;
  const { type, maxSurge, maxUnavailable, minReady = 0, progressDeadline = PROGRESS_DEADLINE_SECONDS } = strategy;
  if (type === "Recreate" && (maxSurge !== undefined || maxUnavailable !== undefined)) findings.error("rolling_recreate", path);
  if (type !== "Recreate")
    checkAmounts(maxSurge ?? DEFAULTS.updates.maxSurge, maxUnavailable ?? DEFAULTS.updates.maxUnavailable, path, findings);
  if (progressDeadline <= minReady)
    findings.error("deadline_within_min_ready", [...path, "progressDeadline"], {
      deadlineSeconds: progressDeadline,
      minReadySeconds: minReady,
    });
}

/** @see apps/v1 Deployment spec.progressDeadlineSeconds, default 600 */
const PROGRESS_DEADLINE_SECONDS = 600;

/** @see kubernetes pkg/apis/apps/validation: maxUnavailable may not be 0 when maxSurge is 0 */
function checkAmounts(maxSurge: PodAmount, maxUnavailable: PodAmount, path: IssuePath, findings: Findings): void {
  if (isZero(maxSurge) && isZero(maxUnavailable)) findings.error("update_stands_still", [...path, "maxUnavailable"]);
}

const isZero = (amount: PodAmount): boolean => ("pods" in amount ? amount.pods : amount.share) === 0;

/** Passing the deadline changes no pod, but whoever waits for the rollout is told that it has failed. */
function warnOfDeadline(strategy: StrategySpec, cluster: ClusterConfig, deployment: string, path: IssuePath, findings: Findings): void {
  if (strategy.progressDeadline === undefined) return;
  const startSeconds = expectedColdStartSeconds(cluster, deployment) + (strategy.minReady ?? 0);
  if (!(startSeconds > strategy.progressDeadline)) return;
  const data = { deployment, deadlineSeconds: strategy.progressDeadline, startSeconds: Math.round(startSeconds) };
  findings.add([{ code: "progress_deadline_short", severity: "warning", path, data }]);
}
