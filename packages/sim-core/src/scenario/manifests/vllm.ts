import type { Json } from "../../errors.ts";
import type { ServerCommand } from "./command-line.ts";
import { type CommandLine, type Flag, readFlags, wholeNumber } from "./flags.ts";
import { listAt, textAt } from "./node.ts";
import type { ServerContainer } from "./pod.ts";
import type { Stated } from "./stated.ts";

/** What vLLM's command line says of model and GPUs, which only together with the pod make a scenario's `model`. */
export interface ServedModel {
  /** Names by which the model may be known, the most telling first. */
  readonly names: readonly { readonly text: string; readonly flag: Flag | undefined }[];
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly dataParallel: number;
  readonly quantization: string | undefined;
  readonly dtype: string | undefined;
  readonly kvCacheDtype: string | undefined;
  /** Seconds the server itself waits for running requests after SIGTERM; 0: it aborts them. */
  readonly drainSeconds: number;
  readonly commandLine: CommandLine;
}

/** Flags with a whole number → keys of the scenario's `engine`. */
const COUNTS: Readonly<Record<string, string>> = {
  "max-num-seqs": "maxSequences",
  "max-num-batched-tokens": "maxBatchedTokens",
  "max-model-len": "maxModelTokens",
  "block-size": "blockTokens",
  "num-gpu-blocks-override": "kvBlocks",
  "long-prefill-token-threshold": "longPrefillTokenThreshold",
};

/** Switches → key and value. */
const SWITCHES: Readonly<Record<string, readonly [key: string, value: Json]>> = {
  "enable-prefix-caching": ["prefixCaching", true],
  "no-enable-prefix-caching": ["prefixCaching", false],
};

/** Read elsewhere: model, parallelism, formats, shutdown. */
const ELSEWHERE: readonly string[] = [
  "model",
  "served-model-name",
  "tensor-parallel-size",
  "pipeline-parallel-size",
  "data-parallel-size",
  "quantization",
  "dtype",
  "kv-cache-dtype",
  "shutdown-timeout",
];

/** What the simulation leaves out although it changes a server's speed or capacity, and what to do instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "enforce-eager": "steps without CUDA graphs are slower; calibrate, and give model.latency",
  "no-enable-chunked-prefill": "prompts are computed in chunks here",
  "speculative-config": "give engine.speculative, with the acceptance you measure",
  "enable-lora": "adapters cost step time and memory; calibrate with them on",
  "enable-expert-parallel": "experts are split as tensors are",
  "cpu-offload-gb": "calibrate, and give model.latency",
  "kv-transfer-config": "prompts are computed where they are decoded",
  "kv-offloading-size": "blocks that leave the GPU are lost here",
  "swap-space": "a preempted request is computed anew, as vLLM does since its engine V1",
  "hf-overrides": "give the figures as model.shape",
  "rope-scaling": "give engine.maxModelTokens",
};

/** Say who may ask for what, where files lie and what is logged. */
const HARMLESS =
  /^(host|port|uds|api-key|root-path|ssl-|allow|cors|trust-remote-code|download-dir|load-format|model-loader-extra-config|revision|code-revision|tokenizer|hf-token|hf-config-path|config-format|chat-template|response-role|tool-|enable-auto-tool-choice|reasoning-|enable-reasoning|disable-log|no-disable-log|enable-log|max-log-len|uvicorn|middleware|otlp|collect-detailed|show-hidden|seed|generation-config|override-generation|task|runner|enable-server-load|disable-fastapi|enable-chunked-prefill|enable-prompt-tokens|return-tokens|guided-decoding|structured-outputs|limit-mm|allowed-|distributed-executor-backend|worker-|ray-|node-rank|nnodes|master-|headless|data-parallel-|max-logprobs|disable-access-log|safetensors-|use-tqdm|enable-request-id|served|enable-force-include)/;

/** Reads the arguments of vLLM: what has a key goes into the scenario, everything else is said. */
export function readVllm({ words }: ServerCommand, stated: Stated): ServedModel {
  const commandLine = readFlags(words);
  for (const { text, path } of commandLine.glued) stated.error("manifest_flag_glued", path, { actual: text });
  for (const flag of commandLine.flags) readFlag(flag, stated);
  const find = (name: string): Flag | undefined => commandLine.flags.find((flag) => flag.name === name);
  const { positional } = commandLine;
  const names = [
    ...(positional === undefined
      ? []
      : [{ text: positional.text, flag: { name: "model", written: positional.text, value: positional.text, word: positional } }]),
    ...["model", "served-model-name", "tokenizer"].flatMap((name) => {
      const flag = find(name);
      return flag?.value === undefined ? [] : [{ text: flag.value, flag }];
    }),
  ];
  readServedName(find("served-model-name"), stated);
  return {
    names,
    tensorParallel: countOf(find("tensor-parallel-size"), stated) ?? 1,
    pipelineParallel: countOf(find("pipeline-parallel-size"), stated) ?? 1,
    dataParallel: countOf(find("data-parallel-size"), stated) ?? 1,
    quantization: find("quantization")?.value,
    dtype: find("dtype")?.value,
    kvCacheDtype: find("kv-cache-dtype")?.value,
    drainSeconds: secondsOf(find("shutdown-timeout"), stated) ?? 0,
    commandLine,
  };
}

