import alea from "seedrandom/lib/alea.js";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";

/** A source of chance for one concern. */
export interface Stream {
  readonly name: string;
  /** The next number in [0, 1), with 53 random bits. */
  uniform(): number;
}

/** State of the generator. */
export type AleaState = ReturnType<ReturnType<typeof alea>["state"]>;
type StreamState = readonly [name: string, c: number, s0: number, s1: number, s2: number];

/** Lowest bit of a number with 32 random bits. */
const UNIT_32 = 2.3283064365386963e-10;
/** Lowest bit of a number with 53 random bits. */
const UNIT_53 = 1.1102230246251565e-16;
const HIGH_21_BITS = 0x200000;

/** The library seeds the generator; its recurrence stands here, because most of what a request costs to draw is spent in it. */
class AleaStream implements Stream {
  readonly name: string;
  private readonly seed: string;
  private c = 1;
  private s0 = 0.5;
  private s1 = 0.5;
  private s2 = 0.5;

  constructor(name: string, seed: string) {
    this.name = name;
    this.seed = seed;
    this.reset();
  }

  uniform(): number {
    const { s0, s1, s2 } = this;
    const high = 2091639 * s0 + this.c * UNIT_32;
    const carry = high | 0;
    const low = 2091639 * s1 + carry * UNIT_32;
    const c = low | 0;
    this.s0 = s2;
    this.s1 = high - carry;
    this.s2 = low - c;
    this.c = c;
    return high - carry + (((low - c) * HIGH_21_BITS) | 0) * UNIT_53;
  }

  save(): StreamState {
    return [this.name, this.c, this.s0, this.s1, this.s2];
  }

  /** Back to its first number. */
  reset(): void {
    const { c, s0, s1, s2 } = alea(this.seed, { state: true }).state();
    this.restore([this.name, c, s0, s1, s2]);
  }

  restore([, c, s0, s1, s2]: StreamState): void {
    this.c = c;
    this.s0 = s0;
    this.s1 = s1;
    this.s2 = s2;
  }
}

/**
 * The named streams of one run. What a stream yields depends on the seed and its name alone: not on which other
 * streams exist, nor on the order in which they are first used.
 * @see Baagøe, "Better random numbers for JavaScript", 2010 (Alea), as seedrandom has it
 */
export class Streams {
  readonly seed: string;
  readonly #byName = new Map<string, AleaStream>();

  constructor(seed: string) {
    this.seed = seed;
  }

  /** The stream of that name, always the same object; it stays valid over `restore`. */
  get(name: string): Stream {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const created = new AleaStream(name, this.#seedOf(name));
    this.#byName.set(name, created);
    return created;
  }

  /**
   * The first number of a stream that is not kept: for a concern per request, so that memory does not grow with the
   * number of requests.
   */
  once(name: string): number {
    return alea(this.#seedOf(name), { state: true }).double();
  }

  /** Where a stream begins, for a stream that its user keeps: see `StreamColumns`. */
  seedState(name: string): AleaState {
    return alea(this.#seedOf(name), { state: true }).state();
  }

  /** States of all streams in use, by name. */
  save(): Json {
    const states = [...this.#byName.values()].map((stream) => stream.save());
    return states.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  /**
   * Puts every stream where it was; streams that were not in use then start afresh.
   * @throws SimError `stream_state` when the state is none of `save`
   */
  restore(state: Json): void {
    const states = parseStates(state);
    for (const stream of this.#byName.values()) stream.reset();
    for (const entry of states) (this.get(entry[0]) as AleaStream).restore(entry);
  }

  /** The length in front keeps ("ab", "c") and ("a", "bc") apart. */
  #seedOf(name: string): string {
    return `${this.seed.length}:${this.seed}/${name}`;
  }
}

/** Streams for a run with this seed. */
export function createStreams(seed: string): Streams {
  return new Streams(seed);
}

function parseStates(state: Json): readonly StreamState[] {
  if (!Array.isArray(state)) throw new SimError("stream_state", Number.NaN);
  return state.map((entry: Json) => {
    if (!Array.isArray(entry) || entry.length !== 5 || typeof entry[0] !== "string" || !entry.slice(1).every(Number.isFinite)) {
      throw new SimError("stream_state", Number.NaN, { entry });
    }
    return entry as unknown as StreamState;
  });
}
