import { SimError } from "../errors.ts";
import { checkReported, isEmpty, isUpcoming } from "./node.ts";
import { isActive } from "./pod.ts";
import {
  type ClusterContext,
  deploymentAt,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeName,
  type PodState,
  podAt,
  podName,
} from "./state.ts";

/**
 * GPU slots conserve: every living bound pod holds exactly its GPUs on its nodes and nowhere else, a nominated one
 * holds as many on each upcoming node it counts on, nobody else holds any; the ledger was told so; and the counts of pods are right.
 * @throws SimError `gpu_slots_not_conserved`, `ledger_out_of_date`, `slot_held_by_dead_pod`, `pods_miscounted`
 */
export function checkSlots(ctx: ClusterContext): void {
  const heldBy = new Map<number, number>();
  for (const node of ctx.state.nodes) {
    if (!node.isBilled) continue;
    checkReported(ctx, node);
    checkNode(ctx, node);
    for (const pod of node.slots) if (pod >= 0) heldBy.set(pod, (heldBy.get(pod) ?? 0) + 1);
  }
  ctx.config.deployments.forEach((_, deployment) => {
    checkCounts(ctx, deployment);
    for (const index of deploymentAt(ctx, deployment).pods) {
      const pod = podAt(ctx, index);
      const due = (pod.node >= 0 ? homesOf(pod) : nominationsOf(pod)).length * gpusOnNode(ctx, deployment);
      const held = heldBy.get(index) ?? 0;
      heldBy.delete(index);
      if (held !== due) throw broken(ctx, pod, { held, due });
    }
  });
  for (const [index, held] of heldBy) throw broken(ctx, podAt(ctx, index), { held, due: 0 });
}

function checkCounts(ctx: ClusterContext, deployment: number): void {
  const { pods, activePods, readyPods } = deploymentAt(ctx, deployment);
  const stages = pods.map((index) => podAt(ctx, index).stage);
  const active = stages.filter(isActive).length;
  const ready = stages.filter((stage) => stage === "Ready").length;
  if (active !== activePods || ready !== readyPods)
    throw new SimError("pods_miscounted", ctx.nowSeconds, { deployment, active, activePods, ready, readyPods });
}

function checkNode(ctx: ClusterContext, node: NodeState): void {
  const mayHold = node.stage === "Allocatable" || node.stage === "Draining" || isUpcoming(node.stage);
  const isRemovable = node.stage === "Allocatable" && isEmpty(node);
  for (const index of node.slots) {
    if (index < 0) continue;
    const pod = podAt(ctx, index);
    const homes = isUpcoming(node.stage) ? nominationsOf(pod) : homesOf(pod);
    if (!mayHold || !homes.includes(node.index)) throw broken(ctx, pod, { slotOn: nodeName(ctx, node), homes: homes.join(" ") });
  }
  if (isRemovable !== (node.emptySinceSeconds !== null)) {
    throw new SimError("empty_node_not_noticed", ctx.nowSeconds, { node: nodeName(ctx, node) });
  }
}

const homesOf = (pod: PodState): readonly number[] => (pod.node < 0 ? [] : [pod.node, ...pod.moreNodes]);
const nominationsOf = (pod: PodState): readonly number[] => (pod.nominatedNode < 0 ? [] : [pod.nominatedNode, ...pod.moreNominated]);

function broken(ctx: ClusterContext, pod: PodState, data: Record<string, string | number>): SimError {
  const { name } = deploymentConfigAt(ctx, pod.deployment);
  return new SimError("gpu_slots_not_conserved", ctx.nowSeconds, { ...data, pod: podName(ctx, pod), deployment: name, stage: pod.stage });
}
