import { createRequestRecord, growPrefix, moveRequest, type RequestRecord, type RequestSource } from "../domain/request.ts";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";

/** Several sources as one, in order of arrival. */
export interface MergedSource {
  /** Fills `into` with the next request of all; the index of its source, or −1 when there is none left. At one instant the lower index goes first. */
  next(into: RequestRecord): number;
  /** Arrival of the request that `next` would give, Infinity when there is none. */
  readonly peekSeconds: number;
  save(): Json;
  restore(state: Json): void;
}

/** Merges sources; one request of each is read ahead, from the start. */
export function mergeSources(sources: readonly RequestSource[]): MergedSource {
  return new Merge(sources);
}

class Merge implements MergedSource {
  readonly #sources: readonly RequestSource[];
  readonly #heads: RequestRecord[];
  /** Index of the source whose head comes next; −1: none. */
  #first = -1;

  constructor(sources: readonly RequestSource[]) {
    this.#sources = sources;
    this.#heads = sources.map(createRequestRecord);
    for (let i = 0; i < sources.length; i++) this.#pull(i);
    this.#first = this.#findFirst();
  }

  get peekSeconds(): number {
    return this.#first < 0 ? Number.POSITIVE_INFINITY : (this.#heads[this.#first] as RequestRecord).arrivalSeconds;
  }

  next(into: RequestRecord): number {
    const first = this.#first;
    if (first < 0) return -1;
    const head = this.#heads[first] as RequestRecord;
    moveRequest(head, into);
    this.#pull(first);
    this.#first = this.#findFirst();
    return first;
  }

  save(): Json {
    const heads = this.#heads.map((head) => (head.arrivalSeconds === Number.POSITIVE_INFINITY ? null : saved(head)));
    return { heads, sources: this.#sources.map((source) => source.save()) };
  }

  restore(state: Json): void {
    const { heads, sources } = (state ?? {}) as { readonly [key: string]: Json };
    if (!Array.isArray(heads) || !Array.isArray(sources) || heads.length !== this.#heads.length || sources.length !== heads.length) {
      throw new SimError("traffic_state", Number.NaN);
    }
    this.#heads.forEach((head, i) => {
      restoreHead(head, (heads[i] ?? [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0]) as readonly number[]);
      (this.#sources[i] as RequestSource).restore(sources[i] as Json);
    });
    this.#first = this.#findFirst();
  }

  #pull(index: number): void {
    const head = this.#heads[index] as RequestRecord;
    if (!(this.#sources[index] as RequestSource).next(head)) head.arrivalSeconds = Number.POSITIVE_INFINITY;
  }

  #findFirst(): number {
    let first = -1;
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#heads.length; i++) {
      const seconds = (this.#heads[i] as RequestRecord).arrivalSeconds;
      if (seconds < earliest) {
        earliest = seconds;
        first = i;
      }
    }
    return first;
  }
}

function saved({ arrivalSeconds, promptTokens, outputTokens, priority, prefix }: RequestRecord): readonly number[] {
  const ids = prefix.ids.subarray(0, prefix.count);
  return [arrivalSeconds, promptTokens, outputTokens, priority, prefix.namespace, prefix.unitTokens, ...ids];
}

function restoreHead(head: RequestRecord, state: readonly number[]): void {
  const [arrivalSeconds, promptTokens, outputTokens, priority, namespace, unitTokens, ...ids] = state as [
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  Object.assign(head, { arrivalSeconds, promptTokens, outputTokens, priority });
  Object.assign(head.prefix, { namespace, unitTokens, count: ids.length });
  growPrefix(head.prefix, ids.length);
  head.prefix.ids.set(ids);
}
