import type { DeploymentRecord } from "../../record/recorder.ts";
import type { DeploymentCapacity } from "../capacity-table.ts";
import type { SloConfig } from "../config.ts";
import { requiredReplicas, requiredSeries } from "../required.ts";
import type { CostResult, PodRecord, StepSeries } from "../result.ts";
import { withAftermath } from "./aftermath.ts";
import { BLAME_CAUSES, type BlameCause, causeAt } from "./causes.ts";
import type { DecisionContext } from "./decisions.ts";
import { idleByCause } from "./idle.ts";
import { podTimes } from "./pod-stages.ts";
import { blameSpans } from "./requests.ts";
import type { BlameResult, BlameRow } from "./result.ts";
import { countBySecond, valueBySecond } from "./second-counts.ts";
import { shortageBySecond } from "./shortage.ts";

/** One deployment as blame looks at it. */
export interface BlamedDeployment {
  readonly name: string;
  readonly record: DeploymentRecord;
  readonly required: StepSeries;
  readonly ready: StepSeries;
  readonly pods: readonly Pick<PodRecord, "stages" | "parts">[];
  readonly capacity: DeploymentCapacity | undefined;
  /** Undefined: nothing scales it. */
  readonly scaling: DecisionContext | undefined;
  /** Position of the deployment that computes its prompts, when another one does. */
  readonly prefill?: number;
}

export interface BlameInput {
  readonly deployments: readonly BlamedDeployment[];
  readonly durationSeconds: number;
  readonly slo: Pick<SloConfig, "loadWindowSeconds">;
  readonly ledger: CostResult["ledger"];
  /** Requests that named a model nobody serves. */
  readonly unknownModels: number;
}

/** Share of the load's window over which what has come is measured: long enough for a mean, short enough to see a step. */
const ARRIVED_SHARE = 0.25;
const MICROSECONDS_PER_HOUR = 3_600_000_000;
/** What a fleet that nothing scales is held by. */
const UNSCALED: DecisionContext = {
  decisions: [{ timeSeconds: -1, timer: "", desiredReplicas: 0, held: { by: "fixed" } }],
  undecidedSeconds: [],
  scrapeIntervalSeconds: 1,
};

/** Says of every violated request what it waited for, and of every idle dollar what rule kept it. Pure: a function of the record. */
export function blameRun(input: BlameInput): BlameResult {
  const seconds = Math.ceil(input.durationSeconds);
  const views = input.deployments.map((deployment) => secondsOf(deployment, input, seconds));
  const rows = input.deployments.flatMap((deployment, index) => {
    const view = views[index] as DeploymentView; // one per deployment
    const prefill = deployment.prefill === undefined ? undefined : views[deployment.prefill];
    const causes = prefill === undefined ? view.causes : view.causes.map((code, s) => (code > 0 ? code : (prefill.causes[s] as number)));
    const violations = blameSpans(deployment.record.violatedSpans.all(), causes);
    return deploymentRows(deployment, view, violations, input.ledger);
  });
  const { unknownModels } = input;
  const unserved: BlameRow = { deployment: null, cause: "unknownModel", shortageSeconds: 0, violations: unknownModels, idleUsd: 0 };
  const all = unknownModels > 0 ? [...rows, unserved] : rows;
  return {
    rows: all,
    violations: all.reduce((sum, row) => sum + row.violations, 0),
    unexplained: all.reduce((sum, row) => sum + (row.cause === "unexplained" ? row.violations : 0), 0),
    idleUsd: all.reduce((sum, row) => sum + row.idleUsd, 0),
  };
}

interface DeploymentView {
  readonly shortage: Uint8Array;
  /** The shortage, and what it left behind. */
  readonly causes: Uint8Array;
  /** Replica-seconds by code. */
  readonly idle: Float64Array;
}

function secondsOf(deployment: BlamedDeployment, input: BlameInput, seconds: number): DeploymentView {
  const { record, capacity, scaling = UNSCALED } = deployment;
  const { loadWindowSeconds } = input.slo;
  // Where no number of replicas keeps the objectives, none is missing.
  const points = capacity?.points ?? [];
  const isServable = points.some(({ requestsPerSecond }) => requestsPerSecond > 0);
  const required = valueBySecond(isServable ? deployment.required : [], seconds);
  const pods = deployment.pods.map(podTimes);
  const reachable = countBySecond(
    pods.flatMap((pod) => pod.reachable),
    seconds,
  );
  const arrived = valueBySecond(isServable && capacity !== undefined ? arrivedSeries(record, capacity, input) : [], seconds);
  const shortage = shortageBySecond({ required, arrived, reachable }, pods, scaling, loadWindowSeconds);
  const work = { offeredWork: record.offeredWork, reachable, isQueued: queuedMinutes(record) };
  return {
    shortage,
    causes: isServable ? withAftermath(shortage, work, points) : shortage,
    idle: idleByCause(required, valueBySecond(deployment.ready, seconds), scaling),
  };
}

/** What the load of the last moments requires: the window trails, it does not look ahead. */
function arrivedSeries(record: DeploymentRecord, capacity: DeploymentCapacity, { durationSeconds, slo }: BlameInput): StepSeries {
  const windowSeconds = Math.max(1, slo.loadWindowSeconds * ARRIVED_SHARE);
  const { offeredWork } = record;
  const centred = requiredSeries(requiredReplicas({ offeredWork, durationSeconds, windowSeconds, capacity }));
  return centred.map(([seconds, replicas]) => [seconds + windowSeconds / 2, replicas]);
}

/** Whether requests waited at the gateway or at replicas when a minute began, or when it ended. */
function queuedMinutes({ gatewayQueueDepth, waiting }: DeploymentRecord): (minute: number) => boolean {
  const at = (minute: number): number => (gatewayQueueDepth[minute] ?? 0) + (waiting[minute] ?? 0);
  return (minute) => at(minute) > 0 || at(minute - 1) > 0;
}

function deploymentRows(
  { name }: BlamedDeployment,
  { shortage, idle }: DeploymentView,
  violations: Float64Array,
  ledger: CostResult["ledger"],
): readonly BlameRow[] {
  const shortageSeconds = new Float64Array(BLAME_CAUSES.length + 1);
  for (const code of shortage) shortageSeconds[code] = (shortageSeconds[code] as number) + 1;
  const bufferUsd = ledger.reduce((sum, row) => (row.deployment === name ? sum + bufferOf(row) : sum), 0);
  const idleSeconds = idle.reduce((sum, each) => sum + each, 0);
  const rows = BLAME_CAUSES.map((cause: BlameCause, i): BlameRow => {
    const code = i + 1;
    // what is too short to be seen at the middle of a second is nobody's
    const idleUsd = idleSeconds > 0 ? (bufferUsd * (idle[code] as number)) / idleSeconds : cause === "unexplained" ? bufferUsd : 0;
    return {
      deployment: name,
      cause: causeAt(code),
      shortageSeconds: shortageSeconds[code] as number,
      violations: violations[code] as number,
      idleUsd,
    };
  });
  return rows
    .filter((row) => row.shortageSeconds > 0 || row.violations > 0 || row.idleUsd > 0)
    .sort((a, b) => b.violations - a.violations || b.shortageSeconds - a.shortageSeconds || b.idleUsd - a.idleUsd);
}

/** Of a shared GPU, the slots' part. */
function bufferOf({ gpuMicroseconds, pricePerGpuHourUsd, slotsPerGpu = 1 }: CostResult["ledger"][number]): number {
  return (Number(gpuMicroseconds.buffer) / MICROSECONDS_PER_HOUR) * (pricePerGpuHourUsd / slotsPerGpu);
}
