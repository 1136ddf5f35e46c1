import type { RecordedObjective } from "../record/recorder.ts";
import { REQUEST_HINDRANCES, type RequestHindrance } from "../record/violated-spans.ts";
import { AloneLatency, type AloneSeconds } from "../serving/alone.ts";
import type { ServingConfig } from "../serving/config.ts";
import { Hindered } from "../serving/hindered.ts";
import type { RequestTable } from "../serving/request-table.ts";
import { factorAt, warmUpFactors } from "../serving/warm-up.ts";

/** A replica counts as cold while its steps take this many times what they will. */
const COLD_FACTOR = 1.1;

const indexOf = (hindrance: RequestHindrance): number => REQUEST_HINDRANCES.indexOf(hindrance);
const NONE: number = /* @__PURE__ */ indexOf("none");
const ROUTING: number = /* @__PURE__ */ indexOf("routing");
const COLD_REPLICA: number = /* @__PURE__ */ indexOf("coldReplica");
const OWN_LENGTH: number = /* @__PURE__ */ indexOf("ownLength");
const PREEMPTION: number = /* @__PURE__ */ indexOf("preemption");
const DRAIN_CUT: number = /* @__PURE__ */ indexOf("drainCut");
const FAULT: number = /* @__PURE__ */ indexOf("fault");
const CASCADE: number = /* @__PURE__ */ indexOf("cascade");
const SHARED_GPU: number = /* @__PURE__ */ indexOf("sharedGpu");

interface Serving {
  readonly alone: AloneLatency;
  readonly factors: Float64Array;
}

/** Says of a request that was late what hindered it, other than a want of replicas. Asked for violated requests only. */
export class Hindrances {
  private readonly serving: readonly Serving[];
  private readonly objectives: readonly RecordedObjective[];
  private readonly wasGpuShared: (replica: number, sinceSeconds: number) => boolean;
  private readonly alone: AloneSeconds = { ttftSeconds: 0, e2eSeconds: 0 };

  /** @param wasGpuShared whether others have computed on a replica's GPU since a time */
  constructor(
    configs: readonly ServingConfig[],
    objectives: readonly RecordedObjective[],
    wasGpuShared: (replica: number, sinceSeconds: number) => boolean,
  ) {
    this.wasGpuShared = wasGpuShared;
    this.objectives = objectives;
    this.serving = configs.map((config) => ({
      alone: new AloneLatency(config),
      factors: warmUpFactors(config.engine.warmUp.factor, config.engine.warmUp.requests),
    }));
  }

  /** @returns position in {@link REQUEST_HINDRANCES} */
  of(table: RequestTable, slot: number): number {
    const { alone, factors } = this.serving[table.deployment[slot] as number] as Serving; // one per deployment
    const hindered = table.hindered[slot] as number;
    if (this.missesAlone(alone, table, slot)) return OWN_LENGTH;
    if ((hindered & Hindered.Fault) !== 0) return FAULT;
    if ((hindered & Hindered.DrainCut) !== 0) return DRAIN_CUT;
    if ((hindered & Hindered.Escalated) !== 0) return CASCADE;
    if ((hindered & Hindered.Preempted) !== 0) return PREEMPTION;
    const isAdmitted = !Number.isNaN(table.admitSeconds[slot] as number);
    if (isAdmitted && factorAt(factors, table.admission[slot] as number) >= COLD_FACTOR) return COLD_REPLICA;
    if ((hindered & Hindered.Crowded) !== 0) return ROUTING;
    const isShared = isAdmitted && this.wasGpuShared(table.replica[slot] as number, table.admitSeconds[slot] as number);
    return isShared ? SHARED_GPU : NONE;
  }

  /** Whether a warm replica with nothing else to do would have missed an objective, too. */
  private missesAlone(latency: AloneLatency, table: RequestTable, slot: number): boolean {
    const { alone, objectives } = this;
    const outputTokens = table.outputTokens[slot] as number;
    latency.fill(table.promptTokens[slot] as number, outputTokens, table.stepTokens[slot] as number, alone);
    for (const { metric, thresholdSeconds } of objectives) {
      if (metric === "ttft" && alone.ttftSeconds > thresholdSeconds) return true;
      if (metric === "e2e" && alone.e2eSeconds > thresholdSeconds) return true;
      if (metric === "tpot" && outputTokens > 1 && (alone.e2eSeconds - alone.ttftSeconds) / (outputTokens - 1) > thresholdSeconds)
        return true;
    }
    return false;
  }
}
