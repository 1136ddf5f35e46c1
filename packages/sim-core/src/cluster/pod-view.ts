import { isPending } from "./scale-target.ts";
import { type ClusterContext, deploymentAt, deploymentConfigAt, type PodState, podAt, podName } from "./state.ts";

/**
 * Kubernetes' view of a pod, as controllers read it. Structurally the `PodView` of policies, which the cluster does
 * not import.
 */
export interface ClusterPodView {
  readonly name: string;
  readonly phase: "Pending" | "Running" | "Failed";
  readonly createdSeconds: number;
  readonly startSeconds?: number;
  readonly ready?: { readonly status: boolean; readonly sinceSeconds: number };
  readonly deletionSeconds?: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** Pods of a deployment, terminating ones included, in order of creation. */
export function buildPodViews(ctx: ClusterContext, deployment: number): readonly ClusterPodView[] {
  const { cpuRequestCores, memoryRequestBytes, gpusPerReplica } = deploymentConfigAt(ctx, deployment);
  const requests = { cpu: cpuRequestCores, memory: memoryRequestBytes, "nvidia.com/gpu": gpusPerReplica };
  return deploymentAt(ctx, deployment).pods.map((index) => podView(ctx, podAt(ctx, index), requests));
}

function podView(ctx: ClusterContext, pod: PodState, requests: Readonly<Record<string, number>>): ClusterPodView {
  // A terminating container goes on answering its probe until it stops.
  const status = pod.stage === "Ready" || pod.stage === "Draining";
  return {
    name: podName(ctx, pod),
    phase: isPending(pod.stage) ? "Pending" : "Running",
    createdSeconds: pod.createdSeconds,
    ...(pod.startSeconds === null ? {} : { startSeconds: pod.startSeconds }),
    ...(pod.readyChangedSeconds === null ? {} : { ready: { status, sinceSeconds: pod.readyChangedSeconds } }),
    ...(pod.deletionSeconds === null ? {} : { deletionSeconds: pod.deletionSeconds }),
    requests,
  };
}
