import alea from "seedrandom/lib/alea.js";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";

/** A source of chance for one concern. */
export interface Stream {
  readonly name: string;
  /** The next number in [0, 1), with 53 random bits. */
  uniform(): number;
}

type Generator = ReturnType<typeof alea>;
/** State of the generator. */
export type AleaState = ReturnType<Generator["state"]>;
type StreamState = readonly [name: string, c: number, s0: number, s1: number, s2: number];

class AleaStream implements Stream {
  readonly name: string;
  readonly #seed: string;
  #generator: Generator;

  constructor(name: string, seed: string) {
    this.name = name;
    this.#seed = seed;
    this.#generator = alea(seed, { state: true });
  }

  uniform(): number {
    return this.#generator.double();
  }

  save(): StreamState {
    const { c, s0, s1, s2 } = this.#generator.state();
    return [this.name, c, s0, s1, s2];
  }

  /** Back to its first number. */
  reset(): void {
    this.#generator = alea(this.#seed, { state: true });
  }

  restore([, c, s0, s1, s2]: StreamState): void {
    this.#generator = alea("", { state: { c, s0, s1, s2 } });
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
