import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig } from "../cluster/config.ts";
import { SimError } from "../errors.ts";
import type { BilledInterval, LedgerSlotState, LedgerSnapshot } from "../record/ledger.ts";
import { HOURS_PER_MONTH, monthlyCost } from "./equation.ts";
import { splitServing } from "./needed.ts";
import type { RequiredSteps } from "./required.ts";
import { type CostResult, type EquationRow, LEDGER_STATES, type LedgerRow, type LedgerState, type UnallocatedReason } from "./result.ts";

/** What a run's cost is made from. */
export interface CostInputs {
  readonly cluster: ClusterConfig;
  readonly ledger: LedgerSnapshot;
  /** Replicas the load required, by deployment in the order of the configuration. */
  readonly required: readonly RequiredSteps[];
  /** Length of the run, seconds > 0. */
  readonly durationSeconds: number;
  readonly outputTokens: number;
  /** Requests that met every objective. */
  readonly goodRequests: number;
}

const MICROSECONDS_PER_HOUR = 3.6e9;

/** GPU time of one (deployment, node pool), exact. Deployment −1: held by no pod. */
interface ExactRow {
  readonly deployment: number;
  readonly pool: number;
  readonly states: Record<LedgerState, bigint>;
  readonly reasons: Map<UnallocatedReason, bigint>;
  /** Serving time as the slots' own accounts have it. */
  serving: bigint;
}

/**
 * The bill, its split over ledger states, and the monthly cost equation with the inputs it measured.
 * `extra` is left empty: the scenario's own cost lines are formulas over the finished result.
 * @throws SimError `ledger_serving_mismatch`, `ledger_bill_mismatch` when GPU time was lost or counted twice
 */
export function scoreCost(inputs: CostInputs): CostResult {
  const { cluster, ledger, durationSeconds, outputTokens, goodRequests } = inputs;
  const rows = exactRows(inputs);
  const billed = billedByPool(cluster, ledger.intervals);
  checkBalance(rows, billed);
  const runHours = durationSeconds / 3600;
  const equation = rows.filter(({ deployment }) => deployment >= 0).map((row) => equationRow(inputs, row, runHours));
  const billUsd = sum(billed.map((microseconds, pool) => dollars(cluster, pool, microseconds)));
  return {
    billUsd,
    monthlyUsd: (billUsd * HOURS_PER_MONTH) / runHours,
    equationUsd: sum(equation.map((row) => row.replicasTermUsd + row.scaleUpsTermUsd + row.bufferTermUsd)),
    runHours,
    byStateUsd: byState((state) => sum(rows.map((row) => dollars(cluster, row.pool, row.states[state])))),
    equation,
    ledger: rows.map((row) => ledgerRow(cluster, row)),
    billedGpuMicroseconds: billed.reduce((a, b) => a + b, 0n).toString(),
    perMillionOutputTokensUsd: outputTokens > 0 ? (billUsd / outputTokens) * 1e6 : null,
    perGoodRequestUsd: goodRequests > 0 ? billUsd / goodRequests : null,
    extra: {},
  };
}

/** A row for each deployment on each of its pools, then one per pool for GPUs that no pod held. */
function exactRows({ cluster, ledger, required }: CostInputs): ExactRow[] {
  const rows = cluster.deployments.flatMap((deployment, index) =>
    deploymentRows(cluster, ledger, deployment, index, required[index] ?? []),
  );
  rows.push(...cluster.nodePools.map((_, pool) => emptyRow(-1, pool)));
  const rowOf = new Map(rows.map((row) => [`${row.deployment}/${row.pool}`, row]));
  for (const { deployment, pool, state, gpuMicroseconds } of ledger.accounts) {
    const row = rowOf.get(`${deployment}/${pool}`);
    if (row === undefined) throw new SimError("ledger_row_unknown", Number.NaN, { deployment, pool, state });
    post(row, state, gpuMicroseconds);
  }
  return rows;
}

function deploymentRows(
  cluster: ClusterConfig,
  ledger: LedgerSnapshot,
  { nodePools, gpusPerReplica }: DeploymentClusterConfig,
  deployment: number,
  required: RequiredSteps,
): ExactRow[] {
  const pools = nodePools.map((name) => cluster.nodePools.findIndex((pool) => pool.name === name));
  const histories = pools.flatMap((pool) =>
    ledger.histories.filter((history) => history.deployment === deployment && history.pool === pool),
  );
  return splitServing(histories, required, gpusPerReplica).map(({ pool, neededMicroseconds, bufferMicroseconds }) => {
    const row = emptyRow(deployment, pool);
    row.states.needed = neededMicroseconds;
    row.states.buffer = bufferMicroseconds;
    return row;
  });
}

function emptyRow(deployment: number, pool: number): ExactRow {
  return { deployment, pool, states: byState(() => 0n), reasons: new Map(), serving: 0n };
}

