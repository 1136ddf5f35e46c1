import type { ClusterContext } from "./state.ts";

/**
 * Pods that find no room are gathered before Karpenter looks for nodes: until none has come for the idle time, at most for the longest.
 * Called at the end of every change.
 * @see karpenter --batch-idle-duration 1 s, --batch-max-duration 10 s
 */
export function gatherPending(ctx: ClusterContext): void {
  const { batch, pending } = ctx.state;
  const newest = pending.at(-1) ?? -1;
  if (newest <= batch.newestPod) return;
  batch.newestPod = newest;
  const pool = ctx.config.nodePools.findIndex(({ karpenter }) => karpenter !== undefined);
  const config = ctx.config.nodePools[pool]?.karpenter;
  if (config === undefined) return;
  if (batch.handle === null) batch.openedSeconds = ctx.nowSeconds;
  else ctx.port.cancel(batch.handle);
  const endSeconds = Math.min(ctx.nowSeconds + config.batchIdleSeconds, batch.openedSeconds + config.batchMaxSeconds);
  batch.handle = ctx.port.schedule(endSeconds, "batch-end", pool);
}
