import type { DeploymentResult, NodeRecord, PodRecord, RunResult, StartPart } from "@replicast/sim-core";

/** What lies between the load and the replica that carries it, in order. */
export type DelayPart =
  | "metricLag"
  | "decisionLag"
  | "room"
  | "autoscaler"
  | "provision"
  | "devicePlugin"
  | Exclude<StartPart, "node" | "routable">;

/** Names of the parts, in the order in which they follow each other. */
export const DELAY_PARTS: readonly { readonly part: DelayPart; readonly name: string }[] = [
  { part: "metricLag", name: "metrics" },
  { part: "decisionLag", name: "decision" },
  { part: "room", name: "free GPUs" },
  { part: "autoscaler", name: "node asked for" },
  { part: "provision", name: "node joins" },
  { part: "devicePlugin", name: "GPUs usable" },
  { part: "bind", name: "bind" },
  { part: "pull", name: "image pull" },
  { part: "unpack", name: "unpack" },
  { part: "container", name: "container" },
  { part: "download", name: "download" },
  { part: "load", name: "weights" },
  { part: "compile", name: "compile" },
  { part: "capture", name: "graphs" },
  { part: "warmUp", name: "warm-up" },
  { part: "backOff", name: "CrashLoopBackOff" },
  { part: "restart", name: "restart" },
  { part: "probe", name: "probe" },
  { part: "endpoints", name: "endpoints" },
];

