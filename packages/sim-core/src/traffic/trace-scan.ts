import { InputError, type Issue } from "../errors.ts";
import { createStreams } from "../random/streams.ts";
import type { OpenTrace } from "./config.ts";
import { type TraceRow, TraceRows } from "./trace.ts";

const ISSUES_MAX = 20;
/** Pairs kept for the mix of lengths: their mean is then within 1.6 % of a standard deviation. */
const SAMPLE_MAX = 4096;

/** Names kept of a column that holds something else than models. */
const MODELS_MAX = 1000;

/** What one pass over a trace tells. Means and seconds are 0 when there is no good row. */
export interface TraceScan {
  /** The first problems found, at most 20. */
  readonly issues: readonly Issue[];
  /** How many there are in all. */
  readonly issueCount: number;
  /** Good rows. */
  readonly rows: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly meanPromptTokens: number;
  readonly meanOutputTokens: number;
  /** Prompt and output tokens of rows drawn evenly from all, at most 4,096; the same for the same file. */
  readonly sample: readonly (readonly [promptTokens: number, outputTokens: number])[];
  /** Models that rows name, with their rows, in order of appearance; at most 1,000, the rows of further ones count under "". */
  readonly models: ReadonlyMap<string, number>;
  /** Rows that name no model. */
  readonly rowsWithoutModel: number;
  /** Rows that name a session. */
  readonly rowsOfSessions: number;
}

/**
 * Reads a trace once, from end to end, to check it and to learn its lengths; holds one block at a time.
 * @param keep rows that are counted; all are checked
 * @see Vitter, "Random sampling with a reservoir", 1985, algorithm R
 */
export function scanTrace(openTrace: OpenTrace, file: string, keep: (row: Readonly<TraceRow>) => boolean = () => true): TraceScan {
  const issues: Issue[] = [];
  let issueCount = 0;
  const rows = new TraceRows(openTrace, file, (issue) => {
    issueCount++;
    if (issues.length < ISSUES_MAX) issues.push(issue);
  });
  const row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
  const stream = createStreams("trace").get("sample");
  const sample: [number, number][] = [];
  let [count, firstSeconds, promptTokens, outputTokens] = [0, 0, 0, 0];
  const models = new Map<string, number>();
  let [rowsWithoutModel, rowsOfSessions] = [0, 0];
  while (rows.next(row)) {
    if (!keep(row)) continue;
    if (row.model === undefined) rowsWithoutModel++;
    else countModel(models, row.model);
    if (row.session !== undefined) rowsOfSessions++;
    if (count === 0) firstSeconds = row.seconds;
    const place = count < SAMPLE_MAX ? count : Math.floor(stream.uniform() * (count + 1));
    if (place < SAMPLE_MAX) sample[place] = [row.promptTokens, row.outputTokens];
    count++;
    promptTokens += row.promptTokens;
    outputTokens += row.outputTokens;
  }
  const rowsOrOne = Math.max(1, count);
  return {
    issues,
    issueCount,
    rows: count,
    firstSeconds,
    lastSeconds: row.seconds,
    meanPromptTokens: promptTokens / rowsOrOne,
    meanOutputTokens: outputTokens / rowsOrOne,
    sample,
    models,
    rowsWithoutModel,
    rowsOfSessions,
  };
}

function countModel(models: Map<string, number>, name: string): void {
  const key = models.has(name) || models.size < MODELS_MAX ? name : "";
  models.set(key, (models.get(key) ?? 0) + 1);
}

/**
 * The first rows of a trace from a time on, with all they say.
 * @param most rows at most; the file is read no further
 * @throws InputError at the first bad row
 */
export function readTrace(
  openTrace: OpenTrace,
  file: string,
  { fromSeconds, most, keep }: { readonly fromSeconds: number; readonly most: number; readonly keep: (row: Readonly<TraceRow>) => boolean },
): readonly TraceRow[] {
  const rows = new TraceRows(openTrace, file, (issue) => {
    throw new InputError([issue]);
  });
  const row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
  const found: TraceRow[] = [];
  while (found.length < most && rows.next(row)) if (row.seconds >= fromSeconds && keep(row)) found.push({ ...row });
  return found;
}
