import type { IssuePath } from "../../errors.ts";
import { listAt, type Node, nodeAt, textAt, valueAt } from "./node.ts";
import { expandReferences, shellCommands, type Variables } from "./shell.ts";

/** A word of a command line, and the entry of the manifest it comes from. */
export interface Word {
  readonly text: string;
  readonly path: IssuePath;
  /** It stands in a script: its line can be told within the entry. */
  readonly isScript: boolean;
}

/** The server a container starts. */
export interface ServerCommand {
  /** What follows `vllm serve` or the module; all arguments when the image itself starts the server. */
  readonly words: readonly Word[];
  readonly isVllm: boolean;
}

const SHELLS = /(^|\/)(ba|da|z|a|k)?sh$/;

/**
 * Reads how a container starts its server: `command` and `args` as lists of words, or a script for a shell.
 * @param path of the container in its object
 */
export function readCommand(container: Node, path: IssuePath, variables: Variables): ServerCommand {
  const words = [...wordsOf(container, path, "command", variables), ...wordsOf(container, path, "args", variables)];
  const isVllmImage = /vllm/i.test(textAt(container, ["image"]) ?? "");
  const script = scriptIndex(words);
  if (script < 0) return serverIn(words) ?? { words: withoutProgram(words), isVllm: isVllmImage };
  const { text, path: place } = words[script] as Word;
  const commands = shellCommands(text, variables).map((command) => command.map((word) => ({ text: word, path: place, isScript: true })));
  const found = commands.map(serverIn).find((server) => server !== undefined);
  if (found !== undefined) return found;
  // A start script of one's own: its flags are most likely handed to the server.
  const flags = (command: readonly Word[]): number => command.filter(({ text: word }) => word.startsWith("--")).length;
  const [first] = [...commands].sort((a, b) => flags(b) - flags(a));
  return { words: withoutProgram(first ?? []), isVllm: isVllmImage };
}

function wordsOf(container: Node, path: IssuePath, key: "command" | "args", variables: Variables): readonly Word[] {
  return listAt(container, [key]).flatMap((_, index): readonly Word[] => {
    const text = textAt(container, [key, index]);
    return text === undefined ? [] : [{ text: expandReferences(text, variables), path: [...path, key, index], isScript: false }];
  });
}

/** Position of the script in `sh -c SCRIPT`; −1 when there is no shell. */
function scriptIndex(words: readonly Word[]): number {
  const shell = words.findIndex(({ text }) => SHELLS.test(text));
  if (shell < 0 || shell > 2) return -1; // `exec sh`, `env sh`, `tini -- sh`
  const option = words.findIndex(({ text }, index) => index > shell && /^-\w*c\w*$/.test(text));
  return option >= 0 && option + 1 < words.length ? option + 1 : -1;
}

function serverIn(words: readonly Word[]): ServerCommand | undefined {
  const texts = words.map(({ text }) => text);
  const program = texts.findIndex((text, index) => /(^|\/)vllm$/.test(text) && texts[index + 1] === "serve");
  if (program >= 0) return { words: words.slice(program + 2), isVllm: true };
  const module = texts.findIndex((text) => /vllm[./]entrypoints[./].*api_server/.test(text));
  return module >= 0 ? { words: words.slice(module + 1), isVllm: true } : undefined;
}

/** Without the program in front of the first flag, and without the sub-command of an image that starts `vllm` itself. */
function withoutProgram(words: readonly Word[]): readonly Word[] {
  const [first] = words;
  if (first?.path.includes("args") !== true || first.isScript) {
    const flag = words.findIndex(({ text }) => text.startsWith("-"));
    return flag < 0 ? [] : words.slice(flag);
  }
  return first.text === "serve" ? words.slice(1) : words;
}

/**
 * Variables of a container, in the order in which they may refer to each other; those that come from elsewhere than the file are left out.
 * @param configMap data of a ConfigMap in the same file
 */
export function readVariables(container: Node, configMap: (name: string) => Node | undefined): Variables {
  const variables = new Map<string, string>();
  for (const source of listAt(container, ["envFrom"])) {
    const prefix = textAt(source, ["prefix"]) ?? "";
    for (const [key, value] of Object.entries(configMap(textAt(source, ["configMapRef", "name"]) ?? "") ?? {})) {
      if (typeof value === "string") variables.set(`${prefix}${key}`, value);
    }
  }
  for (const entry of listAt(container, ["env"])) {
    const name = textAt(entry, ["name"]);
    if (name === undefined) continue;
    const reference = nodeAt(entry, ["valueFrom", "configMapKeyRef"]);
    const referred = textAt(configMap(textAt(reference, ["name"]) ?? ""), [textAt(reference, ["key"]) ?? ""]);
    const value = valueAt(entry, ["valueFrom"]) === undefined ? (textAt(entry, ["value"]) ?? "") : referred;
    if (value !== undefined) variables.set(name, expandReferences(value, variables));
  }
  return variables;
}
