import type { Decoding } from "./decoding-batch.ts";
import type { LatencyModel } from "./latency/model.ts";
import type { ReplicaListener } from "./replica.ts";
import { StepSeries } from "./step-series.ts";

/**
 * The decode-only steps since the batch last changed, on the replica's step counter: when they end, and the gaps between
 * tokens they make. One gap per sequence and step, however many tokens the step brings: what vLLM's inter-token latency shows.
 */
export class DecodeSeries {
  /** Whether the batch is still the one the series began with. */
  isOpen = false;
  anchorStep = 0;
  /** Step from which the latency model's line no longer holds, and a new anchor is needed. */
  endStep: number = Number.POSITIVE_INFINITY;
  readonly steps: StepSeries = new StepSeries();
  private readonly index: number;
  private readonly decoding: Decoding;
  private readonly listener: ReplicaListener;

  constructor(index: number, decoding: Decoding, listener: ReplicaListener) {
    this.index = index;
    this.decoding = decoding;
    this.listener = listener;
  }

  /** The batch decodes from now on, on one line of its latency model. @param factor on every step */
  open(nowSeconds: number, latency: LatencyModel, factor: number): void {
    const { decoding } = this;
    this.endStep = decoding.step + this.steps.start(nowSeconds, latency, decoding, factor);
    this.anchorStep = decoding.step;
    this.isOpen = true;
  }

  /** The batch is about to change: reports the gaps so far. The next series gets a new anchor. */
  close(): void {
    if (!this.isOpen) return;
    const steps = this.decoding.step - this.anchorStep;
    if (steps > 0) this.listener.gaps(this.index, this.steps.firstSeconds, this.steps.growthSeconds, steps, this.decoding.sequences);
    this.isOpen = false;
  }

  /** When a step of the counter ends. */
  endOf(step: number): number {
    return this.steps.boundary(step - this.anchorStep);
  }

  /** The first step that ends at or after a time. */
  firstStepFrom(timeSeconds: number): number {
    return this.anchorStep + this.steps.firstBoundaryFrom(timeSeconds);
  }

  /** The last step that ends at or before a time at or after the anchor. */
  lastStepTo(timeSeconds: number): number {
    return this.anchorStep + this.steps.lastBoundaryTo(timeSeconds);
  }

  /** Anchor, first step, growth, step of the anchor, whether open, step at which the line ends. */
  save(): readonly number[] {
    const { anchorSeconds, firstSeconds, growthSeconds } = this.steps;
    return [anchorSeconds, firstSeconds, growthSeconds, this.anchorStep, this.isOpen ? 1 : 0, this.endStep];
  }

  restore(state: readonly number[]): void {
    const [anchor, first, growth, step, isOpen, end] = state as readonly [number, number, number, number, number, number];
    this.steps.set(anchor, first, growth);
    this.anchorStep = step;
    this.isOpen = isOpen === 1;
    this.endStep = end;
  }
}
