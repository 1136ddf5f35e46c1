import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig } from "../cluster/config.ts";
import { slotPriceUsd } from "../cluster/gpu-slots.ts";
import { SimError } from "../errors.ts";
import { type BilledInterval, type LedgerSlotState, type LedgerSnapshot, toMicroseconds } from "../record/ledger.ts";
import { HOURS_PER_MONTH, monthlyCost } from "./equation.ts";
import { splitServing } from "./needed.ts";
import type { RequiredSteps } from "./required.ts";
import {
  type CostResult,
  type EquationRow,
  LEDGER_STATES,
  type LedgerPriceClass,
  type LedgerRow,
  type LedgerState,
  type UnallocatedReason,
} from "./result.ts";

/** What a run's cost is made from. */
export interface CostInputs {
  readonly cluster: ClusterConfig;
  readonly ledger: LedgerSnapshot;
  /** Replicas the load required, by deployment in the order of the configuration. */
  readonly required: readonly RequiredSteps[];
  /** Length of the run, seconds > 0. */
  readonly durationSeconds: number;
  readonly outputTokens: number;
  /** Tokens generated for attempts that did not complete, besides `outputTokens`. */
  readonly wastedTokens: number;
  /** Requests that met every objective. */
  readonly goodRequests: number;
}

const MICROSECONDS_PER_HOUR = 3.6e9;

/** GPU time at one price of one (deployment, node pool), exact. Deployment −1: held by no pod. */
interface ExactRow {
  readonly deployment: number;
  readonly pool: number;
  readonly isCommitted: boolean;
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
  const { cluster, ledger, durationSeconds, outputTokens, wastedTokens, goodRequests } = inputs;
  const rows = exactRows(inputs);
  const tariffs = billedByTariff(cluster, ledger.intervals, durationSeconds);
  checkBalance(rows, tariffs);
  const runHours = durationSeconds / 3600;
  const equation = rows.filter(({ deployment }) => deployment >= 0).map((row) => equationRow(inputs, row, runHours));
  const billUsd = sum(tariffs.map((tariff) => dollars(cluster, tariff, tariff.billed)));
  return {
    billUsd,
    monthlyUsd: (billUsd * HOURS_PER_MONTH) / runHours,
    equationUsd: sum(equation.map((row) => row.replicasTermUsd + row.scaleUpsTermUsd + row.bufferTermUsd)),
    runHours,
    byStateUsd: byState((state) => sum(rows.map((row) => dollars(cluster, row, row.states[state])))),
    equation,
    ledger: rows.map((row) => ledgerRow(cluster, row)),
    billedGpuMicroseconds: tariffs.reduce((total, { billed }) => total + billed, 0n).toString(),
    perMillionOutputTokensUsd: outputTokens > 0 ? (billUsd / outputTokens) * 1e6 : null,
    wastedTokensUsd: wastedTokens > 0 ? (billUsd * wastedTokens) / (outputTokens + wastedTokens) : 0,
    perGoodRequestUsd: goodRequests > 0 ? billUsd / goodRequests : null,
    extra: {},
  };
}

/** A row for each deployment on each of its pools (apart for what a commitment covers), then those of GPUs that no pod held. */
function exactRows({ cluster, ledger, required }: CostInputs): ExactRow[] {
  const rows = cluster.deployments.flatMap((deployment, index) =>
    deploymentRows(cluster, ledger, deployment, index, required[index] ?? []),
  );
  rows.push(...cluster.nodePools.flatMap((_, pool) => tariffsOf(cluster, pool).map((isCommitted) => emptyRow(-1, pool, isCommitted))));
  const rowOf = new Map(rows.map((row) => [`${row.deployment}/${row.pool}/${row.isCommitted}`, row]));
  for (const { deployment, pool, isCommitted = false, state, gpuMicroseconds } of ledger.accounts) {
    const row = rowOf.get(`${deployment}/${pool}/${isCommitted}`);
    if (row === undefined) throw new SimError("ledger_row_unknown", Number.NaN, { deployment, pool, state });
    post(row, state, gpuMicroseconds);
  }
  return rows;
}

/** Whether a commitment covers it: what is paid for anyway comes first. */
const tariffsOf = (cluster: ClusterConfig, pool: number): readonly boolean[] =>
  poolAt(cluster, pool).commitment === undefined ? [false] : [true, false];

function deploymentRows(
  cluster: ClusterConfig,
  ledger: LedgerSnapshot,
  { nodePools, gpusPerReplica }: DeploymentClusterConfig,
  deployment: number,
  required: RequiredSteps,
): ExactRow[] {
  const pools = nodePools.map((name) => cluster.nodePools.findIndex((pool) => pool.name === name));
  const histories = pools.flatMap((pool) =>
    ledger.histories
      .filter((history) => history.deployment === deployment && history.pool === pool)
      .sort((a, b) => Number(b.isCommitted ?? false) - Number(a.isCommitted ?? false)),
  );
  return splitServing(histories, required, gpusPerReplica).map(({ pool, neededMicroseconds, bufferMicroseconds }, i) => {
    const row = emptyRow(deployment, pool, histories[i]?.isCommitted ?? false);
    row.states.needed = neededMicroseconds;
    row.states.buffer = bufferMicroseconds;
    return row;
  });
}

