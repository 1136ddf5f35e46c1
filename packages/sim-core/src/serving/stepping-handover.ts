import type { TransferConfig } from "./config.ts";
import type { ReplicaListener } from "./replica.ts";
import { type RequestTable, SlotState } from "./request-table.ts";
import type { SteppingBlocks } from "./stepping-blocks.ts";
import type { Sequence } from "./stepping-sequence.ts";

/** The reference's sequences outside the batch that hold blocks: prompts kept for other replicas, prompts sent by them. */
export class SteppingHandover {
  received: Sequence[] = [];
  private kept: Sequence[] = [];
  private parting: Sequence[] = [];
  private receiving: Sequence[] = [];
  private linkFree = 0;
  private readonly table: RequestTable;
  private readonly blocks: SteppingBlocks;
  private readonly transfer: TransferConfig | undefined;

  constructor(table: RequestTable, blocks: SteppingBlocks, transfer: TransferConfig | undefined) {
    this.table = table;
    this.blocks = blocks;
    this.transfer = transfer;
  }

  get all(): readonly Sequence[] {
    return [...this.kept, ...this.parting, ...this.receiving, ...this.received];
  }

  /** On their way here, or here. */
  get coming(): readonly Sequence[] {
    return [...this.receiving, ...this.received];
  }

  get held(): number {
    return this.kept.length + this.parting.length;
  }

  get isParting(): boolean {
    return this.parting.length > 0;
  }

  /** Infinity: nothing is on its way. */
  get nextSeconds(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.receiving.map(({ slot }) => this.table.kvReadySeconds[slot] as number));
  }

  keep(sequence: Sequence): void {
    this.kept.push(sequence);
  }

  letGo(slot: number): void {
    this.parting.push(...this.kept.filter((sequence) => sequence.slot === slot));
    this.kept = this.kept.filter((sequence) => sequence.slot !== slot);
  }

  /** @param blocks that must come */
  receive(sequence: Sequence, blocks: number, nowSeconds: number): void {
    const { table, transfer } = this;
    if (transfer === undefined) throw new TypeError("an engine without a link receives nothing");
    this.linkFree = Math.max(nowSeconds, this.linkFree) + blocks * transfer.perBlockSeconds;
    table.kvReadySeconds[sequence.slot] = this.linkFree + transfer.setupSeconds;
    table.state[sequence.slot] = SlotState.Receiving;
    this.receiving.push(sequence);
  }

  /** What has been read elsewhere is free, what was sent here is here, what nobody waits for goes. */
  settle(nowSeconds: number, listener: ReplicaListener): void {
    const { table } = this;
    // one by one: with the last one a replica that drains is gone
    for (let first = this.parting.shift(); first !== undefined; first = this.parting.shift()) this.free(first, nowSeconds, listener);
    while ((table.kvReadySeconds[this.receiving[0]?.slot ?? -1] ?? Number.POSITIVE_INFINITY) <= nowSeconds) {
      const sequence = this.receiving.shift() as Sequence;
      if (table.aborted[sequence.slot] === 0) this.received.push(sequence);
      listener.received(sequence.slot, nowSeconds);
      if (table.aborted[sequence.slot] === 1) this.free(sequence, nowSeconds, listener);
    }
    for (const sequence of [...this.received]) {
      if (table.aborted[sequence.slot] === 0) continue;
      this.received = this.received.filter((other) => other !== sequence);
      this.free(sequence, nowSeconds, listener);
    }
  }

  forget(): void {
    this.kept = [];
    this.parting = [];
    this.receiving = [];
    this.received = [];
    this.linkFree = 0;
  }

  private free({ slot, blocks }: Sequence, nowSeconds: number, listener: ReplicaListener): void {
    this.blocks.release(blocks);
    listener.released(slot, nowSeconds);
  }
}
