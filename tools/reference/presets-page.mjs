import { defaultLimits, findPreset, GPU_SHEETS, MODEL_SHAPES, PRESET_IDS, STARTUP_PRESETS } from "@replicast/sim-core";
import { code, GENERATED, table } from "./markdown.mjs";

const QUANTITIES = {
  ttftMean: "mean TTFT",
  ttftP99: "P99 TTFT",
  tpotMean: "mean TPOT",
  e2eMean: "mean E2E",
  e2eP99: "P99 E2E",
  e2ePerRequest: "E2E per request",
  saturationThroughput: "throughput when full",
  prefill: "prefill",
  decode: "decode",
};

/** @returns {string} the page of measured servers, known shapes and GPUs */
export function presetsPage() {
  const presets = PRESET_IDS.map(findPreset);
  return `${GENERATED}

# Presets

\`model: <preset>\` in a scenario stands for a measured server: a model on so many GPUs, with coefficients fitted to its step times.
What the coefficients mean: [serving engine](../explanation/serving-engine.md); how to fit your own server: [calibrate](../guides/calibrate-your-server.md).

${table(
  ["preset", "model", "GPUs", "forms", "confidence"],
  presets.map(({ id, model, gpu, gpusPerReplica, latencies, confidence }) => [
    code(id),
    model.name,
    `${gpusPerReplica} × ${gpu.name}`,
    latencies.map(({ kind }) => kind).join(", "),
    confidence,
  ]),
)}

## Limits

\`measured\`: the limits that the measured server ran with. \`assumed\`: nobody recorded them, vLLM's bare scheduler configuration stands
in. \`engine.version\` replaces them by the defaults of that version of vLLM, below. Without KV blocks they are estimated from memory.

${table(
  ["preset", "limits", "sequences", "tokens a step", "memory share", "KV blocks"],
  presets.map(({ id, limits, engine }) => [
    code(id),
    limits,
    engine.maxSequences,
    engine.maxBatchedTokens,
    engine.gpuMemoryUtilization,
    engine.kvBlocks ?? "estimated",
  ]),
)}

## Fit

Errors in per cent.

${table(
  ["preset", "form", "errors", "taken over"],
  presets.flatMap(({ id, fitErrorPercent, fitBasis }) =>
    Object.entries(fitErrorPercent).map(([form, errors]) => [code(id), form, errorText(errors), fitBasis]),
  ),
)}

## Provenance

${[...new Set(presets.map(({ source }) => source))].map((source) => provenance(source, presets)).join("\n\n")}

## Starts

\`startup.preset\` stands for a measured start ([cold starts](../explanation/cold-starts.md)). Seconds; a total is what the source measured as
one, and more than the parts where something was not measured.

${table(
  ["`preset`", "measured", "rows", "total", "source", "remarks"],
  STARTUP_PRESETS.map(({ id, measured, rows, totalSeconds, source, remarks }) => [
    code(id),
    measured,
    rows.map(({ what, seconds }) => `${what} ${seconds}`).join("; "),
    totalSeconds ?? "",
    source,
    remarks,
  ]),
)}

## GPUs

Defaults are those of vLLM's API server where no preset and no \`engine.version\` says otherwise.

${table(
  ["`gpu`", "name", "memory GB", "bandwidth TB/s", "16-bit TFLOPS", "link GB/s", "tokens a step", "sequences"],
  Object.entries(GPU_SHEETS).map(([key, gpu]) => {
    const { maxBatchedTokens, maxSequences } = defaultLimits(gpu);
    const { name, memoryBytes, bandwidthBytesPerSecond, fp16Flops, linkBytesPerSecond } = gpu;
    return [
      code(key),
      name,
      memoryBytes / 1e9,
      bandwidthBytesPerSecond / 1e12,
      fp16Flops / 1e12,
      linkBytesPerSecond / 1e9,
      maxBatchedTokens,
      maxSequences,
    ];
  }),
)}

## Shapes

${table(
  ["`shape`", "model", "parameters, billions", "used per token", "layers", "hidden", "KV bytes a token"],
  Object.entries(MODEL_SHAPES).map(([key, shape]) => [
    code(key),
    shape.name,
    shape.parameters / 1e9,
    shape.activeParameters / 1e9,
    shape.layers,
    shape.hiddenSize,
    shape.kvBytesPerToken,
  ]),
)}
`;
}

function errorText(errors) {
  return Object.entries(errors)
    .map(([quantity, percent]) => {
      if (QUANTITIES[quantity] === undefined) throw new Error(`say what ${quantity} means in tools/reference/presets-page.mjs`);
      return `${QUANTITIES[quantity]} ${percent}`;
    })
    .join(", ");
}

function provenance(source, presets) {
  const own = presets.filter((preset) => preset.source === source);
  const identified = [...new Set(own.map((preset) => preset.identified))];
  return `${own.map(({ id }) => code(id)).join(", ")}: ${source}. What the measurements determine: ${identified.join(" Or: ")}.`;
}
