import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";

const count = z.number().int().positive();
const figures = z.object({ mean: z.number(), p50: z.number().optional(), p90: z.number().optional(), p99: z.number().optional() });
const measured = z.object({
  requests: count,
  ttft_ms: figures.optional(),
  tpot_ms: figures.optional(),
  e2e_ms: figures.optional(),
  makespan_s: z.number().positive().optional(),
});
const run = z.object({ workload: z.string(), role: z.string().regex(/^(calibrate|check)/, "begins with calibrate or check"), measured });

/** The layout of a case file; what it holds beside these keys (peers, licence …) is for people. */
const caseFile = z
  .object({
    id: z.string(),
    title: z.string(),
    model: z.object({
      name: z.string(),
      params: z.number().positive(),
      active_params: z.number().positive().optional(),
      layers: count,
      hidden: count,
      heads: count,
      kv_heads: count,
      head_dim: count.optional(),
      dtype_bytes: z.number().positive(),
      experts: count.optional(),
      experts_per_token: count.optional(),
    }),
    gpu: z.object({
      name: z.string(),
      count: count.default(1),
      memory_bytes: z.number().positive().optional(),
      bandwidth_bytes_per_s: z.number().positive().optional(),
      fp16_dense_flops: z.number().positive().optional(),
    }),
    engine: z.object({
      tensor_parallel: count.optional(),
      data_parallel: count.optional(),
      gpu_memory_utilization: z.number().positive().max(1).optional(),
      prefix_caching: z.union([z.boolean(), z.string()]).optional(),
      max_num_seqs: count,
      max_num_batched_tokens: count,
      block_size: count.default(16),
      kv_blocks: z.union([count, z.string()]).optional(),
      max_model_len: count.nullish(),
    }),
    runs: z.array(run).min(1).optional(),
    workload: z.string().optional(),
    measured: measured.optional(),
    peers: z.unknown().optional(),
  })
  .refine(({ gpu, engine }) => gpu.count === gpusOf(gpu.count, engine), {
    path: ["gpu", "count"],
    message: "is not tensor_parallel × data_parallel",
  })
  .refine((it) => (it.runs === undefined) !== (it.workload === undefined || it.measured === undefined), {
    message: "has either runs, or workload and measured",
  });

/** What tensor and data parallel make together; what is not stated takes the rest. */
function gpusOf(
  count: number,
  {
    tensor_parallel: tensor,
    data_parallel: data = 1,
  }: { readonly tensor_parallel?: number | undefined; readonly data_parallel?: number | undefined },
): number {
  return (tensor ?? Math.max(1, Math.floor(count / data))) * data;
}

type CaseFile = z.infer<typeof caseFile>;
export type CaseMeasured = z.infer<typeof measured>;

export interface CaseRun {
  /** Path of the workload. */
  readonly workload: string;
  /** `preset`: the case names no roles, so nothing may be fitted to it here. */
  readonly role: "calibrate" | "check" | "preset";
  readonly measured: CaseMeasured;
}

export interface ValidationCase extends Pick<CaseFile, "id" | "title" | "model" | "gpu" | "engine">, Partial<Pick<CaseFile, "peers">> {
  readonly file: string;
  readonly runs: readonly CaseRun[];
}

/** What is wrong with the data, line by line; nothing was run. */
export class CaseError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "CaseError";
  }
}

/**
 * Reads every case of a folder, in order of their names.
 * @param dataFolder has a folder `validation` with the cases
 * @throws CaseError with every problem of every case
 */
export function readCases(dataFolder: string): readonly ValidationCase[] {
  const folder = join(dataFolder, "validation");
  if (!existsSync(folder)) throw new CaseError([`${folder}: there is no such folder; --data names the folder that holds validation/`]);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
  if (files.length === 0) throw new CaseError([`${folder}: there is no case (*.json) in it`]);
  const problems: string[] = [];
  const cases = files.flatMap((name) => {
    const read = readCase(join(folder, name));
    if (Array.isArray(read)) problems.push(...read);
    return Array.isArray(read) ? [] : [read];
  });
  if (problems.length > 0) throw new CaseError(problems);
  return cases;
}

function readCase(file: string): ValidationCase | string[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return [`${file}: this is no JSON: ${(error as Error).message}`];
  }
  const parsed = caseFile.safeParse(content);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`);
  const { id, title, model, gpu, engine, peers } = parsed.data;
  const runs = runsOf(parsed.data).map((each) => ({ ...each, workload: join(dirname(file), each.workload) }));
  const missing = runs.filter(({ workload }) => !existsSync(workload)).map(({ workload }) => `${file}: there is no workload ${workload}`);
  return missing.length > 0 ? missing : { file, id, title, model, gpu, engine, peers, runs };
}

function runsOf({ runs, workload, measured: whole }: CaseFile): readonly CaseRun[] {
  if (runs === undefined) return [{ workload: workload as string, role: "preset", measured: whole as CaseMeasured }]; // one of the two is there
  return runs.map((each) => ({ ...each, role: each.role.startsWith("calibrate") ? "calibrate" : "check" }));
}
