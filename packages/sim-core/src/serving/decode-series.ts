import type { Decoding } from "./decoding-batch.ts";
import { createDecodeLine, fillDecodeLine, type LatencyModel } from "./latency/model.ts";
import type { ReplicaListener } from "./replica.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import { boundaryOf, firstBoundaryFrom, stepsOnLine } from "./step-series.ts";

/**
 * The decode-only steps of each replica since its batch last changed, on its step counter: when they end, and the gaps between
 * tokens they make. One gap per sequence and step, however many tokens the step brings: what vLLM's inter-token latency shows.
 */
export class DecodeSeries {
  private readonly columns: ReplicaColumns;
  private readonly decoding: Decoding;
  private readonly listener: ReplicaListener;
  private readonly line = createDecodeLine();

  constructor(columns: ReplicaColumns, decoding: Decoding, listener: ReplicaListener) {
    this.columns = columns;
    this.decoding = decoding;
    this.listener = listener;
  }

  /** The batch decodes from now on, on one line of its latency model. @param factor on every step */
  open(row: number, nowSeconds: number, latency: LatencyModel, factor: number): void {
    const { columns, line } = this;
    const step = columns.step[row] as number;
    const contextTokens = this.decoding.contextTokens(row);
    const tokensPerStep = this.decoding.tokensPerStep(row);
    fillDecodeLine(latency, columns.sequences[row] as number, contextTokens, line);
    const first = line.baseSeconds + line.perContextTokenSeconds * contextTokens;
    columns.anchorSeconds[row] = nowSeconds;
    columns.firstSeconds[row] = first * factor;
    columns.growthSeconds[row] = line.perContextTokenSeconds * tokensPerStep * factor;
    columns.lineEndStep[row] = step + stepsOnLine(line, contextTokens, tokensPerStep);
    columns.anchorStep[row] = step;
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
