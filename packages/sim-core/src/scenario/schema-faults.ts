import * as z from "zod";
import type { PodAmount } from "../cluster/fault-config.ts";
import { parseShare, SHARE_PATTERN } from "../units/share.ts";
import { duration, durations, type Field, name, positiveDuration, positiveShare, refuse, strict } from "./fields.ts";
import type { DisruptionBudgetSpec, FaultSpec, RepeatedSpec, StrategySpec, UpdateSpec } from "./spec-faults.ts";

/** A number of pods, or a percentage of the replicas: `1`, `25%`. */
function podAmounts(read: (text: string) => number | undefined): Field<PodAmount> {
  return z
    .union([z.int().min(0), z.string()])
    .transform((written, context): PodAmount => {
      if (typeof written === "number") return { pods: written };
      const share = read(written);
      return share === undefined ? refuse(context, "invalid_share", { actual: written, example: "25%" }) : { share };
    })
    .meta({ pattern: SHARE_PATTERN, examples: ["25%"] });
}

const podAmount: Field<PodAmount> = podAmounts(parseShare);
/** A surge may be more than all. @see kubernetes pkg/apis/apps/validation: only maxUnavailable is at most 100 % */
const surge: Field<PodAmount> = podAmounts((text) => (/^\d+%$/.test(text) ? Number(`${text.slice(0, -1)}e-2`) : undefined));

const repeated: Field<RepeatedSpec> = strict({
  every: durations.describe("Time from one to the next, and from the beginning to the first: { mean: 1h } for chance without memory."),
  from: duration.optional().describe("None before. Default: the start of the run."),
  to: duration.optional().describe("None after. Default: the end of the run."),
});

const at = z.union([duration, repeated]).describe("Since the start of the run, or `{ every: { mean: 1h } }`: again and again.");
const moment = { at };
const window = {
  from: duration.optional().describe("Beginning, since the start of the run; with `to`."),
  to: duration.optional().describe("End; with `from`."),
  at: repeated.optional().describe("Again and again, instead of `from` and `to`; with `for`."),
  for: durations.optional().describe("How long each lasts; with `at`."),
};
const deployment = name.optional().describe("May be left out when there is one.");
const deploymentOrAll = name.optional().describe("Default: all.");
const pod = z.int().min(0).optional().describe("0: the oldest Ready pod (default), 1: the next … Drawn where `at` repeats.");
const pool = name.describe("Name of the node pool.");
const node = z.int().min(0).optional().describe("0: the oldest node (default), 1: the next … Drawn where `at` repeats.");
const detect = duration.optional().describe("Until the cluster has noticed and replaces the pods. Default 50s.");
const slower = z.number().min(1).max(1000).describe("How many times as long.");

