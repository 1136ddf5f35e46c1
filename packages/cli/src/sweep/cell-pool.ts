import { Piscina } from "piscina";
import { type CellRow, cellAt, formatIssues, type Issue, type SweepDesign } from "replicast";
import { issueCatalogues } from "../issue-catalogues.ts";
import type { WorkerSetting } from "./cell-worker.ts";

/** Work given to a thread at once, seconds: enough to make the way to it cheap, little enough to lose in a crash. */
const BATCH_SECONDS = 0.25;
const BATCH_CELLS_MAX = 64;
/** Batches that each thread should still get when the end is near, so that all end at about the same time. */
const BATCHES_LEFT = 4;

export interface PoolOptions {
  readonly design: SweepDesign;
  readonly setting: WorkerSetting;
  readonly jobs: number;
  readonly clockSeconds: () => number;
  /** Ends the work; cells under way are lost. */
  readonly signal: AbortSignal;
  readonly onRows: (rows: readonly CellRow[]) => void;
}

/** Runs cells on as many threads as there are jobs, each warm from its first cell on. Rows come as they are finished. */
export async function runCells(indices: readonly number[], options: PoolOptions): Promise<void> {
  const { jobs, setting } = options;
  // When one lane fails, as on a full disk, the others must not go on with a pool that is taken down.
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const pool = new Piscina({
    filename: new URL("./cell-worker.js", import.meta.url).href,
    name: "runCells",
    workerData: { setting },
    minThreads: Math.min(jobs, indices.length),
    maxThreads: jobs,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const batches = new Batches(indices, jobs);
  const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  try {
    const lanes = Promise.all(Array.from({ length: jobs }, () => runLane(pool, batches, { ...options, signal })));
    // A task of a pool that is taken down need not settle.
    await Promise.race([lanes, ended]);
  } finally {
    failure.abort();
    await pool.destroy();
  }
}

async function runLane(pool: Piscina, batches: Batches, options: PoolOptions): Promise<void> {
  const { clockSeconds, signal, onRows } = options;
  for (let batch = batches.next(); batch.length > 0 && !signal.aborted; batch = batches.next()) {
    const begin = clockSeconds();
    const rows = await runBatch(pool, batch, options);
    if (signal.aborted) return;
    batches.learn((clockSeconds() - begin) / batch.length);
    onRows(rows);
  }
}

/** A thread that dies takes its batch along: the cells are tried one by one, and only the one that kills again has failed. */
async function runBatch(pool: Piscina, batch: readonly number[], options: PoolOptions): Promise<readonly CellRow[]> {
  try {
    return (await pool.run(batch)) as readonly CellRow[];
  } catch (error) {
    if (options.signal.aborted) return [];
    if (batch.length === 1) {
      const { index, id } = cellAt(options.design, batch[0] as number);
      const issue: Issue = { code: "thread_ended", path: [], data: { message: error instanceof Error ? error.message : String(error) } };
      const text = formatIssues([issue], { catalogues: issueCatalogues }).trim();
      return [{ index, id, error: { code: issue.code, text }, measures: [] }];
    }
    const rows: CellRow[] = [];
    for (const index of batch) rows.push(...(await runBatch(pool, [index], options)));
    return rows;
  }
}

/** Hands cells out in order, few at a time where they are long. */
class Batches {
  private readonly indices: readonly number[];
  private readonly jobs: number;
  private at = 0;
  private size = 1;

  constructor(indices: readonly number[], jobs: number) {
    this.indices = indices;
    this.jobs = jobs;
  }

  next(): readonly number[] {
    const left = this.indices.length - this.at;
    const size = Math.max(1, Math.min(this.size, Math.floor(left / (this.jobs * BATCHES_LEFT))));
    const batch = this.indices.slice(this.at, this.at + size);
    this.at += batch.length;
    return batch;
  }

  learn(cellSeconds: number): void {
    this.size = Math.max(1, Math.min(BATCH_CELLS_MAX, Math.floor(BATCH_SECONDS / Math.max(cellSeconds, 1e-6))));
  }
}
