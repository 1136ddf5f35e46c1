import { createDecodeLine, type DecodeLine, fillDecodeLine, type LatencyModel } from "./latency/model.ts";

/** What a series of decode-only steps begins with. */
export interface DecodingContext {
  readonly sequences: number;
  /** Of the first step, the tokens being computed included. */
  readonly contextTokens: number;
  /** What the context grows by. */
  readonly tokensPerStep: number;
}

/**
 * Decode-only steps with an unchanged batch: their times form an arithmetic series, and boundary n lies at
 * `anchor + n·(first + growth·(n − 1)/2)`. This form *defines* time: it is evaluated in exactly this order of
 * operations wherever a boundary is needed, and the anchor moves only when the batch changes.
 * @param n ≥ 0; the 0-th boundary is the anchor
 */
export function boundaryOf(anchorSeconds: number, firstSeconds: number, growthSeconds: number, n: number): number {
  return anchorSeconds + n * (firstSeconds + growthSeconds * (n - 1) * 0.5);
}

/** Smallest n ≥ 0 whose boundary lies at or after a time. */
export function firstBoundaryFrom(anchorSeconds: number, firstSeconds: number, growthSeconds: number, timeSeconds: number): number {
  const x = timeSeconds - anchorSeconds;
  if (x <= 0) return 0;
  const b = firstSeconds - growthSeconds * 0.5;
  // root of n·b + n²·c/2 = x in the form without cancellation, right for c → 0; then corrected with the definition itself
  let n = Math.ceil((2 * x) / (b + Math.sqrt(b * b + 2 * growthSeconds * x)));
  while (boundaryOf(anchorSeconds, firstSeconds, growthSeconds, n) < timeSeconds) n++;
  while (n > 1 && boundaryOf(anchorSeconds, firstSeconds, growthSeconds, n - 1) >= timeSeconds) n--;
  return n;
}

/** A series of steps by itself: its anchor, first step and growth. */
export class StepSeries {
  anchorSeconds = 0;
  firstSeconds = 0;
  growthSeconds = 0;
  private readonly line = createDecodeLine();

  /**
   * Anchors a series of decode-only steps here.
   * @param factor on every step @returns steps for which it holds, ≥ 1, unless the batch changes before
   */
  start(anchorSeconds: number, latency: LatencyModel, batch: DecodingContext, factor: number): number {
    const { line } = this;
    const { contextTokens, tokensPerStep } = batch;
    fillDecodeLine(latency, batch.sequences, contextTokens, line);
    const first = line.baseSeconds + line.perContextTokenSeconds * contextTokens;
    this.set(anchorSeconds, first * factor, line.perContextTokenSeconds * tokensPerStep * factor);
    return stepsOnLine(line, contextTokens, tokensPerStep);
  }

  set(anchorSeconds: number, firstSeconds: number, growthSeconds: number): void {
    this.anchorSeconds = anchorSeconds;
    this.firstSeconds = firstSeconds;
    this.growthSeconds = growthSeconds;
  }

  /** End of the n-th step (n ≥ 0; the 0-th boundary is the anchor). */
  boundary(n: number): number {
    return boundaryOf(this.anchorSeconds, this.firstSeconds, this.growthSeconds, n);
  }

  /** Smallest n ≥ 0 whose boundary lies at or after a time. */
  firstBoundaryFrom(timeSeconds: number): number {
    return firstBoundaryFrom(this.anchorSeconds, this.firstSeconds, this.growthSeconds, timeSeconds);
  }

  /** Largest n ≥ 0 whose boundary lies at or before a time at or after the anchor. */
  lastBoundaryTo(timeSeconds: number): number {
    const n = this.firstBoundaryFrom(timeSeconds);
    return this.boundary(n) > timeSeconds ? n - 1 : n;
  }
}

/** Steps that begin on the line, ≥ 1. */
export function stepsOnLine({ endContextTokens }: DecodeLine, contextTokens: number, tokensPerStep: number): number {
  return Math.max(1, Math.ceil((endContextTokens - contextTokens) / tokensPerStep));
}
