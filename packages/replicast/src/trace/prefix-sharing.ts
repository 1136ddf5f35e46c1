/** What an unlimited prefix cache would have found. */
export interface PrefixSharing {
  /** Ids of all prompts together. */
  readonly blocks: number;
  /** Part of them that the cache would have held: those in front whose every predecessor was held, too; 0…1. */
  readonly sharedBlocks: number;
  /** Part of the requests that share more than their first id, which may be a system prompt of all; 0…1. */
  readonly requestsBeyondFirst: number;
}

/** Counts shared beginnings; remembers every different id. */
export class PrefixCounter {
  readonly #seen = new Set<number>();
  #requests = 0;
  #blocks = 0;
  #shared = 0;
  #beyondFirst = 0;

  add(ids: readonly number[]): void {
    let hits = 0;
    while (hits < ids.length && this.#seen.has(ids[hits] as number)) hits++;
    for (let i = hits; i < ids.length; i++) this.#seen.add(ids[i] as number);
    this.#requests++;
    this.#blocks += ids.length;
    this.#shared += hits;
    if (hits > 1) this.#beyondFirst++;
  }

  /** Undefined when no prompt had ids. */
  result(): PrefixSharing | undefined {
    if (this.#blocks === 0) return undefined;
    return { blocks: this.#blocks, sharedBlocks: this.#shared / this.#blocks, requestsBeyondFirst: this.#beyondFirst / this.#requests };
  }
}
