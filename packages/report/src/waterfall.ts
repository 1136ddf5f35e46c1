import type { DeploymentResult, NodeRecord, PodRecord, RunResult, StartPart, StepSeries } from "@replicast/sim-core";

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
  { part: "backOff", name: "killed, waits" },
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
  return run.pods.flatMap((pod) => {
    const [first] = pod.parts ?? [];
    if (pod.parts === undefined || first === undefined) return [];
    const deployment = run.deployments.find(({ name }) => name === pod.deployment);
    const node = pod.node === null ? undefined : nodes.get(pod.node);
    const lags = deployment === undefined ? [] : lagsBefore(first[0], deployment, run.decisions);
    return [{ pod, delays: [...lags, ...startDelays(pod.parts, node)], isComplete: pod.parts.at(-1)?.[1] === "routable" }];
  });
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

function lagsBefore(
  createdSeconds: number,
  { name, required, ready }: DeploymentResult,
  decisions: RunResult["decisions"],
): readonly Delay[] {
  const shortSeconds = shortSince(createdSeconds, required, ready);
  if (shortSeconds === null) return [];
  const asked = decisions.find(
    ({ timeSeconds, deployment, desiredReplicas, specReplicas }) =>
      deployment === name && timeSeconds >= shortSeconds && timeSeconds <= createdSeconds && desiredReplicas > specReplicas,
  );
  if (asked === undefined) return [];
  return nonEmpty([
    { part: "metricLag", fromSeconds: shortSeconds, toSeconds: asked.timeSeconds },
    { part: "decisionLag", fromSeconds: asked.timeSeconds, toSeconds: createdSeconds },
  ]);
}

/** Since when, without a break, fewer replicas have been ready than the load required; null when enough are. */
function shortSince(seconds: number, required: StepSeries, ready: StepSeries): number | null {
  const moments = [...required, ...ready].map(([at]) => at).filter((at) => at <= seconds);
  let since: number | null = null;
  for (const at of moments.sort((a, b) => a - b)) {
    if (valueAt(required, at) <= valueAt(ready, at)) since = null;
    else since ??= at;
  }
  return since;
}

const valueAt = (series: StepSeries, seconds: number): number => series.findLast(([at]) => at <= seconds)?.[1] ?? 0;

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