export interface Delay {
  readonly part: DelayPart;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Why one replica was late. */
export interface Waterfall {
  readonly pod: PodRecord;
  /** The pod's, or "chat-1, restart 2" for the second time that its container started again after it had served. */
  readonly name: string;
  /** From the load that asked for it (or from its creation, when it was asked for ahead of the load) to its end. */
  readonly delays: readonly Delay[];
  /** Requests could reach it at the end. */
  readonly isComplete: boolean;
}

/**
 * Replicas started during the run, each from the moment at which the load came to require more replicas than were ready: metric
 * lag until the first decision that asked for more, decision lag until its pod was created, then the parts of its start.
 * Pods that were asked for ahead of the load have no lags; results of older releases, which know no parts, give none.
 */
export function waterfalls(run: Pick<RunResult, "pods" | "nodes" | "deployments" | "decisions">): readonly Waterfall[] {
  const nodes = new Map(run.nodes.map((node) => [node.name, node]));
  const lags = new Map(
    run.deployments.map((deployment) => {
      const asks = run.decisions.filter((each) => each.deployment === deployment.name && each.desiredReplicas > each.specReplicas);
      return [deployment.name, { shortages: shortagesOf(deployment), asks: asks.map(({ timeSeconds }) => timeSeconds) }] as const;
    }),
  );
  return run.pods.flatMap((pod) => {
    const [first] = pod.parts ?? [];
    if (pod.parts === undefined || first === undefined) return [];
    const own = lags.get(pod.deployment);
    const node = pod.node === null ? undefined : nodes.get(pod.node);
    const before = own === undefined ? [] : lagsBefore(first[0], own.shortages, own.asks);
    return [waterfallOf(pod, pod.parts, node, before)];
  });
}

/** Containers that had served, ended, and started again in place: from their end until requests could reach them again. */
export function restartWaterfalls({ pods }: Pick<RunResult, "pods">): readonly Waterfall[] {
  return pods.flatMap((pod) =>
    (pod.restarts ?? []).map((parts, index) => ({
      ...waterfallOf(pod, parts, undefined, []),
      name: `${pod.name}, restart ${index + 1}`,
    })),
  );
}

function waterfallOf(
  pod: PodRecord,
  parts: NonNullable<PodRecord["parts"]>,
  node: NodeRecord | undefined,
  before: readonly Delay[],
): Waterfall {
  const delays = [...before, ...startDelays(parts, node)];
  return { pod, name: pod.name, delays, isComplete: parts.at(-1)?.[1] === "routable" };
}

/** Mean seconds of each part over the replicas that could be reached in the end, a part that was left out as 0; empty without any. */
export function meanDelays(
  all: readonly Waterfall[],
): readonly { readonly part: DelayPart; readonly name: string; readonly seconds: number }[] {
  const complete = all.filter(({ isComplete }) => isComplete);
  return DELAY_PARTS.flatMap(({ part, name }) => {
    const own = complete.flatMap(({ delays }) => delays.filter((delay) => delay.part === part));
    const total = own.reduce((sum, { fromSeconds, toSeconds }) => sum + toSeconds - fromSeconds, 0);
    return total > 0 ? [{ part, name, seconds: total / complete.length }] : [];
  });
}

function lagsBefore(createdSeconds: number, shortages: readonly Shortage[], asks: readonly number[]): readonly Delay[] {
  const shortage = shortages.findLast(({ fromSeconds }) => fromSeconds <= createdSeconds);
  if (shortage === undefined || shortage.toSeconds <= createdSeconds) return [];
  const askedSeconds = asks.find((seconds) => seconds >= shortage.fromSeconds);
  if (askedSeconds === undefined || askedSeconds > createdSeconds) return [];
  return nonEmpty([
    { part: "metricLag", fromSeconds: shortage.fromSeconds, toSeconds: askedSeconds },
    { part: "decisionLag", fromSeconds: askedSeconds, toSeconds: createdSeconds },
  ]);
}

interface Shortage {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** When fewer replicas were ready than the load required, each time without a break. */
function shortagesOf({ required, ready }: DeploymentResult): readonly Shortage[] {
  const shortages: Shortage[] = [];
  let since: number | null = null;
  let needed = 0;
  let there = 0;
  for (let r = 0, s = 0; r < required.length || s < ready.length; ) {
    const seconds = Math.min(required[r]?.[0] ?? Number.POSITIVE_INFINITY, ready[s]?.[0] ?? Number.POSITIVE_INFINITY);
    while ((required[r]?.[0] ?? Number.POSITIVE_INFINITY) <= seconds) needed = required[r++]?.[1] ?? 0;
    while ((ready[s]?.[0] ?? Number.POSITIVE_INFINITY) <= seconds) there = ready[s++]?.[1] ?? 0;
    if (needed > there) since ??= seconds;
    else if (since !== null) {
      shortages.push({ fromSeconds: since, toSeconds: seconds });
      since = null;
    }
  }
  if (since !== null) shortages.push({ fromSeconds: since, toSeconds: Number.POSITIVE_INFINITY });
  return shortages;
}

function startDelays(parts: NonNullable<PodRecord["parts"]>, node: NodeRecord | undefined): readonly Delay[] {
  return parts.flatMap(([fromSeconds, part], index) => {
    const toSeconds = parts[index + 1]?.[0];
    if (part === "routable" || toSeconds === undefined) return [];
    return part === "node" ? nodeDelays(fromSeconds, toSeconds, node) : nonEmpty([{ part, fromSeconds, toSeconds }]);
  });
}

/** The wait for a node, by what its node did meanwhile. */
function nodeDelays(fromSeconds: number, toSeconds: number, node: NodeRecord | undefined): readonly Delay[] {
  const within = (seconds: number | undefined): number => Math.min(toSeconds, Math.max(fromSeconds, seconds ?? fromSeconds));
  const entered = (...stages: readonly string[]): number | undefined => node?.stages.find(([, stage]) => stages.includes(stage))?.[0];
  const requested = within(entered("Requested", "Provisioning"));
  const joined = within(entered("Joined"));
  const allocatable = within(entered("Allocatable"));
  return nonEmpty([
    { part: "autoscaler", fromSeconds, toSeconds: requested },
    { part: "provision", fromSeconds: requested, toSeconds: joined },
    { part: "devicePlugin", fromSeconds: joined, toSeconds: allocatable },
    { part: "room", fromSeconds: allocatable, toSeconds },
  ]);
}

const nonEmpty = (delays: readonly Delay[]): readonly Delay[] => delays.filter(({ fromSeconds, toSeconds }) => toSeconds > fromSeconds);
