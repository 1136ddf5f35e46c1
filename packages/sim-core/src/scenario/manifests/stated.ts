import type { Issue, IssuePath, Json } from "../../errors.ts";
import type { Position } from "../source.ts";
import type { ManifestObject } from "./documents.ts";
import { numberAt, textAt, valueAt } from "./node.ts";

/** A value a manifest states, under the scenario's key. */
export interface StatedValue {
  /** Below the deployment: `["engine", "maxSequences"]`. */
  readonly key: readonly string[];
  /** As a scenario would write it, with its unit. */
  readonly value: Json;
  readonly position: Position;
  /** What it follows from, where that is not the value itself. */
  readonly because?: string;
}

/** Gathers what one object of a manifest states, lacks or asks for in vain. */
export class Stated {
  readonly values: StatedValue[] = [];
  readonly issues: Issue[] = [];
  /** What a reader should know, in words. */
  readonly notes: string[] = [];
  /** Fields that change nothing here, each once. */
  readonly idle: Set<string> = new Set();
  readonly #object: ManifestObject;

  constructor(object: ManifestObject) {
    this.#object = object;
  }

  /** @param path in the object; @param text a piece of the text there, to point at its line */
  set(key: readonly string[], value: Json, path: IssuePath, detail: { readonly text?: string; readonly because?: string } = {}): void {
    const position = this.#object.locate(path, detail.text);
    this.values.push({ key, value, position, ...(detail.because === undefined ? {} : { because: detail.because }) });
  }

  /** Warns of something that the cluster would do and the simulation does not. */
  notModelled(what: string, path: IssuePath, instead: string, text?: string): void {
    this.issues.push({
      code: "manifest_not_modelled",
      severity: "warning",
      path: [],
      ...this.#object.locate(path, text),
      data: { what, instead },
    });
  }

  warn(code: string, path: IssuePath, data: { readonly [key: string]: Json }, text?: string): void {
    this.issues.push({ code, severity: "warning", path: [], ...this.#object.locate(path, text), data });
  }

  error(code: string, path: IssuePath, data: { readonly [key: string]: Json }, text?: string): void {
    this.issues.push({ code, path: [], ...this.#object.locate(path, text), data });
  }

  /**
   * A number that is written at a path of the object, or undefined; anything else than a number of at least 0 is an error.
   * @param expected what should stand there
   */
  number(root: unknown, place: IssuePath, path: IssuePath, expected: string): number | undefined {
    const written = valueAt(root, place);
    if (written === undefined || written === null) return undefined;
    const number = numberAt(root, place);
    if (number !== undefined && number >= 0) return number;
    const data = { flag: String(place.at(-1)), actual: textAt(root, place) ?? "an object", expected };
    this.error("manifest_flag_invalid", [...path, ...place], data);
    return undefined;
  }

  /** Notes something in words, with its place. */
  note(text: string, path: IssuePath): void {
    this.notes.push(`${text} (${placeText(this.#object.locate(path))})`);
  }
}

/** `deployment.yaml:12`. */
export function placeText({ file, line }: Position): string {
  return line === undefined ? file : `${file}:${line}`;
}
