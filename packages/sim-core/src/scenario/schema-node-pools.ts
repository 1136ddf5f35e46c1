import * as z from "zod";
import { bytes, duration, durationOrNever, type Field, name, positiveDuration, share, strict } from "./fields.ts";
import type { AutoscalerSpec, KarpenterSpec, MachineSpec, NodeMarketSpec, ScheduleSpec } from "./spec-node-pools.ts";

const karpenterField: Field<KarpenterSpec> = strict({
  consolidationPolicy: z
    .enum(["WhenEmpty", "WhenEmptyOrUnderutilized"])
    .optional()
    .describe("Which nodes may go. Default WhenEmptyOrUnderutilized."),
  consolidateAfter: durationOrNever.optional().describe("Time without a pod coming or going on the node, or never. Default 0s."),
  expireAfter: durationOrNever
    .optional()
    .describe("Age at which a node is drained, `budgets` or not, or never; its pods leave as disruption budgets allow. Default 720h."),
  budgets: z
    .array(
      strict({
        nodes: z
          .union([z.int().min(0), z.string().regex(/^(\d+|\d{1,2}%|100%)$/)])
          .describe("Most nodes on their way out at once: a number, or a percentage of all, rounded up."),
        reasons: z
          .array(z.enum(["Empty", "Underutilized", "Drifted"]))
          .min(1)
          .optional()
          .describe("Default: all."),
        schedule: z
          .string()
          .optional()
          .describe('Cron in UTC, as "0 9 * * mon-fri" or @daily: when it begins to be in force; with `duration`.'),
        duration: positiveDuration.optional().describe("How long it is in force from each time of `schedule` on. Default: always."),
      }),
    )
    .min(1)
    .optional()
    .describe("The strictest counts. Default one of 10%."),
  terminationGracePeriod: duration
    .optional()
    .describe("A drained node's pods are gone so long after, whatever disruption budgets say. Default: it waits for them."),
  nodePool: name.optional().describe("NodePool that this pool is one offering of: `budgets` are for all pools of that name together."),
  batchIdle: duration.optional().describe("Pods are gathered until none has come for this long (--batch-idle-duration). Default 1s."),
  batchMax: positiveDuration.optional().describe("At most this long (--batch-max-duration). Default 10s."),
});

const scheduleField = strict({
  nodes: z.int().min(1).max(10_000).optional().describe("Machines on this schedule. Default 1."),
  daysOfWeek: z.array(z.string()).min(1).describe("mon-fri, sat, fri-mon: days and ranges of days."),
  hoursOfDay: z.array(z.string()).min(1).describe("9-17, 0-9, 22-6: hours and ranges of hours; the last hour counts to its end."),
  timezone: z.string().min(1).max(64).optional().describe("IANA zone. Default UTC."),
  enabled: z.boolean().optional().describe("Default true."),
  gracefulShutdownTimeout: duration
    .optional()
    .describe("How long a node stays in service after its hours, before it is drained. Default 0s."),
  nodeDrainTimeout: duration.optional().describe("The machine goes so long after its drain began, whatever still runs. Default: it waits."),
});
const scheduleFile = strict({
  manifest: z.string().min(1).describe("YAML of 5-Spot ScheduledMachines, each a node of the pool."),
});
/** Files have been read by now; one that could not be stands for nothing. */
const scheduledField: Field<readonly ScheduleSpec[]> = z
  .union([z.array(z.union([scheduleField, scheduleFile])), scheduleFile])
  .transform((written): readonly ScheduleSpec[] => {
    const list = Array.isArray(written) ? written : [written];
    return list.filter((entry): entry is z.output<typeof scheduleField> => !("manifest" in entry));
  });

/** What tells a machine from others. */
export const machineFields: { readonly [Key in keyof MachineSpec]-?: Field<MachineSpec[Key]> } = {
  instanceType: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe("Name of the machine type, as node.kubernetes.io/instance-type, for a NodePool's requirements."),
  arch: z.enum(["amd64", "arm64"]).optional().describe("kubernetes.io/arch. Default amd64."),
  labels: z.record(z.string(), z.string()).optional().describe("Further labels of the machine, for a NodePool's requirements."),
};

