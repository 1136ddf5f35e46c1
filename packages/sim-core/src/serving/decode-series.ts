import type { ReplicaListener } from "./replica.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import { boundaryOf, firstBoundaryFrom } from "./step-series.ts";

/**
 * The decode-only steps of each replica since its batch last changed, on its step counter: when they end, and the gaps between
 * tokens they make. One gap per sequence and step, however many tokens the step brings: what vLLM's inter-token latency shows.
 */
export class DecodeSeries {
  private readonly columns: ReplicaColumns;
  private readonly listener: ReplicaListener;

  constructor(columns: ReplicaColumns, listener: ReplicaListener) {
    this.columns = columns;
    this.listener = listener;
  }

  /** A new batch decodes from now on. */
  open(row: number, nowSeconds: number, firstSeconds: number, growthSeconds: number): void {
    const { columns } = this;
    columns.anchorSeconds[row] = nowSeconds;
    columns.firstSeconds[row] = firstSeconds;
    columns.growthSeconds[row] = growthSeconds;
    columns.anchorStep[row] = columns.step[row] as number;
    columns.isOpen[row] = 1;
  }

  /** The batch is about to change: reports the gaps so far. The next series gets a new anchor. */
  close(row: number): void {
    const { columns } = this;
    if (columns.isOpen[row] === 0) return;
    columns.isOpen[row] = 0;
    const steps = (columns.step[row] as number) - (columns.anchorStep[row] as number);
    if (steps <= 0) return;
    this.listener.gaps(
      columns.index[row] as number,
      columns.firstSeconds[row] as number,
      columns.growthSeconds[row] as number,
      steps,
      columns.sequences[row] as number,
    );
  }

  /** When a step of the counter ends. */
  endOf(row: number, step: number): number {
    const { anchorSeconds, firstSeconds, growthSeconds, anchorStep } = this.columns;
    const n = step - (anchorStep[row] as number);
    return boundaryOf(anchorSeconds[row] as number, firstSeconds[row] as number, growthSeconds[row] as number, n);
  }

  /** The first step that ends at or after a time. */
  firstStepFrom(row: number, timeSeconds: number): number {
    const { anchorSeconds, firstSeconds, growthSeconds, anchorStep } = this.columns;
    const anchor = anchorSeconds[row] as number;
    const n = firstBoundaryFrom(anchor, firstSeconds[row] as number, growthSeconds[row] as number, timeSeconds);
    return (anchorStep[row] as number) + n;
  }

  /** The last step that ends at or before a time at or after the anchor. */
  lastStepTo(row: number, timeSeconds: number): number {
    const step = this.firstStepFrom(row, timeSeconds);
    return this.endOf(row, step) > timeSeconds ? step - 1 : step;
  }
}