function readFlag(flag: Flag, stated: Stated): void {
  const { name, written, value, word } = flag;
  const text = word.isScript ? written : undefined;
  const count = COUNTS[name];
  const change = SWITCHES[name];
  if (count !== undefined) readCount(flag, count, stated);
  else if (change !== undefined) {
    const isOff = value !== undefined && /^(false|0)$/i.test(value);
    stated.set(["engine", change[0]], isOff ? !(change[1] as boolean) : change[1], word.path, detailOf(flag));
  } else if (name === "gpu-memory-utilization") readUtilization(flag, stated);
  else if (name === "scheduling-policy") stated.set(["engine", "scheduling"], value ?? "", word.path, detailOf(flag));
  else if (ELSEWHERE.includes(name) || isNeutral(name, value)) return;
  else if (HARMLESS.test(name)) stated.idle.add(`--${name}`);
  else stated.notModelled(written, word.path, LEFT_OUT[name] ?? "if it changes speed or memory, calibrate with it on", text);
}

/** Flags that say what the server does anyway. */
function isNeutral(name: string, value: string | undefined): boolean {
  return name === "swap-space" && value === "0";
}

function detailOf({ written, word }: Flag): { readonly text?: string; readonly because: string } {
  return { because: written, ...(word.isScript ? { text: written } : {}) };
}

function readCount(flag: Flag, key: string, stated: Stated): void {
  const { name, value = "", word } = flag;
  // These values leave the choice to the server.
  if (name === "max-model-len" && (value === "auto" || value === "-1")) return;
  const count = wholeNumber(value);
  if (count === undefined)
    stated.error("manifest_flag_invalid", word.path, { flag: `--${name}`, actual: value, expected: "a whole number" });
  else if (name === "long-prefill-token-threshold" && count === 0) return;
  else stated.set(["engine", key], count, word.path, detailOf(flag));
}

function readUtilization(flag: Flag, stated: Stated): void {
  const number = Number(flag.value ?? "");
  if (flag.value !== undefined && flag.value !== "" && Number.isFinite(number)) {
    stated.set(["engine", "gpuMemoryUtilization"], number, flag.word.path, detailOf(flag));
    return;
  }
  const data = { flag: "--gpu-memory-utilization", actual: flag.value ?? "", expected: "a share such as 0.9" };
  stated.error("manifest_flag_invalid", flag.word.path, data);
}

function countOf(flag: Flag | undefined, stated: Stated): number | undefined {
  if (flag === undefined) return undefined;
  const count = wholeNumber(flag.value ?? "");
  if (count !== undefined && count > 0) return count;
  const data = { flag: `--${flag.name}`, actual: flag.value ?? "", expected: "a whole number of at least 1" };
  stated.error("manifest_flag_invalid", flag.word.path, data);
  return undefined;
}

function secondsOf(flag: Flag | undefined, stated: Stated): number | undefined {
  const seconds = Number(flag?.value ?? Number.NaN);
  if (flag === undefined || seconds >= 0) return flag === undefined ? undefined : seconds;
  const data = { flag: `--${flag.name}`, actual: flag.value ?? "", expected: "a number of seconds" };
  stated.error("manifest_flag_invalid", flag.word.path, data);
  return undefined;
}

/** The name under which queries find the model. */
function readServedName(flag: Flag | undefined, stated: Stated): void {
  if (flag?.value !== undefined) stated.set(["engine", "servedModelName"], flag.value, flag.word.path, detailOf(flag));
}

/** Where files and logs go, who may ask, what is reported. */
const HARMLESS_VARIABLES =
  /^VLLM_(API_KEY|HOST_IP|PORT|RPC_|LOG|CONFIGURE_LOGGING|CACHE|CONFIG_ROOT|ASSETS|NO_USAGE|USAGE|DO_NOT_TRACK|DEBUG|TRACE|IMAGE|AUDIO|VIDEO|HTTP|KEEP_ALIVE|WORKER_MULTIPROC|ALLOW_|SERVER_DEV|NCCL|USE_MODELSCOPE|PLUGINS|LORA_RESOLVER|PREFIX_CACHE_HASH|EXECUTE_MODEL_TIMEOUT|ENGINE_READY|ENGINE_ITERATION)/;

/** Variables by which vLLM chooses kernels and engines. */
export function readVllmVariables({ value, path }: ServerContainer, stated: Stated): void {
  listAt(value, ["env"]).forEach((entry, index) => {
    const name = textAt(entry, ["name"]) ?? "";
    if (!name.startsWith("VLLM_") || HARMLESS_VARIABLES.test(name)) return;
    // The engine that is simulated.
    if (name === "VLLM_USE_V1" && textAt(entry, ["value"]) === "1") return;
    stated.notModelled(name, [...path, "env", index], "if it changes speed or memory, calibrate with it set");
  });
}

/** Version in the tag of a vLLM image (`v0.11.2`); undefined for `latest`, a digest, or a tag of another kind. */
export function imageVersion(image: string): string | undefined {
  return /vllm[^:@]*:v?(\d+\.\d+(?:\.\d+)?)(?:$|[-@.])/i.exec(image)?.[1];
}