/** Things that go wrong on purpose. */
export const faultField: Field<FaultSpec> = z.discriminatedUnion("kind", [
  strict({ kind: z.literal("containerRestart").describe("A container crashes and restarts in place."), ...moment, deployment, pod }),
  strict({ kind: z.literal("podCrash").describe("A pod fails as a whole and is replaced."), ...moment, deployment, pod }),
  strict({
    kind: z.literal("oomKill").describe("The container with the most requests in flight is killed and restarts in place."),
    ...moment,
    deployment,
  }),
  strict({ kind: z.literal("nodeLoss").describe("A node dies with all that runs on it."), ...moment, pool, node, detect }),
  strict({
    kind: z.literal("nodeDrain").describe("A node is cordoned, drained within disruption budgets, and removed."),
    ...moment,
    pool,
    node,
  }),
  strict({
    kind: z.literal("spotReclaim").describe("The cloud takes nodes back: drained from the notice on, gone when it is over."),
    ...moment,
    pool,
    nodes: z.int().min(1).max(10_000).optional().describe("How many at once, as far as there are. Default 1."),
    notice: duration.optional().describe("Default 120s (AWS); GCP and Azure give 30s."),
  }),
  strict({
    kind: z.literal("controllerRestart").describe("The autoscaler starts anew and forgets what it remembers."),
    ...moment,
    deployment: deploymentOrAll,
  }),
  strict({
    kind: z.literal("metricsOutage").describe("Metric queries go wrong in this window."),
    ...window,
    answer: z
      .enum(["error", "empty", "stale"])
      .optional()
      .describe(
        "`error` (default): queries fail. `empty`: they succeed over no series, as after a restart of Prometheus without its targets. `stale`: the answers of the beginning are repeated.",
      ),
  }),
  strict({
    kind: z.literal("prometheusLag").describe("Samples become visible late."),
    ...window,
    lag: positiveDuration.describe("How late."),
  }),
  strict({
    kind: z.literal("scrapeLoss").describe("Scrapes of a deployment's pods fail."),
    ...window,
    deployment,
    share: positiveShare.optional().describe("Of the scrapes, drawn one by one. Default 1."),
  }),
  strict({
    kind: z.literal("zoneOutage").describe("All nodes of a zone die, and requests for new ones there fail."),
    ...window,
    zone: name.describe("Zone of node pools."),
    detect,
  }),
  strict({
    kind: z
      .literal("stockOut")
      .describe("The cloud has no node for a pool: requests fail at once, and the pool is backed off, as in its own stockOuts."),
    ...window,
    pool,
  }),
  strict({
    kind: z.literal("slowStorage").describe("Weights load more slowly, drawn times as well as bytes, from wherever they come."),
    ...window,
    factor: slower,
    deployment: deploymentOrAll,
  }),
  strict({
    kind: z
      .literal("slowNetwork")
      .describe(
        "Images are pulled more slowly, drawn times as well as bytes, and weights that come over the network as bytes (objectStore, sharedFileSystem, streaming); not unpacking, nor requests, nor KV caches on their way.",
      ),
    ...window,
    factor: slower,
    deployment: deploymentOrAll,
  }),
  strict({
    kind: z.literal("trafficSurge").describe("A stream of generated traffic sends more."),
    ...window,
    stream: name.describe("Name of the stream."),
    factor: z.number().min(0).max(1000).describe("How many times as much."),
  }),
]);

/** A new revision of a deployment is rolled out. */
export const updateField: Field<UpdateSpec> = strict({
  at: duration.describe("Since the start of the run."),
  deployment,
  maxSurge: surge.optional().describe("Pods beyond the replicas, at most; a percentage rounds up. Default: the deployment's strategy."),
  maxUnavailable: podAmount
    .optional()
    .describe("Replicas that may be missing, at most; a percentage rounds down. Default: the deployment's strategy."),
  nodePool: name
    .optional()
    .describe("Instead of a deployment: the template of this NodePool changes, so its nodes have drifted and Karpenter replaces them."),
  image: z.enum(["new", "same"]).optional().describe("`new` (default): every node pulls it again. `same`: only the settings change."),
});

/** How updates replace pods. */
export const strategyField: Field<StrategySpec> = strict({
  type: z
    .enum(["RollingUpdate", "Recreate"])
    .optional()
    .describe("Recreate: all old pods are gone before the first new one comes. Default RollingUpdate."),
  maxSurge: surge.optional().describe("Pods beyond the replicas, at most; a percentage rounds up. Default 25%."),
  maxUnavailable: podAmount.optional().describe("Replicas that may be missing, at most; a percentage rounds down. Default 25%."),
  minReady: duration
    .optional()
    .describe("A new pod counts as available after it has been Ready for so long (minReadySeconds). Default 0s."),
  progressDeadline: positiveDuration
    .optional()
    .describe(
      "When a rollout that does not get on counts as failed (progressDeadlineSeconds): a warning here, it changes no pod. Default 10m.",
    ),
});

/** How far evictions may go. */
export const disruptionBudgetField: Field<DisruptionBudgetSpec> = strict({
  minAvailable: podAmount.optional().describe("Ready pods that must stay; a percentage rounds up."),
  maxUnavailable: podAmount.optional().describe("Replicas that may be missing; a percentage rounds up."),
  unhealthyPodEviction: z
    .enum(["IfHealthyBudget", "AlwaysAllow"])
    .optional()
    .describe(
      "Whether pods that run and are not Ready may go only while enough others are Ready (unhealthyPodEvictionPolicy). Default IfHealthyBudget.",
    ),
});
