import { builtinPolicies } from "@replicast/policies";
import { findPreset, GPU_SHEETS, type LatencyConfig, PRESET_IDS } from "@replicast/sim-core";
import { load, memoryFiles, type Server } from "replicast";
import { CaseError, type ValidationCase } from "./cases.ts";

/** The engine of a case with the generic latency model: one replica on one node. */
export async function serverOf(it: ValidationCase): Promise<Server> {
  const { model, gpu, engine } = it;
  const replicas = engine.data_parallel ?? 1;
  const gpusPerReplica = gpu.count / replicas;
  const sheet = gpuSheetOf(it);
  const scenario = {
    replicast: 1,
    name: it.id,
    duration: "1h",
    traffic: [{ arrivals: { kind: "poisson", rate: "1/s" }, lengths: { prompt: 1, output: 1 } }],
    deployments: [
      {
        name: "server",
        replicas: 1,
        model: {
          shape: {
            name: model.name,
            parameters: model.params,
            ...(model.active_params === undefined ? {} : { activeParameters: model.active_params }),
            layers: model.layers,
            hiddenSize: model.hidden,
            attentionHeads: model.heads,
            kvHeads: model.kv_heads,
            ...(model.head_dim === undefined ? {} : { headDimension: model.head_dim }),
            bytesPerParameter: model.dtype_bytes,
            ...(model.experts === undefined || model.experts_per_token === undefined
              ? {}
              : { experts: { total: model.experts, perToken: model.experts_per_token } }),
          },
          gpu: sheet,
          gpusPerReplica,
          latency: "generic",
        },
        engine: {
          maxSequences: engine.max_num_seqs,
          maxBatchedTokens: engine.max_num_batched_tokens,
          blockTokens: engine.block_size,
          ...(typeof engine.kv_blocks === "number" ? { kvBlocks: engine.kv_blocks } : {}),
          ...(engine.gpu_memory_utilization === undefined ? {} : { gpuMemoryUtilization: engine.gpu_memory_utilization }),
          ...(typeof engine.max_model_len === "number" ? { maxModelTokens: engine.max_model_len } : {}),
        },
      },
    ],
    nodePools: [
      { name: "pool", gpu: typeof sheet === "string" ? sheet : sheet.name, gpusPerNode: gpusPerReplica, pricePerGpuHour: 1, max: 1 },
    ],
    policies: [{ name: "one", kind: "fixed", replicas: 1 }],
    slo: { ttft: "p(95)<10s" },
  };
  const files = memoryFiles({ "case.json": JSON.stringify(scenario) });
  const { plan } = await load("case.json", { files, policies: builtinPolicies }).catch((error: unknown) => {
    throw new CaseError([`${it.file}: makes no server: ${(error as Error).message}`]);
  });
  const [deployment] = plan.deployments;
  if (deployment === undefined) throw new CaseError([`${it.file}: makes no server`]);
  return { plan, deployment, replicas };
}

/** Cards of measured servers that no scenario names by a key. @see NVIDIA Ada GPU architecture white paper, appendix A */
const MORE_SHEETS: readonly { readonly pattern: RegExp; readonly sheet: OwnSheet }[] = [
  { pattern: /RTX 4090/i, sheet: { name: "NVIDIA GeForce RTX 4090 24GB", memory: "24GB", bandwidth: "1008GB/s", teraflops: 165.2 } },
];

type OwnSheet = { readonly name: string; readonly memory: string; readonly bandwidth: string; readonly teraflops: number };

/** The case's own figures of its GPU if it states them all, else the key of a data sheet. */
function gpuSheetOf(it: ValidationCase): string | OwnSheet {
  const { name, memory_bytes: memory, bandwidth_bytes_per_s: bandwidth, fp16_dense_flops: flops } = it.gpu;
  if (memory === undefined || bandwidth === undefined || flops === undefined) {
    return MORE_SHEETS.find(({ pattern }) => pattern.test(name))?.sheet ?? gpuKeyOf(it);
  }
  return { name, memory: `${memory / 1e9}GB`, bandwidth: `${bandwidth / 1e9}GB/s`, teraflops: flops / 1e12 };
}

/** Key of the data sheet that a case's GPU name means: the whole name, or the longest key that the name holds. */
function gpuKeyOf({ file, gpu }: ValidationCase): string {
  const exact = Object.entries(GPU_SHEETS).find(([, sheet]) => sheet.name === gpu.name)?.[0];
  const plain = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
  const held = Object.keys(GPU_SHEETS)
    .filter((key) => plain(gpu.name).includes(plain(key)))
    .sort((a, b) => b.length - a.length)[0];
  const key = exact ?? held;
  if (key === undefined)
    throw new CaseError([`${file}: gpu.name: no data sheet for "${gpu.name}"; known: ${Object.keys(GPU_SHEETS).join(", ")}`]);
  return key;
}

/** The shipped preset for a case's model on its GPUs, by the shape's figures; undefined when there is none. */
export function presetOf(it: ValidationCase): { readonly id: string; readonly latency: LatencyConfig } | undefined {
  if (typeof gpuSheetOf(it) !== "string") return undefined;
  const gpuKey = gpuKeyOf(it);
  for (const id of PRESET_IDS) {
    const preset = findPreset(id);
    const [latency] = preset?.latencies ?? [];
    if (
      preset === undefined ||
      latency === undefined ||
      preset.gpuKey !== gpuKey ||
      preset.gpusPerReplica !== it.gpu.count / (it.engine.data_parallel ?? 1)
    )
      continue;
    const { layers, hiddenSize, kvHeads } = preset.model;
    if (layers === it.model.layers && hiddenSize === it.model.hidden && kvHeads === it.model.kv_heads) return { id, latency };
  }
  return undefined;
}
