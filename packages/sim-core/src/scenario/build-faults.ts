import type { DisruptionBudgetConfig, FaultConfig, FaultMoment, FaultWindow, MomentFault, WindowFault } from "../cluster/fault-config.ts";
import type { IssuePath } from "../errors.ts";
import { createSampler } from "../random/distributions.ts";
import type { TrafficConfig } from "../traffic/config.ts";
import { deploymentOf, type Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ScenarioSpec } from "./spec.ts";
import type { DisruptionBudgetSpec, MomentFaultSpec, RepeatedSpec, WindowFaultSpec, WindowSpec } from "./spec-faults.ts";

/** More would be a slip of the keyboard, such as a mean in seconds for one in hours. */
const MAX_OCCURRENCES = 10_000;

const WINDOW_KINDS = [
  "metricsOutage",
  "prometheusLag",
  "scrapeLoss",
  "zoneOutage",
  "stockOut",
  "slowStorage",
  "slowNetwork",
  "trafficSurge",
];

/** Completes the faults of the scenario. */
export function buildFaults(spec: ScenarioSpec, traffic: readonly TrafficConfig[], findings: Findings): readonly FaultConfig[] {
  return (spec.faults ?? []).map((fault, index): FaultConfig => {
    const site: Site = { spec, traffic, path: ["faults", index], findings };
    return WINDOW_KINDS.includes(fault.kind)
      ? buildWindowFault(fault as WindowFaultSpec, site)
      : buildMomentFault(fault as MomentFaultSpec, site);
  });
}

/** Where a fault stands. */
interface Site {
  readonly spec: ScenarioSpec;
  readonly traffic: readonly TrafficConfig[];
  readonly path: IssuePath;
  readonly findings: Findings;
}

function buildMomentFault(fault: MomentFaultSpec, site: Site): MomentFault {
  const when = momentOf(fault.at, site);
  const { faults } = DEFAULTS;
  switch (fault.kind) {
    case "containerRestart":
    case "podCrash":
      return { ...positionOf("podIndex", fault.pod, when), ...when, kind: fault.kind, deployment: theDeployment(fault.deployment, site) };
    case "oomKill":
      return { ...when, kind: fault.kind, deployment: theDeployment(fault.deployment, site) };
    case "nodeLoss":
      return {
        ...positionOf("nodeIndex", fault.node, when),
        ...when,
        kind: fault.kind,
        pool: thePool(fault.pool, site),
        detectSeconds: fault.detect ?? faults.detect,
      };
    case "nodeDrain":
      return { ...positionOf("nodeIndex", fault.node, when), ...when, kind: fault.kind, pool: thePool(fault.pool, site) };
    case "spotReclaim": {
      const [nodes, noticeSeconds] = [fault.nodes ?? 1, fault.notice ?? faults.notice];
      return { ...when, kind: fault.kind, pool: thePool(fault.pool, site), nodes, noticeSeconds };
    }
    default:
      return { ...when, kind: fault.kind, ...ofDeployment(fault.deployment, site) };
  }
}

/** A fault that is written down hits the oldest where it does not say whom; a repeated one draws. */
function positionOf<Key extends string>(key: Key, position: number | undefined, when: FaultMoment): { readonly [K in Key]?: number } {
  const written = position ?? ("atSeconds" in when ? 0 : undefined);
  return (written === undefined ? {} : { [key]: written }) as { readonly [K in Key]?: number };
}

function buildWindowFault(fault: WindowFaultSpec, site: Site): WindowFault {
  const when = windowOf(fault, site);
  switch (fault.kind) {
    case "metricsOutage":
      return { ...when, kind: fault.kind, ...(fault.answer === undefined || fault.answer === "error" ? {} : { answer: fault.answer }) };
    case "prometheusLag":
      return { ...when, kind: fault.kind, lagSeconds: fault.lag };
    case "scrapeLoss":
      return { ...when, kind: fault.kind, deployment: theDeployment(fault.deployment, site), share: fault.share ?? 1 };
    case "zoneOutage":
      return { ...when, kind: fault.kind, zone: theZone(fault.zone, site), detectSeconds: fault.detect ?? DEFAULTS.faults.detect };
    case "stockOut":
      return { ...when, kind: fault.kind, pool: thePool(fault.pool, site) };
    case "slowStorage":
    case "slowNetwork":
      return { ...when, kind: fault.kind, factor: fault.factor, ...ofDeployment(fault.deployment, site) };
    default:
      return { ...when, kind: fault.kind, stream: theStream(fault.stream, site), factor: fault.factor };
  }
}

