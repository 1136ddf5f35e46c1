import type { RouterState } from "./router.ts";

/** Blocks remembered of each replica. @see llm-d router, lruCapacityPerServer, default 31250 */
const CAPACITY_BLOCKS = 31_250;

/**
 * Which prefixes the gateway has sent to which replica, the most recently sent ones: its guess of what their caches
 * hold. The real index keeps block hashes; here a prefix is forgotten as a whole.
 */
export class PrefixIndex {
  /** Blocks by prefix key, the longest unused first, per replica. */
  private readonly byReplica = new Map<number, Map<number, number>>();
  private readonly sizes = new Map<number, number>();
  /** Replicas that were sent a prefix. */
  private readonly holders = new Map<number, number[]>();
  private readonly capacityBlocks: number;

  constructor(capacityBlocks: number = CAPACITY_BLOCKS) {
    this.capacityBlocks = capacityBlocks;
  }

  /** Blocks of a prefix that a replica was sent; 0 when it is not remembered. */
  blocks(replica: number, key: number): number {
    return this.byReplica.get(replica)?.get(key) ?? 0;
  }

  /** Replicas that were sent a prefix, in order of index. */
  holdersOf(key: number): readonly number[] {
    return this.holders.get(key) ?? [];
  }

  /** A prompt with this prefix was sent to a replica. */
  record(replica: number, key: number, blocks: number): void {
    if (blocks <= 0) return;
    const known = this.entriesOf(replica);
    const before = known.get(key) ?? 0;
    if (before === 0) this.hold(replica, key);
    known.delete(key);
    known.set(key, Math.max(before, blocks));
    let size = (this.sizes.get(replica) as number) + Math.max(before, blocks) - before;
    for (const [oldest, count] of known) {
      if (size <= this.capacityBlocks || oldest === key) break;
      known.delete(oldest);
      this.release(replica, oldest);
      size -= count;
    }
    this.sizes.set(replica, size);
  }

  /** The replica is no candidate any more; should it come back, its cache is empty. */
  forget(replica: number): void {
    for (const key of this.byReplica.get(replica)?.keys() ?? []) this.release(replica, key);
    this.byReplica.delete(replica);
    this.sizes.delete(replica);
  }

  save(): RouterState {
    return [...this.byReplica].map(([replica, entries]) => [replica, ...[...entries].flat()]);
  }

  restore(state: RouterState): void {
    for (const [replica, ...entries] of state) {
      for (let i = 0; i < entries.length; i += 2) this.record(replica as number, entries[i] as number, entries[i + 1] as number);
    }
  }

  private entriesOf(replica: number): Map<number, number> {
    const known = this.byReplica.get(replica);
    if (known !== undefined) return known;
    const created = new Map<number, number>();
    this.byReplica.set(replica, created);
    this.sizes.set(replica, 0);
    return created;
  }

  private hold(replica: number, key: number): void {
    const holders = this.holders.get(key);
    if (holders === undefined) this.holders.set(key, [replica]);
    else {
      const position = holders.findIndex((other) => other > replica);
      holders.splice(position < 0 ? holders.length : position, 0, replica);
    }
  }

  private release(replica: number, key: number): void {
    const holders = this.holders.get(key);
    if (holders === undefined) return;
    holders.splice(holders.indexOf(replica), 1);
    if (holders.length === 0) this.holders.delete(key);
  }
}
