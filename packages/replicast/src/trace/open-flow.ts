import { InputError, type TraceRow, TraceRows } from "@replicast/sim-core";
import { detectFormat } from "./detect-format.ts";
import { parquetFlow } from "./read-parquet.ts";
import { prometheusRows } from "./read-prometheus.ts";
import { type ServeGenOptions, serveGenRows } from "./read-servegen.ts";
import { vllmLogRows } from "./read-vllm-log.ts";
import { spreadRows } from "./spread-rows.ts";
import {
  emptyRow,
  inBatches,
  marksOf,
  type ReportIssue,
  type TraceFlow,
  type TraceFormat,
  type TraceInput,
  type TraceMark,
} from "./trace-flow.ts";

/** How a file is to be read. */
export interface OpenFlowOptions extends ServeGenOptions {
  /** Instead of what its content says. */
  readonly format?: TraceFormat;
  /** What a stamp stands for, seconds; 0: as they are. Default: 3 for Mooncake's, 1 for a log's, else 0. */
  readonly spreadSeconds?: number;
  /** Of everything that is drawn. Default "1". */
  readonly seed?: string;
  /** Takes the issues of rows, which are then left out. Default: the first one is thrown. */
  readonly report?: ReportIssue;
}

/** @see Mooncake, FAST25 traces: 1,180 stamps in 3,537 s; vLLM's log has whole seconds */
const USUAL_SPREAD_SECONDS: Partial<Record<TraceFormat, number>> = { mooncake: 3, "vllm-log": 1 };

/**
 * Opens a trace of any known format as a flow of rows.
 *
 * @throws InputError with issues of the file as a whole; those of rows come while the flow is read
 */
export async function openFlow(input: TraceInput, options: OpenFlowOptions = {}): Promise<TraceFlow> {
  const format = options.format ?? detectFormat(input.text());
  const report = options.report ?? refuse;
  const seed = options.seed ?? "1";
  if (format === "parquet") return parquetFlow(input, report);
  const { rows, marks } = readRows(input, format, { ...options, report, seed });
  const spreadSeconds = options.spreadSeconds ?? USUAL_SPREAD_SECONDS[format] ?? 0;
  return { format, marks, batches: inBatches(spreadSeconds > 0 ? spreadRows(rows, spreadSeconds, seed) : rows) };
}

interface OpenedRows {
  readonly rows: Iterable<TraceRow>;
  readonly marks: readonly TraceMark[];
}

function readRows(
  input: TraceInput,
  format: TraceFormat,
  options: OpenFlowOptions & { readonly report: ReportIssue; readonly seed: string },
): OpenedRows {
  if (format === "vllm-log") return { rows: vllmLogRows(input, options, options.report), marks: [] };
  if (format === "prometheus") return { rows: prometheusRows(input, options, options.seed), marks: [] };
  if (format === "servegen") return { rows: serveGenRows(input, options, options.seed), marks: ["tenant"] };
  const reader = new TraceRows(input.text, input.name, options.report);
  const first: TraceRow = emptyRow();
  const hasFirst = reader.next(first);
  return { rows: rowsFrom(reader, hasFirst ? first : undefined), marks: marksOf(reader.columns) };
}

function* rowsFrom(reader: TraceRows, first: TraceRow | undefined): Generator<TraceRow> {
  if (first === undefined) return;
  yield first;
  for (;;) {
    const row = emptyRow();
    if (!reader.next(row)) return;
    yield row;
  }
}

const refuse: ReportIssue = (issue) => {
  throw new InputError([issue]);
};
