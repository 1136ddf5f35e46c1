import { SimError } from "../errors.ts";
import type { RequestTable } from "./request-table.ts";

/** One KV block of the reference. */
export interface SteppingBlock {
  /** What it caches; undefined: nothing that could be hit. */
  name: string | undefined;
  /** Sequences that use it. */
  users: number;
}

/** The reference's KV cache: every block an object, the free ones in a queue in the order in which they were freed. */
export class SteppingBlocks {
  private readonly all: readonly SteppingBlock[];
  /** In the order in which they were put in. */
  private free: Set<SteppingBlock>;
  private readonly cached = new Map<string, SteppingBlock>();

  constructor(blocks: number) {
    this.all = Array.from({ length: blocks }, () => ({ name: undefined, users: 0 }));
    this.free = new Set(this.all);
  }

  get freeCount(): number {
    return this.free.size;
  }

  /** The cached blocks at the start of a list of names. */
  find(names: readonly string[]): readonly SteppingBlock[] {
    const found: SteppingBlock[] = [];
    for (const name of names) {
      const block = this.cached.get(name);
      if (block === undefined) break;
      found.push(block);
    }
    return found;
  }

  /** Whether so many new blocks can be had along with these cached ones. */
  hasRoom(newBlocks: number, hits: readonly SteppingBlock[]): boolean {
    return newBlocks + hits.filter(({ users }) => users === 0).length <= this.free.size;
  }

  share(hits: readonly SteppingBlock[]): void {
    for (const block of hits) {
      this.free.delete(block);
      block.users++;
    }
  }

  /** Only when there is room. */
  take(blocks: number): SteppingBlock[] {
    const taken: SteppingBlock[] = [];
    for (const block of this.free) {
      if (taken.length === blocks) break;
      taken.push(block);
    }
    for (const block of taken) {
      this.free.delete(block);
      block.users = 1;
      if (block.name !== undefined) this.cached.delete(block.name);
      block.name = undefined;
    }
    return taken;
  }

  /** Names a sequence's blocks from one of them on, until another block caches that already. @returns how many are named */
  name(blocks: readonly SteppingBlock[], names: readonly string[], from: number): number {
    for (let i = from; i < names.length; i++) {
      const name = names[i] as string;
      if (this.cached.has(name)) return i;
      const block = blocks[i] as SteppingBlock;
      block.name = name;
      this.cached.set(name, block);
    }
    return Math.max(from, names.length);
  }

  /** A sequence gives back its blocks, the last one first. */
  release(blocks: readonly SteppingBlock[]): void {
    for (const block of [...blocks].reverse()) if (--block.users === 0) this.free.add(block);
  }

  forget(): void {
    this.cached.clear();
    for (const block of this.all) Object.assign(block, { name: undefined, users: 0 });
    this.free = new Set(this.all);
  }

  /** Every block is either free or in use, by as many sequences as hold it; every cached one says so. @throws SimError `kv_blocks_not_conserved` */
  check(held: readonly (readonly SteppingBlock[])[], nowSeconds: number): void {
    const users = new Map<SteppingBlock, number>();
    for (const blocks of held) for (const block of blocks) users.set(block, (users.get(block) ?? 0) + 1);
    let named = 0;
    let isRight = users.size + this.free.size === this.all.length;
    for (const block of this.all) {
      if (block.name !== undefined) named++;
      isRight &&= block.users === (users.get(block) ?? 0) && this.free.has(block) === (block.users === 0);
      isRight &&= block.name === undefined || this.cached.get(block.name) === block;
    }
    if (!isRight || named !== this.cached.size)
      throw new SimError("kv_blocks_not_conserved", nowSeconds, { used: users.size, free: this.free.size, all: this.all.length });
  }
}

/** Names of the full blocks of a prompt that others may share, within its first `tokens` tokens. */
export function blockNames(table: RequestTable, slot: number, blockTokens: number, tokens: number): readonly string[] {
  const unitTokens = table.prefixUnitTokens[slot] as number;
  const count = table.prefixCount[slot] as number;
  if (count === 0) return [];
  const named = Math.min(tokens, table.promptTokens[slot] as number, count * unitTokens);
  return Array.from({ length: Math.floor(named / blockTokens) }, (_, block) => {
    const unit = Math.floor(((block + 1) * blockTokens - 1) / unitTokens);
    return `${table.prefixes.values[(table.prefixStart[slot] as number) + unit]}/${block}`;
  });
}