/** How nodes are sold, and how that fails. */
export const marketFields: { readonly [Key in keyof NodeMarketSpec]-?: Field<NodeMarketSpec[Key]> } = {
  capacity: z.enum(["onDemand", "spot"]).optional().describe("How the machines are sold; a price class of the bill. Default onDemand."),
  commitment: strict({
    nodes: z.int().min(1).max(10_000).describe("Nodes that are paid for over the whole run, used or not."),
    pricePerGpuHour: z.number().min(0).describe("Dollars per GPU and hour of these nodes."),
  })
    .optional()
    .describe("A reservation or savings plan: the pool's oldest nodes are covered by it, the rest costs pricePerGpuHour."),
  zone: name.optional().describe("Where its nodes stand; faults can take a whole zone."),
  priority: z
    .int()
    .optional()
    .describe("For the expander `priority`, and for Karpenter (its weight) before the price: the highest wins. Default 0."),
  stockOuts: z
    .array(strict({ from: duration.describe("Since the start of the run."), to: duration }))
    .optional()
    .describe("Windows in which the cloud has no such machine: requests fail at once, and the pool is backed off."),
  requestFailure: share.optional().describe("Chance that a request for a node fails at once. Default 0."),
  maxProvision: positiveDuration
    .optional()
    .describe("A node that has not joined by then is given up, and the pool backed off (--max-node-provision-time). Default 15m."),
  backOff: strict({
    initial: positiveDuration.optional().describe("After the first failure. Default 5m (Karpenter: 3m)."),
    max: positiveDuration.optional().describe("It doubles up to this. Default 30m (Karpenter: 3m)."),
    reset: duration.optional().describe("It begins anew so long after its end, or when the last node asked for has come. Default 3h."),
  })
    .optional()
    .describe("How long a pool is left alone after a failed request."),
  scaleDownUtilization: share
    .optional()
    .describe(
      "Nodes with less of their GPUs in use are drained when their pods fit elsewhere (--scale-down-utilization-threshold, 0.5 there). Default: only empty nodes go.",
    ),
  headroom: strict({
    pods: z.int().min(1).max(10_000).describe("Balloon pods of low priority."),
    gpus: z.int().min(1).max(64).optional().describe("GPUs of each. Default: a whole node, which is then a warm standby node."),
  })
    .optional()
    .describe("Room kept free: any replica takes a balloon's place at once, and the balloon asks for a new node."),
  imageCached: z.boolean().optional().describe("Images are on the nodes before any pod comes. Default false."),
  scheduled: scheduledField
    .optional()
    .describe("Further nodes by the clock, drained when their time is over: spec.schedule of 5-Spot's ScheduledMachine, or files of it."),
  karpenter: karpenterField.optional().describe("Karpenter owns the pool instead of the cluster autoscaler; keys as in its NodePool."),
  gpuLabel: z
    .boolean()
    .optional()
    .describe(
      "`false`: no label tells the autoscaler that a node will have GPUs, so it does not count on one that has joined without, and asks for another. Default true.",
    ),
};

/** The node autoscaler over all pools. */
export const autoscalerField: Field<AutoscalerSpec> = strict({
  expander: z
    .array(z.enum(["least-waste", "most-pods", "least-nodes", "price", "priority", "random"]))
    .min(1)
    .optional()
    .describe(
      "How the pool that grows is chosen, each filtering what the one before left. Default: the order of the deployment's nodePools.",
    ),
  quotas: z
    .array(
      strict({
        nodePools: z.array(z.string().min(1)).min(1).describe("Pools that share it."),
        gpus: z.int().min(1).optional().describe("Most GPUs over all of them."),
        nodes: z.int().min(1).optional().describe("Most nodes."),
        cpu: z.number().positive().optional().describe("Most cores; the pools say their own `cpu`."),
        memory: bytes.optional().describe("Most memory; the pools say their own `memory`."),
      }),
    )
    .optional()
    .describe("Limits over several pools, as clouds grant them by GPU type."),
});
