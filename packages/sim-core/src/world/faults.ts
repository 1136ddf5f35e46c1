import type { Cluster } from "../cluster/cluster.ts";
import type { MomentFault, NodePoolUpdateConfig, UpdateConfig } from "../cluster/fault-config.ts";
import type { Slowdown } from "../cluster/slowdown.ts";
import { unreachable } from "../errors.ts";
import type { Plan } from "../scenario/plan.ts";
import { type FaultOccurrence, isMoment, isWindowOf } from "./fault-times.ts";

/** What faults act on. */
export interface FaultsPort {
  readonly cluster: Cluster;
  readonly schedule: (atSeconds: number, subject: number) => void;
  /** Position of a deployment or node pool in the plan. */
  readonly deployment: (name: string) => number;
  readonly pool: (name: string) => number;
  readonly inFlight: (pod: number) => number;
  /** Makes the controllers of a deployment forget what they remember; undefined: all. */
  readonly restartControllers: (deployment: string | undefined) => void;
}

type Strike =
  | { readonly kind: "begin" | "end"; readonly atSeconds: number; readonly occurrence: FaultOccurrence }
  | { readonly kind: "update"; readonly atSeconds: number; readonly update: UpdateConfig | NodePoolUpdateConfig };

/** Carries out the faults and the updates of a plan. All it knows follows from the plan. */
export class Faults {
  private readonly strikes: readonly Strike[];
  private readonly port: FaultsPort;

  constructor(occurrences: readonly FaultOccurrence[], updates: readonly (UpdateConfig | NodePoolUpdateConfig)[], port: FaultsPort) {
    this.port = port;
    this.strikes = [
      ...occurrences.filter(({ fault }) => actsOnCluster(fault)).flatMap(strikesOf),
      ...updates.map((update) => ({ kind: "update", atSeconds: update.atSeconds, update }) as const),
    ];
  }

  start(): void {
    this.strikes.forEach(({ atSeconds }, subject) => {
      this.port.schedule(atSeconds, subject);
    });
  }

  /** @param subject what was scheduled by {@link Faults.start} */
  strike(subject: number, nowSeconds: number): void {
    const strike = this.strikes[subject] as Strike; // only scheduled by start
    if (strike.kind === "update") {
      const { cluster, deployment } = this.port;
      if ("nodePool" in strike.update) cluster.changeNodePool(nowSeconds, strike.update.nodePool);
      else cluster.beginUpdate(nowSeconds, deployment(strike.update.deployment), strike.update);
      return;
    }
    const { occurrence } = strike;
    const { fault } = occurrence;
    if (isMoment(fault)) this.hit(fault, occurrence.pick, nowSeconds);
    else this.turn(occurrence, strike.kind === "begin", nowSeconds);
  }

  private hit(fault: MomentFault, pick: number | undefined, nowSeconds: number): void {
    const { cluster, deployment, inFlight, restartControllers } = this.port;
    switch (fault.kind) {
      case "containerRestart":
        whenThere(this.podAt(fault, pick), (pod) => cluster.restartContainer(nowSeconds, pod));
        break;
      case "podCrash":
        whenThere(this.podAt(fault, pick), (pod) => cluster.crashPod(nowSeconds, pod));
        break;
      case "oomKill":
        whenThere(busiest(cluster.readyPods(deployment(fault.deployment)), inFlight), (pod) => cluster.restartContainer(nowSeconds, pod));
        break;
      case "nodeLoss":
        whenThere(this.nodeAt(fault.pool, fault.nodeIndex, pick), (node) => cluster.loseNode(nowSeconds, node, fault.detectSeconds));
        break;
      case "nodeDrain":
        whenThere(this.nodeAt(fault.pool, fault.nodeIndex, pick), (node) => cluster.drainNode(nowSeconds, node));
        break;
      case "spotReclaim":
        this.reclaim(fault, pick, nowSeconds);
        break;
      case "controllerRestart":
        restartControllers(fault.deployment);
        break;
      default:
        unreachable(fault);
    }
  }