function byState<T>(value: (state: LedgerState) => T): Record<LedgerState, T> {
  return Object.fromEntries(LEDGER_STATES.map((state) => [state, value(state)])) as Record<LedgerState, T>;
}

function post(row: ExactRow, state: LedgerSlotState, microseconds: bigint): void {
  switch (state) {
    case "serving":
      row.serving += microseconds;
      return;
    case "starting":
    case "interrupted":
    case "draining":
      row.states[state] += microseconds;
      return;
    default:
      row.states.unallocated += microseconds;
      row.reasons.set(state, (row.reasons.get(state) ?? 0n) + microseconds);
  }
}

/** Node intervals, integrated without a look at what the slots did. */
function billedByPool(cluster: ClusterConfig, intervals: readonly BilledInterval[]): bigint[] {
  const billed = cluster.nodePools.map(() => 0n);
  for (const { pool, gpus, fromMicroseconds, toMicroseconds } of intervals) {
    billed[pool] = (billed[pool] ?? 0n) + BigInt(gpus) * BigInt(toMicroseconds - fromMicroseconds);
  }
  return billed;
}

/** Nothing lost, nothing counted twice: row by row for serving, pool by pool for the bill. */
function checkBalance(rows: readonly ExactRow[], billed: readonly bigint[]): void {
  const accounted = billed.map(() => 0n);
  for (const { deployment, pool, states, serving } of rows) {
    if (states.needed + states.buffer !== serving) {
      const split = (states.needed + states.buffer).toString();
      throw new SimError("ledger_serving_mismatch", Number.NaN, { deployment, pool, split, serving: serving.toString() });
    }
    for (const state of LEDGER_STATES) accounted[pool] = (accounted[pool] ?? 0n) + states[state];
  }
  billed.forEach((bill, pool) => {
    if (accounted[pool] === bill) return;
    throw new SimError("ledger_bill_mismatch", Number.NaN, { pool, bill: bill.toString(), accounted: String(accounted[pool]) });
  });
}

function ledgerRow(cluster: ClusterConfig, { deployment, pool, states, reasons }: ExactRow): LedgerRow {
  const { name, pricePerGpuHourUsd } = poolAt(cluster, pool);
  return {
    deployment: cluster.deployments[deployment]?.name ?? null,
    nodePool: name,
    priceClass: "onDemand",
    pricePerGpuHourUsd,
    gpuMicroseconds: byState((state) => states[state].toString()),
    unallocatedMicroseconds: Object.fromEntries([...reasons].map(([reason, microseconds]) => [reason, microseconds.toString()])),
  };
}

function equationRow(
  { cluster, ledger, durationSeconds }: CostInputs,
  { deployment, pool, states }: ExactRow,
  runHours: number,
): EquationRow {
  const { name, gpusPerReplica } = cluster.deployments[deployment] as DeploymentClusterConfig; // the row was made from it
  const { name: nodePool, pricePerGpuHourUsd } = poolAt(cluster, pool);
  const events = ledger.histories.find((history) => history.deployment === deployment && history.pool === pool)?.scaleUpEvents ?? 0;
  const replicaRunMicroseconds = gpusPerReplica * Math.round(durationSeconds * 1e6);
  const averageConcurrentReplicas = Number(states.needed) / replicaRunMicroseconds;
  const overprovisioningBuffer = Number(states.buffer) / replicaRunMicroseconds;
  const modelLoadHours = events === 0 ? 0 : Number(states.starting) / (MICROSECONDS_PER_HOUR * gpusPerReplica * events);
  const scaleUpEvents = (events * HOURS_PER_MONTH) / runHours;
  const gpuPricePerHourUsd = gpusPerReplica * pricePerGpuHourUsd;
  const { replicasTermUsd, scaleUpsTermUsd, bufferTermUsd } = monthlyCost({
    averageConcurrentReplicas,
    gpuPricePerHourUsd,
    scaleUpEvents,
    modelLoadHours,
    overprovisioningBuffer,
  });
  return {
    deployment: name,
    nodePool,
    replicaPricePerHourUsd: gpuPricePerHourUsd,
    averageConcurrentReplicas,
    scaleUpEventsPerMonth: scaleUpEvents,
    modelLoadHours,
    overprovisioningBufferReplicas: overprovisioningBuffer,
    replicasTermUsd,
    scaleUpsTermUsd,
    bufferTermUsd,
  };
}

const poolAt = (cluster: ClusterConfig, pool: number): NodePoolConfig => cluster.nodePools[pool] as NodePoolConfig;

function dollars(cluster: ClusterConfig, pool: number, microseconds: bigint): number {
  return (Number(microseconds) / MICROSECONDS_PER_HOUR) * poolAt(cluster, pool).pricePerGpuHourUsd;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
