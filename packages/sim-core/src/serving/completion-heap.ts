import { SlotHeap } from "./slot-heap.ts";

/** Decoding sequences ordered by (step of their last token, order of admission). */
export class CompletionHeap extends SlotHeap {
  protected isBefore(a: number, b: number): boolean {
    const { finishStep, admission } = this.table;
    const difference = (finishStep[a] as number) - (finishStep[b] as number);
    return difference < 0 || (difference === 0 && (admission[a] as number) < (admission[b] as number));
  }
}
