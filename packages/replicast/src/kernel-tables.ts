import { InputError, type Issue, type KernelTables, type ScenarioSpec } from "@replicast/sim-core";
import { pathBeside, type ScenarioFiles } from "./files.ts";
import { ColumnReader, type NumberTable, readNumberTable } from "./number-table.ts";

type TableFiles = Readonly<Record<"attention" | "dense" | "perSequence", string>>;
type Result = { readonly ok: true; readonly tables: KernelTables } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Kernels that run once per step; all others run in every layer. @see LLMServingSim, profiler: names of the dense layers */
const PER_STEP = ["embedding", "final_layernorm"];
/** How often a kernel runs in a layer, where it is not once: before attention and before the MLP. */
const PER_LAYER: Readonly<Record<string, number>> = { layernorm: 2 };

const MICROSECONDS = 1e-6;

/** Reads the kernel tables of every deployment that names some; what is asked for later is the answer by the deployment's index. */
export async function readKernelTables(spec: ScenarioSpec, file: string, files: ScenarioFiles): Promise<(index: number) => Result> {
  const results = await Promise.all(
    spec.deployments.map(async ({ model }): Promise<Result> => {
      const latency = typeof model === "object" ? model.latency : undefined;
      if (typeof latency !== "object" || latency.kind !== "table") return { ok: false, issues: [] };
      return readTables(
        latency.files,
        (name) => files.read(pathBeside(file, name)),
        (name) => pathBeside(file, name),
      );
    }),
  );
  return (index) => results[index] ?? { ok: false, issues: [] };
}

async function readTables(
  names: TableFiles,
  read: (name: string) => Promise<string | undefined>,
  pathOf: (name: string) => string,
): Promise<Result> {
  const issues: Issue[] = [];
  const load = async <T>(key: keyof TableFiles, parse: (table: NumberTable) => T): Promise<T | undefined> => {
    try {
      const text = await read(names[key]);
      if (text !== undefined) return parse(readNumberTable(text, pathOf(names[key])));
      issues.push({ code: "kernel_table_missing", path: ["files", key], data: { file: names[key] } });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push(...error.issues);
    }
    return undefined;
  };
  const attention = await load("attention", parseAttention);
  const dense = await load("dense", parseDense);
  const perSequence = await load("perSequence", (table) => sumCurves(parseLayers(table, "sequences", "perSequence"), () => 1));
  return attention === undefined || dense === undefined || perSequence === undefined
    ? { ok: false, issues }
    : { ok: true, tables: { attention, ...dense, perSequence } };
}

function parseAttention(table: NumberTable): KernelTables["attention"] {
  const columns = new ColumnReader(table);
  const names = ["prefill_chunk", "kv_prefill", "n_decode", "kv_decode", "time_us"].map((name) => columns.require("attention", [name]));
  columns.throwAny();
  const [chunkTokens = [], chunkContext = [], decodeSequences = [], decodeContext = [], microseconds = []] = names.map((name) =>
    table.rows.map((row) => columns.number(row, name as string, 0)),
  );
  columns.throwAny();
  if (!chunkTokens.includes(0)) refuseSmall(table, 1);
  return { chunkTokens, chunkContext, decodeSequences, decodeContext, seconds: microseconds.map((value) => value * MICROSECONDS) };
}

function parseDense(table: NumberTable): Pick<KernelTables, "perLayer" | "perStep"> {
  const layers = parseLayers(table, "tokens", "dense");
  const isPerStep = (name: string): boolean => PER_STEP.includes(name);
  return {
    perLayer: sumCurves(new Map([...layers].filter(([name]) => !isPerStep(name))), (name) => PER_LAYER[name] ?? 1),
    perStep: sumCurves(new Map([...layers].filter(([name]) => isPerStep(name))), () => 1),
  };
}

type Points = readonly (readonly [count: number, seconds: number])[];

/** Points of each kernel, ascending. */
function parseLayers(table: NumberTable, count: string, role: string): ReadonlyMap<string, Points> {
  const columns = new ColumnReader(table);
  for (const name of ["layer", count, "time_us"]) columns.require(role, [name]);
  columns.throwAny();
  const layer = table.header.indexOf("layer");
  const points = new Map<string, [number, number][]>();
  for (const row of table.rows) {
    const name = row.values[layer] ?? "";
    const own = points.get(name) ?? [];
    points.set(name, own);
    own.push([columns.number(row, count, 0), columns.number(row, "time_us", 0) * MICROSECONDS]);
  }
  columns.throwAny();
  for (const own of points.values()) {
    own.sort((a, b) => a[0] - b[0]);
    if (own.length < 2) refuseSmall(table, 2);
  }
  return points;
}

/** Sum of kernels over all counts that any of them was profiled at. */
function sumCurves(layers: ReadonlyMap<string, Points>, times: (name: string) => number): KernelTables["perLayer"] {
  const counts = [...new Set([...layers.values()].flatMap((points) => points.map(([count]) => count)))].sort((a, b) => a - b);
  const seconds = counts.map((count) => [...layers].reduce((sum, [name, points]) => sum + times(name) * valueAt(points, count), 0));
  return { counts, seconds };
}

function valueAt(points: Points, count: number): number {
  const next = points.findIndex(([at]) => at >= count);
  const right = Math.max(1, next < 0 ? points.length - 1 : next);
  const [x0, y0] = points[right - 1] as readonly [number, number];
  const [x1, y1] = points[right] as readonly [number, number];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (count - x0)) / (x1 - x0);
}

function refuseSmall({ file }: NumberTable, minimum: number): never {
  throw new InputError([{ code: "kernel_table_too_small", path: [], file, data: { minimum } }]);
}
