import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { CaseError, type CaseMeasured } from "./cases.ts";
import { groupBy } from "./group-by.ts";

/** Means of load stages, one row per experiment and stage; stage `all` is all of an experiment. */
const STAGE_FILES = ["e2e/blis-inference-perf-runs.csv", "e2e/blis-training-runs-h100.csv"] as const;
const PEER_FILE = "e2e/peer-predictions-blis-runs.csv.gz";
/** A stage that lost more of its requests than this was measured beyond what the server carries: its means are of the survivors. */
const LOST_SHARE_MAX = 0.01;

/** One load stage: so many requests a second for so long. */
export interface Stage {
  /** Position in the experiment, as a text; `all`: the whole experiment. */
  readonly stage: string;
  readonly requestsPerSecond: number;
  readonly durationSeconds: number;
  readonly measured: Pick<CaseMeasured, "ttft_ms" | "tpot_ms" | "e2e_ms">;
}

/** Load stages one after the other on one server. */
export interface Experiment {
  readonly name: string;
  readonly file: string;
  /** As published, such as `meta-llama/Llama-2-70b-hf`. */
  readonly model: string;
  readonly gpu: string;
  readonly gpus: number;
  readonly engine: {
    readonly maxSequences: number;
    readonly maxBatchedTokens: number;
    readonly gpuMemoryUtilization: number | undefined;
    readonly kvBlocks: number | undefined;
  };
  readonly promptTokens: number;
  /** Leading tokens that all prompts of one system prompt share. */
  readonly systemPromptTokens: number;
  readonly outputTokens: number;
  readonly stages: readonly Stage[];
  readonly whole: Stage | undefined;
}

export interface PeerPrediction {
  readonly simulator: string;
  readonly experiment: string;
  /** As in {@link Stage}. */
  readonly stage: string;
  /** Such as `e2e_mean`. */
  readonly metric: string;
  /** |predicted ÷ measured − 1| as published. */
  readonly error: number;
}

type Row = Readonly<Record<string, string>>;

/**
 * Reads the load stages of a data folder; experiments of which a stage was lost to overload are left out.
 * @throws CaseError
 */
export function readExperiments(dataFolder: string): readonly Experiment[] {
  const experiments = new Map<string, Experiment>();
  for (const name of STAGE_FILES) {
    const file = join(dataFolder, name);
    const byExperiment = groupBy(readRows(file), (row) => row["exp"] ?? "");
    for (const [experiment, rows] of byExperiment) {
      if (!experiments.has(experiment) && rows.every(isCarried)) experiments.set(experiment, experimentOf(rows, file));
    }
  }
  return [...experiments.values()];
}

function isCarried({ sent, failed }: Row): boolean {
  return sent === undefined || Number(failed) <= LOST_SHARE_MAX * Number(sent);
}

function experimentOf(rows: readonly Row[], file: string): Experiment {
  const [row] = rows as readonly [Row]; // groups are never empty
  const text = (column: string): string => {
    const value = row[column];
    if (value === undefined || value === "") throw new CaseError([`${file}: ${row["exp"]} has no ${column}`]);
    return value;
  };
  const systemPromptTokens = numberOf(text("system_prompt_len"), "system_prompt_len", file);
  const outputTokens = Math.round(optional(row, "output_len_mean", file) ?? numberOf(text("output_len"), "output_len", file));
  const stages = rows.map((each) => stageOf(each, outputTokens, file));
  return {
    name: text("exp"),
    file,
    model: text("model"),
    gpu: text("gpu"),
    gpus: numberOf(text("tp"), "tp", file),
    engine: {
      maxSequences: numberOf(text("max_num_seqs"), "max_num_seqs", file),
      maxBatchedTokens: numberOf(text("max_num_batched_tokens"), "max_num_batched_tokens", file),
      gpuMemoryUtilization: optional(row, "gpu_mem_util", file),
      kvBlocks: optional(row, "kv_blocks_16", file),
    },
    promptTokens: Math.round(
      optional(row, "prompt_len_mean", file) ?? systemPromptTokens + numberOf(text("question_len"), "question_len", file),
    ),
    systemPromptTokens,
    outputTokens,
    stages: stages.filter(({ stage }) => stage !== "all").sort((a, b) => Number(a.stage) - Number(b.stage)),
    whole: stages.find(({ stage }) => stage === "all"),
  };
}

function stageOf(row: Row, outputTokens: number, file: string): Stage {
  const figures = (latency: string): { mean: number; p90?: number; p99?: number } => {
    const [p90, p99] = [optional(row, `${latency}_p90_ms`, file), optional(row, `${latency}_p99_ms`, file)];
    return {
      mean: numberOf(row[`${latency}_mean_ms`] ?? "", `${latency}_mean_ms`, file),
      ...(p90 === undefined ? {} : { p90 }),
      ...(p99 === undefined ? {} : { p99 }),
    };
  };
  const [ttft, e2e] = [figures("ttft"), figures("e2e")];
  return {
    stage: row["stage"] ?? "",
    requestsPerSecond: optional(row, "rate_rps", file) ?? Number.NaN,
    durationSeconds: numberOf(row["duration_s"] ?? "", "duration_s", file),
    // The tool's own gaps are between chunks of the stream, of which some servers send two per token.
    measured: { ttft_ms: ttft, e2e_ms: e2e, tpot_ms: { mean: (e2e.mean - ttft.mean) / (outputTokens - 1) } },
  };
}

/** What other simulators predicted for these stages, as published; nothing where the file is missing. */
export function readPeerPredictions(dataFolder: string): readonly PeerPrediction[] {
  const file = join(dataFolder, PEER_FILE);
  if (!existsSync(file)) return [];
  return readRows(file).map((row) => ({
    simulator: row["simulator"] ?? "",
    experiment: row["exp"] ?? "",
    stage: row["stage"] === "-1" ? "all" : (row["stage"] ?? ""),
    metric: row["metric"] ?? "",
    error: numberOf(row["abs_pct_error"] ?? "", "abs_pct_error", file) / 100,
  }));
}

function readRows(file: string): readonly Row[] {
  if (!existsSync(file)) throw new CaseError([`${file}: there is no such file`]);
  const bytes = readFileSync(file);
  return parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"), { columns: true, skip_empty_lines: true });
}

function optional(row: Row, column: string, file: string): number | undefined {
  const text = row[column];
  return text === undefined || text === "" ? undefined : numberOf(text, column, file);
}

function numberOf(text: string, column: string, file: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new CaseError([`${file}: ${column} is "${text}", which is no number`]);
  return value;
}
