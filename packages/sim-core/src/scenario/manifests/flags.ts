import type { Word } from "./command-line.ts";

/** A flag of vLLM's command line as written. */
export interface Flag {
  /** With dashes and without the leading ones: `max-num-seqs`. */
  readonly name: string;
  /** As it stands there: `--max_num_seqs`. */
  readonly written: string;
  /** Undefined for a switch. */
  readonly value: string | undefined;
  readonly word: Word;
}

export interface CommandLine {
  readonly flags: readonly Flag[];
  /** The model of `vllm serve MODEL`. */
  readonly positional: Word | undefined;
  /** Entries that hold a flag and its value with a space between: the server refuses them. */
  readonly glued: readonly Word[];
}

/** @see vLLM EngineArgs.add_cli_args and its front end's */
const ALIASES: Readonly<Record<string, string>> = {
  tp: "tensor-parallel-size",
  pp: "pipeline-parallel-size",
  dp: "data-parallel-size",
  q: "quantization",
  cc: "compilation-config",
  ep: "enable-expert-parallel",
  "num-speculative-tokens": "speculative-config",
};

const SWITCH_PREFIXES: readonly string[] = ["enable-", "no-", "disable-", "trust-", "enforce-", "async-", "headless", "return-"];
/** Begin like a switch and take a value all the same. */
const VALUE_FLAGS: readonly string[] = ["enable-lora-bias-scale"];

/**
 * Reads flags as vLLM's parser does: `--name=value`, `--name value`, underscores for dashes, `-tp`, `--no-…`, `--config.key`.
 * The last of two equal flags counts.
 */
export function readFlags(words: readonly Word[]): CommandLine {
  const flags = new Map<string, Flag>();
  const glued: Word[] = [];
  let positional: Word | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word;
    const match = /^(--?[A-Za-z][\w.-]*)(=([\s\S]*))?$/.exec(word.text);
    if (match === null) {
      if (/^--?[A-Za-z][\w.-]*\s+\S/.test(word.text)) glued.push(word);
      else if (at === 0 && word.text !== "") positional = word;
      continue;
    }
    const written = match[1] as string;
    const name = nameOf(written);
    const next = words[at + 1];
    const takesNext = match[2] === undefined && !isSwitch(name) && next !== undefined && !isFlag(next.text);
    if (takesNext) at++;
    flags.delete(name);
    flags.set(name, { name, written, value: takesNext ? next.text : match[3], word });
  }
  return { flags: [...flags.values()], positional, glued };
}

function nameOf(written: string): string {
  const name = written.replace(/^-+/, "").replaceAll("_", "-").split(".")[0] as string;
  return ALIASES[name] ?? name;
}

/** A negative number is a value. */
function isFlag(text: string): boolean {
  return /^--?[A-Za-z]/.test(text);
}

function isSwitch(name: string): boolean {
  return !VALUE_FLAGS.includes(name) && SWITCH_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const SUFFIXES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  K: 1024,
  M: 1_048_576,
  G: 1_073_741_824,
  T: 1_099_511_627_776,
};

/**
 * A whole number as vLLM reads it: `8192`, `32k` (32,000), `32K` (32,768), `25.6k`.
 * @see vLLM human_readable_int
 */
export function wholeNumber(text: string): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)([kmgtKMGT]?)$/.exec(text.trim());
  if (match === null) return undefined;
  const suffix = match[2] as string;
  // A binary suffix takes whole numbers only.
  if (suffix !== "" && suffix === suffix.toUpperCase() && (match[1] as string).includes(".")) return undefined;
  const number = Number(match[1]) * (SUFFIXES[suffix] ?? 1);
  const rounded = Math.round(number);
  return Math.abs(number - rounded) < 1e-6 ? rounded : undefined;
}