function momentOf(at: number | RepeatedSpec, site: Site): FaultMoment {
  return typeof at === "number" ? { atSeconds: at } : repetitionOf(at, site);
}

function windowOf(window: WindowSpec, site: Site): FaultWindow {
  const { path, findings } = site;
  const isOnce = window.from !== undefined && window.to !== undefined;
  const isRepeated = window.at !== undefined && window.for !== undefined;
  const keys = [window.from, window.to, window.at, window.for].filter((value) => value !== undefined).length;
  if (keys !== 2 || !(isOnce || isRepeated)) findings.error("fault_without_time", path);
  if (window.at !== undefined && window.for !== undefined) return { ...repetitionOf(window.at, site), forSeconds: window.for };
  const [fromSeconds, toSeconds] = [window.from ?? 0, window.to ?? 0];
  if (isOnce && toSeconds <= fromSeconds) findings.error("window_ends_before_start", [...path, "to"], { fromSeconds, toSeconds });
  return { fromSeconds, toSeconds };
}

function repetitionOf({ every, from, to }: RepeatedSpec, { spec, path, findings }: Site): Extract<FaultMoment, { everySeconds: unknown }> {
  const [fromSeconds, toSeconds] = [from ?? 0, to ?? spec.duration];
  if (toSeconds <= fromSeconds) findings.error("window_ends_before_start", [...path, "at", "to"], { fromSeconds, toSeconds });
  const { mean } = createSampler(every);
  const occurrences = (toSeconds - fromSeconds) / mean;
  if (!(occurrences <= MAX_OCCURRENCES)) {
    findings.error("too_many_faults", [...path, "at", "every"], { meanSeconds: mean, maximum: MAX_OCCURRENCES });
  }
  return { everySeconds: every, fromSeconds, toSeconds };
}

function theDeployment(written: string | undefined, { spec, path, findings }: Site): string {
  const names = spec.deployments.map(({ name }) => name);
  return deploymentOf(written, path, names, findings);
}

function ofDeployment(written: string | undefined, site: Site): { readonly deployment?: string } {
  return written === undefined ? {} : { deployment: theDeployment(written, site) };
}

function thePool(written: string, { spec, path, findings }: Site): string {
  const known = spec.nodePools.map(({ name }) => name);
  if (!known.includes(written)) findings.error("unknown_node_pool", [...path, "pool"], { name: written, known });
  return written;
}

function theZone(written: string, { spec, path, findings }: Site): string {
  const known = [...new Set(spec.nodePools.flatMap(({ zone }) => (zone === undefined ? [] : [zone])))];
  if (!known.includes(written)) findings.unknownName("unknown_zone", [...path, "zone"], written, known);
  return written;
}

function theStream(written: string, { traffic, path, findings }: Site): string {
  const stream = traffic.find(({ name }) => name === written);
  const known = traffic.map(({ name }) => name);
  if (stream === undefined) findings.unknownName("unknown_stream", [...path, "stream"], written, known);
  else if (stream.kind !== "generator") findings.error("surge_not_generated", [...path, "stream"], { name: written });
  return written;
}

export function buildDisruptionBudget(
  budget: DisruptionBudgetSpec | undefined,
  path: IssuePath,
  findings: Findings,
): { readonly disruptionBudget?: DisruptionBudgetConfig } {
  if (budget === undefined) return {};
  const { minAvailable, maxUnavailable, unhealthyPodEviction } = budget;
  if ((minAvailable === undefined) === (maxUnavailable === undefined)) findings.error("budget_min_or_max", path);
  const always = unhealthyPodEviction === "AlwaysAllow" ? { mayEvictUnhealthy: true as const } : {};
  if (minAvailable !== undefined) return { disruptionBudget: { minAvailable, ...always } };
  return maxUnavailable === undefined ? {} : { disruptionBudget: { maxUnavailable, ...always } };
}
