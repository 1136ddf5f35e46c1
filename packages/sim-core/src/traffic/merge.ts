import { createRequestRecord, growPrefix, moveRequest, NO_MODEL, type RequestRecord, type RequestSource } from "../domain/request.ts";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";

/** Several sources as one, in order of arrival. */
export interface MergedSource {
  /** Fills `into` with the next request of all; the index of its source, or −1 when there is none left. At one instant the lower index goes first. */
  next(into: RequestRecord): number;
  /** Arrival of the request that `next` would give, Infinity when there is none. */
  readonly peekSeconds: number;
  /** When the request that was given last was to arrive: before its `arrivalSeconds` when its source was held back. */
  readonly plannedSeconds: number;
  /** When the next request of one source is to arrive, held back or not; Infinity: there is none. */
  plannedOf(index: number): number;
  /** Leaves one source out until it is released. */
  hold(index: number): void;
  /** Lets a source go on: what is due already comes now. */
  release(index: number, nowSeconds: number): void;
  /** Counts what a source still had to give before a time, and uses it up. */
  drain(index: number, beforeSeconds: number): number;
  save(): Json;
  restore(state: Json): void;
}

/**
 * Merges sources; one request of each is read ahead, from the start.
 * @param stopSeconds per source: when it gives nothing any more; absent: never
 */
export function mergeSources(sources: readonly RequestSource[], stopSeconds: readonly number[] = []): MergedSource {
  return new Merge(sources, stopSeconds);
}

class Merge implements MergedSource {
  plannedSeconds = 0;
  readonly #sources: readonly RequestSource[];
  readonly #stopSeconds: readonly number[];
  readonly #heads: RequestRecord[];
  /** Arrivals of the heads as their sources said, whatever held them back. */
  readonly #planned: Float64Array;
  readonly #held: Uint8Array;
  /** Index of the source whose head comes next; −1: none. */
  #first = -1;
  #peekSeconds = Number.POSITIVE_INFINITY;

  constructor(sources: readonly RequestSource[], stopSeconds: readonly number[]) {
    this.#sources = sources;
    this.#stopSeconds = sources.map((_, index) => stopSeconds[index] ?? Number.POSITIVE_INFINITY);
    this.#heads = sources.map(createRequestRecord);
    this.#planned = new Float64Array(sources.length);
    this.#held = new Uint8Array(sources.length);
    for (let i = 0; i < sources.length; i++) this.#pull(i, Number.NEGATIVE_INFINITY);
    this.#findFirst();
  }

  get peekSeconds(): number {
    return this.#peekSeconds;
  }

  next(into: RequestRecord): number {
    const first = this.#first;
    if (first < 0) return -1;
    const head = this.#heads[first] as RequestRecord;
    moveRequest(head, into);
    this.plannedSeconds = this.#planned[first] as number;
    this.#pull(first, into.arrivalSeconds);
    this.#findFirst();
    return first;
  }

  plannedOf(index: number): number {
    return this.#planned[index] as number;
  }

  hold(index: number): void {
    this.#held[index] = 1;
    this.#findFirst();
  }

  release(index: number, nowSeconds: number): void {
    this.#held[index] = 0;
    this.#advance(index, nowSeconds);
    this.#findFirst();
  }

  drain(index: number, beforeSeconds: number): number {
    let count = 0;
    for (; (this.#planned[index] as number) < beforeSeconds; count++) this.#pull(index, Number.NEGATIVE_INFINITY);
    this.#findFirst();
    return count;
  }

  save(): Json {
    const heads = this.#heads.map((head, i) => {
      const plannedSeconds = this.#planned[i] as number;
      return plannedSeconds === Number.POSITIVE_INFINITY ? null : [plannedSeconds, ...saved(head)];
    });
    return { heads, held: Array.from(this.#held), sources: this.#sources.map((source) => source.save()) };
  }

  restore(state: Json): void {
    const { heads, held, sources } = (state ?? {}) as { readonly [key: string]: Json };
    const isOurs = [heads, held, sources].every((list) => Array.isArray(list) && list.length === this.#heads.length);
    if (!isOurs) throw new SimError("traffic_state", Number.NaN);
    this.#held.set(held as number[]);
    this.#heads.forEach((head, i) => {
      const none = [Number.POSITIVE_INFINITY, null, 0, 0, 0, NO_MODEL, null, 0, 0];
      const [plannedSeconds, ...state] = ((heads as Json[])[i] ?? none) as [number, ...HeadState];
      restoreHead(head, state);
      this.#planned[i] = plannedSeconds;
      (this.#sources[i] as RequestSource).restore((sources as Json[])[i] as Json);
    });
    this.#findFirst();
  }

  /** Reads the next request of a source, which arrives no sooner than the one before. */
  #pull(index: number, previousSeconds: number): void {
    const head = this.#heads[index] as RequestRecord;
    if (!(this.#sources[index] as RequestSource).next(head)) head.arrivalSeconds = Number.POSITIVE_INFINITY;
    this.#planned[index] = head.arrivalSeconds;
    this.#advance(index, previousSeconds);
  }

  #advance(index: number, notBeforeSeconds: number): void {
    const head = this.#heads[index] as RequestRecord;
    if (head.arrivalSeconds < notBeforeSeconds) head.arrivalSeconds = notBeforeSeconds;
    if (head.arrivalSeconds >= (this.#stopSeconds[index] as number)) head.arrivalSeconds = Number.POSITIVE_INFINITY;
  }

  #findFirst(): void {
    this.#first = -1;
    this.#peekSeconds = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#heads.length; i++) {
      const seconds = (this.#heads[i] as RequestRecord).arrivalSeconds;
      if (seconds < this.#peekSeconds && this.#held[i] === 0) {
        this.#peekSeconds = seconds;
        this.#first = i;
      }
    }
  }
}

/** A head that comes too late for its source's end never comes: its arrival is null. */
type HeadState = [
  arrivalSeconds: number | null,
  promptTokens: number,
  outputTokens: number,
  priority: number,
  model: number,
  complexity: number,
  session: string | null,
  namespace: number,
  unitTokens: number,
  ...ids: number[],
];

function saved({ arrivalSeconds, promptTokens, outputTokens, priority, model, complexity, session, prefix }: RequestRecord): HeadState {
  const ids = prefix.ids.subarray(0, prefix.count);
  return [
    arrivalSeconds === Number.POSITIVE_INFINITY ? null : arrivalSeconds,
    promptTokens,
    outputTokens,
    priority,
    model,
    complexity,
    session ?? null,
    prefix.namespace,
    prefix.unitTokens,
    ...ids,
  ];
}

function restoreHead(head: RequestRecord, state: HeadState): void {
  const [arrivalSeconds, promptTokens, outputTokens, priority, model, complexity, session, namespace, unitTokens, ...ids] = state;
  const known = { promptTokens, outputTokens, priority, model, complexity, session: session ?? undefined };
  Object.assign(head, { arrivalSeconds: arrivalSeconds ?? Number.POSITIVE_INFINITY, ...known });
  Object.assign(head.prefix, { namespace, unitTokens, count: ids.length });
  growPrefix(head.prefix, ids.length);
  head.prefix.ids.set(ids);
}
