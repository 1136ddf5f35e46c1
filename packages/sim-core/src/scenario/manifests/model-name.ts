import type { ModelShape } from "../../serving/config.ts";
import { MODEL_SHAPES } from "../../serving/model-shapes.ts";

/** Words of a checkpoint's name that say nothing of its shape: tuning, dates, formats. */
const NOISE =
  /-(instruct|chat|it|hf|base|awq|gptq|fp8|fp16|bf16|int8|int4|w4a16|w8a8|w8a16|dynamic|static|kv|quantized|turbo|v0\.\d|\d{4}|\d{4}-\d{2}-\d{2})(?=-|\.|$)/g;

/** Checkpoints with the shape of a later one. @see both models' config.json */
const SAME_SHAPE: Readonly<Record<string, string>> = { "llama-3-8b": "llama-3.1-8b" };

/** Key of `MODEL_SHAPES` for a model as servers name it (`org/name`, a folder, an id); undefined when none is known. */
export function shapeOfModel(written: string): string | undefined {
  const wanted = essence(written);
  if (wanted === "") return undefined;
  const known = Object.entries(MODEL_SHAPES);
  const exact = known.find(([, { name }]) => name.toLowerCase() === written.toLowerCase());
  if (exact !== undefined) return exact[0];
  const named = SAME_SHAPE[wanted] ?? wanted;
  return known.find(([key, shape]) => essence(key) === named || essence(shape.name) === named)?.[0];
}

function essence(name: string): string {
  const last = name.replace(/\/+$/, "").split("/").at(-1) ?? "";
  // Model caches on disk: models--org--name.
  const own = last.split("--").at(-1) ?? last;
  const plain = own
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/^meta-/, "");
  // A word may follow another one of these.
  return plain.replaceAll(NOISE, "").replaceAll(NOISE, "");
}

/** Bytes a parameter takes by the checkpoint's or the server's quantization; undefined: 16 bit. `isWeightOnly`: the arithmetic stays 16 bit. */
export interface Quantization {
  readonly bytesPerParameter: number;
  readonly isWeightOnly: boolean;
}

const FORMATS: readonly (readonly [RegExp, Quantization])[] = [
  [/w4a16|awq|gptq|int4|4bit|bitsandbytes|mxfp4|nvfp4/i, { bytesPerParameter: 0.5, isWeightOnly: true }],
  [/w8a16/i, { bytesPerParameter: 1, isWeightOnly: true }],
  [/fp8|w8a8|int8/i, { bytesPerParameter: 1, isWeightOnly: false }],
];

/** What a name or a value of `--quantization` says of the weights. */
export function quantizationOf(text: string): Quantization | undefined {
  return FORMATS.find(([pattern]) => pattern.test(text))?.[1];
}

/** A known shape as the scenario writes it, to change its bytes. */
export function writtenShape(key: string, bytesPerParameter: number, kvBytesPerValue: number): { readonly [key: string]: unknown } {
  const { weightBytes: _weights, kvBytesPerToken: _kv, ...shape } = MODEL_SHAPES[key] as ModelShape;
  return { ...shape, bytesPerParameter, kvBytesPerValue };
}

/** Bytes of a parameter in the checkpoint that a known shape describes. */
export function ownBytesPerParameter(key: string): number {
  const { weightBytes, parameters } = MODEL_SHAPES[key] as ModelShape;
  return weightBytes / parameters;
}
