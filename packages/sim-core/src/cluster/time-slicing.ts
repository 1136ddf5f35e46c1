import { type ClusterContext, type NodeState, nodeAt, type PodState, poolConfigAt } from "./state.ts";

/** More GPUs than any node has, so that a node and one of its GPUs make one number. */
const MOST_GPUS_PER_NODE = 1024;

/**
 * The next slot that the device plugin hands out, −1 when all are taken: the lowest free one, where GPUs are shared of the GPU that
 * has given away fewest, so that pods spread over the GPUs of a node.
 * @see NVIDIA k8s-device-plugin, internal/rm/allocate.go, distributedAlloc
 */
export function nextSlot(ctx: ClusterContext, node: NodeState): number {
  const { slotsPerGpu = 1 } = poolConfigAt(ctx, node.pool);
  let best = -1;
  let bestTaken = slotsPerGpu;
  for (let first = 0; first < node.slots.length; first += slotsPerGpu) {
    let free = -1;
    let taken = 0;
    for (let slot = Math.min(first + slotsPerGpu, node.slots.length) - 1; slot >= first; slot--) {
      if ((node.slots[slot] as number) < 0) free = slot;
      else taken++;
    }
    if (free < 0 || taken >= bestTaken) continue;
    best = free;
    bestTaken = taken;
    if (taken === 0) break;
  }
  return best;
}

/** A number for the GPU that a bound pod shares with others, the same for all that do; −1: its GPUs are its own. */
export function sharedGpuOf(ctx: ClusterContext, pod: PodState): number {
  if (pod.node < 0) return -1;
  const node = nodeAt(ctx, pod.node);
  const { slotsPerGpu = 1 } = poolConfigAt(ctx, node.pool);
  if (slotsPerGpu === 1) return -1;
  return node.index * MOST_GPUS_PER_NODE + Math.floor(node.slots.indexOf(pod.index) / slotsPerGpu);
}