  private turn(occurrence: FaultOccurrence, isBegin: boolean, nowSeconds: number): void {
    const { cluster, pool } = this.port;
    if (isWindowOf(occurrence, "stockOut")) cluster.setStock(nowSeconds, pool(occurrence.fault.pool), isBegin);
    if (!isWindowOf(occurrence, "zoneOutage")) return;
    const { zone, detectSeconds } = occurrence.fault;
    if (isBegin) cluster.beginZoneOutage(nowSeconds, zone, detectSeconds);
    else cluster.endZoneOutage(nowSeconds, zone);
  }

  /** Nodes next to each other in age, from the picked one on. */
  private reclaim({ pool, nodes, noticeSeconds }: MomentFault & { readonly kind: "spotReclaim" }, pick = 0, nowSeconds: number): void {
    const all = this.port.cluster.allocatableNodes(this.port.pool(pool));
    const first = Math.floor(pick * all.length);
    const taken = Array.from({ length: Math.min(nodes, all.length) }, (_, i) => all[(first + i) % all.length] as number);
    for (const node of taken) this.port.cluster.reclaimNode(nowSeconds, node, noticeSeconds);
  }

  private podAt(fault: { readonly deployment: string; readonly podIndex?: number }, pick: number | undefined): number | undefined {
    return chosen(this.port.cluster.readyPods(this.port.deployment(fault.deployment)), fault.podIndex, pick);
  }

  private nodeAt(pool: string, position: number | undefined, pick: number | undefined): number | undefined {
    return chosen(this.port.cluster.allocatableNodes(this.port.pool(pool)), position, pick);
  }
}

/** Windows in which storage or network is slower. */
export function slowdownsOf(occurrences: readonly FaultOccurrence[], deployments: Plan["deployments"]): readonly Slowdown[] {
  return occurrences.flatMap(({ fault, fromSeconds, toSeconds }) => {
    if (fault.kind !== "slowStorage" && fault.kind !== "slowNetwork") return [];
    const part = fault.kind === "slowStorage" ? "storage" : "network";
    const deployment = fault.deployment === undefined ? -1 : deployments.findIndex(({ name }) => name === fault.deployment);
    return [{ part, deployment, fromSeconds, toSeconds, factor: fault.factor } as const];
  });
}

/** The others change what is read or sent, at the time it is. */
function actsOnCluster({ kind }: FaultOccurrence["fault"]): boolean {
  return MOMENT_OR_POOL.has(kind);
}

const MOMENT_OR_POOL: ReadonlySet<string> = new Set([
  "containerRestart",
  "podCrash",
  "oomKill",
  "nodeLoss",
  "nodeDrain",
  "spotReclaim",
  "controllerRestart",
  "stockOut",
  "zoneOutage",
]);

function strikesOf(occurrence: FaultOccurrence): readonly Strike[] {
  const begin = { kind: "begin", atSeconds: occurrence.fromSeconds, occurrence } as const;
  return isMoment(occurrence.fault) ? [begin] : [begin, { kind: "end", atSeconds: occurrence.toSeconds, occurrence }];
}

/** The one at a position, else the picked one, else the first; nobody is hit when nobody stands there. */
function chosen(candidates: readonly number[], position: number | undefined, pick: number | undefined): number | undefined {
  return candidates[position ?? Math.floor((pick ?? 0) * candidates.length)];
}

/** The most in flight, then the oldest. */
function busiest(pods: readonly number[], inFlight: (pod: number) => number): number | undefined {
  return pods.reduce<number | undefined>((best, pod) => (best === undefined || inFlight(pod) > inFlight(best) ? pod : best), undefined);
}

function whenThere(index: number | undefined, then: (index: number) => void): void {
  if (index !== undefined) then(index);
}
