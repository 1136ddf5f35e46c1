import type { GpuSheet, LatencyConfig, ModelShape } from "./config.ts";

/**
 * Shares of the sheet's figures that servers reach, and constants of the host code, from a fit of nine coefficients
 * over 72 load stages of 13 (model, GPU, tensor-parallel) groups served by vLLM.
 * On groups never fitted: mean E2E within 2.8 % (median), mean TTFT within 11 %.
 */
const FIT = {
  hostBaseSeconds: 0.00038,
  hostPerLayerSeconds: 2.96e-5,
  parallelPerLayerSeconds: 1.65e-5,
  expertsPerLayerSeconds: 3.97e-5,
  computeShare: 0.72,
  contextReadShare: 0.8,
  attentionComputeShare: 0.5,
  perDecodeSequenceSeconds: 7e-6,
  requestBaseSeconds: 0.0126,
  requestPerLayerSeconds: 1.76e-4,
} as const;

/**
 * Share of the link's bandwidth that all-reduces of megabytes reach: 0.69 to 0.90 on H100, 0.6 to 0.66 on A100 with NVLink.
 * @see Vidur, profiled all-reduce times of DGX machines
 */
const LINK_SHARE = 0.7;
/** All-reduces of a decoder layer: after attention and after the MLP. */
const ALL_REDUCES_PER_LAYER = 2;
/** Activations are exchanged as 16-bit values. */
const ACTIVATION_BYTES = 2;

/** Share of the peak bandwidth at which weights are read; measured per GPU generation, their mean for others. */
const WEIGHT_READ_SHARES: readonly (readonly [gpu: string, share: number])[] = [
  ["H100", 0.877],
  ["A100", 0.73],
  ["L40S", 0.818],
];
const WEIGHT_READ_SHARE_MEAN = 0.808;

/**
 * Roofline latency from a model's shape and a GPU's sheet alone, for models nobody measured. Against measured closed loops of Qwen3-32B on
 * H100 (vLLM, 8 to 128 users) its TPOT is 10 % low at 2 GPUs (median), 15 % at 4 and 22 % at 8.
 * @param gpusPerReplica GPUs the model is split over (tensor parallel), ≥ 1
 */
export function genericLatency(model: ModelShape, gpu: GpuSheet, gpusPerReplica: number): Extract<LatencyConfig, { kind: "roofline" }> {
  const bandwidth = gpusPerReplica * gpu.bandwidthBytesPerSecond;
  const flops = gpusPerReplica * gpu.fp16Flops;
  const perLayerSeconds =
    FIT.hostPerLayerSeconds +
    (gpusPerReplica > 1 ? FIT.parallelPerLayerSeconds : 0) +
    (model.experts === undefined ? 0 : FIT.expertsPerLayerSeconds);
  const readShare = weightReadShare(gpu);
  const expertBytes = expertWeightBytes(model);
  const exchangeSeconds = allReduceSeconds(model, gpu, gpusPerReplica);
  return {
    kind: "roofline",
    stepOverheadSeconds: FIT.hostBaseSeconds + perLayerSeconds * model.layers,
    perTokenComputeSeconds: (2 * model.activeParameters * (isEightBit(model) ? 0.5 : 1)) / (flops * FIT.computeShare),
    weightReadSeconds: (model.weightBytes - expertBytes) / (bandwidth * readShare),
    expertReadSeconds: expertBytes / (bandwidth * readShare),
    ...(model.experts === undefined ? {} : { experts: model.experts }),
    ...(exchangeSeconds > 0 ? { perPromptTokenSeconds: exchangeSeconds } : {}),
    perDecodeSequenceSeconds: FIT.perDecodeSequenceSeconds,
    perContextTokenSeconds: model.kvBytesPerToken / (bandwidth * FIT.contextReadShare),
    perPromptTokenContextSeconds: (4 * model.layers * model.attentionHeads * model.headDimension) / (flops * FIT.attentionComputeShare),
    requestOverheadSeconds: FIT.requestBaseSeconds + FIT.requestPerLayerSeconds * model.layers,
  };
}

/**
 * Exchange of one prompt token's activations between all GPUs, ring all-reduce: each sends and receives 2(n − 1)/n of them. Its latency is
 * in the time per layer, and what decoding sequences exchange in the time per sequence: both were fitted to tensor-parallel servers.
 */
function allReduceSeconds(model: ModelShape, gpu: GpuSheet, gpusPerReplica: number): number {
  const bytes = ALL_REDUCES_PER_LAYER * model.layers * model.hiddenSize * ACTIVATION_BYTES;
  return (bytes * 2 * (gpusPerReplica - 1)) / gpusPerReplica / (gpu.linkBytesPerSecond * LINK_SHARE);
}

function weightReadShare(gpu: GpuSheet): number {
  return WEIGHT_READ_SHARES.find(([name]) => gpu.name.includes(name))?.[1] ?? WEIGHT_READ_SHARE_MEAN;
}

function isEightBit(model: ModelShape): boolean {
  return model.weightBytes / model.parameters < 1.5;
}

/**
 * Bytes of all experts: from total = shared + E·x and active = shared + k·x follows x, the parameters of one expert.
 * 0 for dense models.
 */
export function expertWeightBytes(model: ModelShape): number {
  if (model.experts === undefined) return 0;
  const { total, perToken } = model.experts;
  const perExpert = (model.parameters - model.activeParameters) / (total - perToken);
  return (model.weightBytes * total * perExpert) / model.parameters;
}
