import { growPrefix, type RequestRecord, type RequestSource } from "../domain/request.ts";
import type { Json } from "../errors.ts";
import type { Stream } from "../random/streams.ts";
import type { StreamMarks } from "./config.ts";

/**
 * Limits the answers of a source and gives its prompts a shared beginning, where the stream says so.
 * @param groups drawn from once per request when prompts share beginnings; keeps its own state
 * @param namespace of the ids of groups
 */
export function markSource(source: RequestSource, marks: StreamMarks, groups: () => Stream, namespace: number): RequestSource {
  return marks.maxOutputTokens === undefined && marks.prefix === undefined
    ? source
    : new MarkedSource(source, marks, marks.prefix === undefined ? undefined : groups(), namespace);
}

class MarkedSource implements RequestSource {
  readonly #source: RequestSource;
  readonly #groups: Stream | undefined;
  readonly #namespace: number;
  readonly #maxOutputTokens: number;
  readonly #prefix: { readonly tokens: number; readonly groups: number } | undefined;

  constructor(source: RequestSource, marks: StreamMarks, groups: Stream | undefined, namespace: number) {
    this.#source = source;
    this.#groups = groups;
    this.#namespace = namespace;
    this.#maxOutputTokens = marks.maxOutputTokens ?? Number.POSITIVE_INFINITY;
    this.#prefix = marks.prefix;
  }

  next(into: RequestRecord): boolean {
    if (!this.#source.next(into)) return false;
    into.outputTokens = Math.min(into.outputTokens, this.#maxOutputTokens);
    if (this.#prefix === undefined || this.#groups === undefined) return true;
    const { prefix } = into;
    growPrefix(prefix, 1);
    prefix.namespace = this.#namespace;
    prefix.unitTokens = this.#prefix.tokens;
    prefix.count = 1;
    prefix.ids[0] = Math.floor(this.#groups.uniform() * this.#prefix.groups);
    return true;
  }

  save(): Json {
    return this.#source.save();
  }

  restore(state: Json): void {
    this.#source.restore(state);
  }
}
