import { type DeploymentCapacity, InputError, type Issue, LimitError, type Observer, type Plan } from "@replicast/sim-core";
import { scenarioPath } from "../files.ts";
import { type LoadedScenario, type LoadOptions, load } from "../load.ts";
import { PolicyTimeLimitError } from "../policy-code/policy-time-limit.ts";
import { run } from "../run.ts";
import { type Measure, sweepColumns } from "./columns.ts";
import type { SweepCell, SweepDesign } from "./design.ts";
import { type BoundAxis, withManifestValues } from "./manifest-axes.ts";

/** Why a cell has no figures. */
export interface CellError {
  readonly code: string;
  /** Every issue, or what the run said; one line each. */
  readonly text: string;
}

/** What remains of a cell's run. Plain data, small, and of the same shape for all cells of a sweep. */
export interface CellRow {
  readonly index: number;
  readonly id: string;
  readonly error: CellError | null;
  /** One a column of the design; empty when the cell failed. */
  readonly measures: readonly Measure[];
}

/** What all cells of a sweep are loaded from. */
export interface CellSource {
  readonly entry: string;
  readonly options: LoadOptions;
  /** Issues as text. */
  readonly describe: (issues: readonly Issue[]) => string;
}

export interface CellLimits {
  readonly maxEvents?: number;
  readonly observers?: readonly Observer[];
}

/** Capacities remembered at most; swept fields may change them at every point. */
const CAPACITIES_MAX = 256;

/**
 * The scenario with the values of a point.
 * @throws InputError as {@link load}, and with what is wrong with a value's place
 */
export async function loadCell(
  { entry, options }: CellSource,
  axes: readonly BoundAxis[],
  { values, seed }: SweepCell,
): Promise<LoadedScenario> {
  const pairs = axes.map((axis, index) => ({ axis, text: values[index] as string })); // there is a value an axis
  const inManifests = pairs.filter(({ axis }) => axis.file !== undefined);
  const set = pairs.filter(({ axis }) => axis.file === undefined).map(({ axis, text }) => `${axis.path}=${text}`);
  return load(entry, {
    ...options,
    files: inManifests.length === 0 ? options.files : await withManifestValues(options.files, scenarioPath(entry), inManifests),
    seed,
    set: [...(options.set ?? []), ...set],
  });
}

/** Runs cells of one sweep, one after the other; capacities found for one serve the next ones. */
export class CellRunner {
  private readonly source: CellSource;
  private readonly design: SweepDesign;
  private readonly cache = new Map<string, DeploymentCapacity>();

  constructor(source: CellSource, design: SweepDesign) {
    this.source = source;
    this.design = design;
  }

  /** Never throws for what the scenario or its policies do: a cell that fails is a row that says why. */
  async run(cell: SweepCell, limits: CellLimits = {}): Promise<CellRow> {
    const { index, id, policy } = cell;
    try {
      if (this.cache.size > CAPACITIES_MAX) this.cache.clear();
      const loaded = await loadCell(this.source, this.design.axes, cell);
      const result = await run(loaded, policy, { cache: this.cache, ...limits });
      return { index, id, error: null, measures: sweepColumns(loaded.plan).map((column) => column.of(result)) };
    } catch (error) {
      return { index, id, error: this.describe(error), measures: [] };
    }
  }

  private describe(error: unknown): CellError {
    if (error instanceof InputError)
      return {
        code: error.issues.find(({ severity }) => severity !== "warning")?.code ?? "cell_failed",
        text: this.source.describe(error.issues).trim(),
      };
    if (error instanceof PolicyTimeLimitError) return { code: error.issue.code, text: this.source.describe([error.issue]).trim() };
    if (error instanceof LimitError) return { code: error.code, text: `${error.message} at ${error.timeSeconds} s` };
    const issue: Issue = { code: "cell_failed", path: [], data: { message: error instanceof Error ? error.message : String(error) } };
    return { code: issue.code, text: this.source.describe([issue]).trim() };
  }
}

/** Everything the scenario's traces hold, through `digest`: results depend on it, and the plan knows only their names. */
export function digestTraces({ plan, openTrace }: LoadedScenario, digest: (piece: string) => void): void {
  for (const file of traceFiles(plan)) {
    const reader = openTrace(file);
    digest(`\n${file}\n`);
    for (let piece = reader?.read(PIECE_CHARACTERS) ?? ""; piece !== ""; piece = reader?.read(PIECE_CHARACTERS) ?? "") digest(piece);
  }
}

const PIECE_CHARACTERS = 1 << 20;

function traceFiles({ traffic }: Plan): readonly string[] {
  return [...new Set(traffic.flatMap((stream) => ("file" in stream ? [stream.file] : [])))];
}
