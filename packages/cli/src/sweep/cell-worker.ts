import { workerData } from "node:worker_threads";
import {
  type CellRow,
  CellRunner,
  type CellSource,
  cellAt,
  designOf,
  formatIssues,
  type Issue,
  type LoadOptions,
  type SweepDesign,
  type SweepHeader,
} from "replicast";
import type { Io } from "../io.ts";
import { issueCatalogues } from "../issue-catalogues.ts";
import { loadOptions } from "../open-scenario.ts";
import type { ScenarioOptions } from "../scenario-options.ts";

/** What a thread is started with. */
export interface WorkerSetting {
  readonly path: string;
  readonly options: ScenarioOptions;
  readonly header: SweepHeader;
  readonly workingFolder: string;
  readonly dataFolder: string | undefined;
  readonly maxEvents: number | undefined;
}

/** What lasts as long as the thread. */
class CellWorker {
  private readonly setting: WorkerSetting;
  private readonly design: SweepDesign;
  private shared: CellRunner | undefined;

  constructor(setting: WorkerSetting) {
    this.setting = setting;
    this.design = designOf(setting.header);
  }

  async run(index: number): Promise<CellRow> {
    const { maxEvents, options } = this.setting;
    const limits = maxEvents === undefined ? {} : { maxEvents };
    const cell = cellAt(this.design, index);
    if (options.allowCode !== true) {
      this.shared ??= await this.createRunner(() => undefined);
      return this.shared.run(cell, limits);
    }
    // Programs of the scenario's own are started when it is loaded, and must not outlive the cell.
    const tasks: (() => void)[] = [];
    try {
      return await (await this.createRunner((task) => tasks.push(task))).run(cell, limits);
    } finally {
      for (const task of tasks) task();
    }
  }

  private async createRunner(atEnd: NonNullable<Io["atEnd"]>): Promise<CellRunner> {
    const { path, options, workingFolder, dataFolder } = this.setting;
    const io = { workingFolder, env: { REPLICAST_DATA: dataFolder }, atEnd };
    const own: LoadOptions = {
      ...(await loadOptions([path], options, io)),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
      set: options.set,
    };
    const source: CellSource = { entry: path, options: own, describe };
    return new CellRunner(source, this.design);
  }
}

function describe(issues: readonly Issue[]): string {
  return formatIssues(
    issues.filter(({ severity }) => severity !== "warning"),
    { catalogues: issueCatalogues },
  );
}

let worker: CellWorker | undefined;

/** Runs cells by their indices. A thread's whole task: it is started once, and kept warm. */
export async function runCells(indices: readonly number[]): Promise<readonly CellRow[]> {
  // The pool wraps what it was given.
  worker ??= new CellWorker((workerData as { readonly setting: WorkerSetting }).setting);
  const rows: CellRow[] = [];
  for (const index of indices) rows.push(await worker.run(index));
  return rows;
}