function emptyRow(deployment: number, pool: number, isCommitted: boolean): ExactRow {
  return { deployment, pool, isCommitted, states: byState(() => 0n), reasons: new Map(), serving: 0n };
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

/** What was billed at one price. */
interface Tariff {
  readonly pool: number;
  readonly isCommitted: boolean;
  billed: bigint;
}

/** Node intervals, integrated without a look at what the slots did; commitments from their size alone. */
function billedByTariff(cluster: ClusterConfig, intervals: readonly BilledInterval[], durationSeconds: number): readonly Tariff[] {
  const listed = cluster.nodePools.map((_, pool): Tariff => ({ pool, isCommitted: false, billed: 0n }));
  for (const { pool, gpus, isCommitted, fromMicroseconds, toMicroseconds: until } of intervals) {
    const tariff = listed[pool];
    if (tariff !== undefined && isCommitted !== true) tariff.billed += BigInt(gpus) * BigInt(until - fromMicroseconds);
  }
  const committed = cluster.nodePools.flatMap(({ commitment, gpusPerNode }, pool): Tariff[] => {
    if (commitment === undefined) return [];
    return [{ pool, isCommitted: true, billed: BigInt(commitment.nodes * gpusPerNode) * BigInt(toMicroseconds(durationSeconds)) }];
  });
  return [...listed, ...committed];
}

/** Nothing lost, nothing counted twice: row by row for serving, price by price for the bill. */
function checkBalance(rows: readonly ExactRow[], tariffs: readonly Tariff[]): void {
  for (const { deployment, pool, states, serving } of rows) {
    if (states.needed + states.buffer === serving) continue;
    const split = (states.needed + states.buffer).toString();
    throw new SimError("ledger_serving_mismatch", Number.NaN, { deployment, pool, split, serving: serving.toString() });
  }
  for (const { pool, isCommitted, billed } of tariffs) {
    let accounted = 0n;
    for (const row of rows) {
      if (row.pool !== pool || row.isCommitted !== isCommitted) continue;
      for (const state of LEDGER_STATES) accounted += row.states[state];
    }
    if (accounted === billed) continue;
    throw new SimError("ledger_bill_mismatch", Number.NaN, { pool, isCommitted, bill: billed.toString(), accounted: String(accounted) });
  }
}

/** How the GPU time of a row or tariff was bought, and for how much. */
function priceOf(cluster: ClusterConfig, { pool, isCommitted }: Pick<Tariff, "pool" | "isCommitted">): Price {
  const { commitment, priceClass = "onDemand", pricePerGpuHourUsd } = poolAt(cluster, pool);
  return isCommitted && commitment !== undefined
    ? { priceClass: "committed", pricePerGpuHourUsd: commitment.pricePerGpuHourUsd }
    : { priceClass, pricePerGpuHourUsd };
}

interface Price {
  readonly priceClass: LedgerPriceClass;
  readonly pricePerGpuHourUsd: number;
}

function ledgerRow(cluster: ClusterConfig, row: ExactRow): LedgerRow {
  const { deployment, pool, states, reasons } = row;
  const { slotsPerGpu } = poolAt(cluster, pool);
  return {
    deployment: cluster.deployments[deployment]?.name ?? null,
    nodePool: poolAt(cluster, pool).name,
    ...priceOf(cluster, row),
    ...(slotsPerGpu === undefined ? {} : { slotsPerGpu }),
    gpuMicroseconds: byState((state) => states[state].toString()),
    unallocatedMicroseconds: Object.fromEntries([...reasons].map(([reason, microseconds]) => [reason, microseconds.toString()])),
  };
}

function equationRow({ cluster, ledger, durationSeconds }: CostInputs, row: ExactRow, runHours: number): EquationRow {
  const { deployment, pool, isCommitted, states } = row;
  const { name, gpusPerReplica } = cluster.deployments[deployment] as DeploymentClusterConfig; // the row was made from it
  const { priceClass, pricePerGpuHourUsd } = priceOf(cluster, row);
  const history = ledger.histories.find(
    (each) => each.deployment === deployment && each.pool === pool && (each.isCommitted ?? false) === isCommitted,
  );
  const events = history?.scaleUpEvents ?? 0;
  const replicaRunMicroseconds = gpusPerReplica * Math.round(durationSeconds * 1e6);
  const averageConcurrentReplicas = Number(states.needed) / replicaRunMicroseconds;
  const overprovisioningBuffer = Number(states.buffer) / replicaRunMicroseconds;
  const modelLoadHours = events === 0 ? 0 : Number(states.starting) / (MICROSECONDS_PER_HOUR * gpusPerReplica * events);
  const scaleUpEvents = (events * HOURS_PER_MONTH) / runHours;
  const gpuPricePerHourUsd = gpusPerReplica * slotPriceUsd(poolAt(cluster, pool), pricePerGpuHourUsd);
  const { replicasTermUsd, scaleUpsTermUsd, bufferTermUsd } = monthlyCost({
    averageConcurrentReplicas,
    gpuPricePerHourUsd,
    scaleUpEvents,
    modelLoadHours,
    overprovisioningBuffer,
  });
  return {
    deployment: name,
    nodePool: poolAt(cluster, pool).name,
    ...(priceClass === "onDemand" ? {} : { priceClass }),
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

function dollars(cluster: ClusterConfig, tariff: Pick<Tariff, "pool" | "isCommitted">, microseconds: bigint): number {
  const { pricePerGpuHourUsd } = priceOf(cluster, tariff);
  return (Number(microseconds) / MICROSECONDS_PER_HOUR) * slotPriceUsd(poolAt(cluster, tariff.pool), pricePerGpuHourUsd);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
