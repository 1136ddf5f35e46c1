import type { VectorSelector } from "../ast.ts";
import type { Evaluation } from "../evaluation.ts";
import { noteSample, shiftTime } from "../selectors.ts";
import { snapSeconds } from "../time.ts";
import type { Vector } from "../value.ts";
import { VectorBuffer } from "./buffer.ts";
import type { Part } from "./part.ts";
import { SliceReader } from "./slices.ts";

/** An instant selector. */
export class InstantPart implements Part {
  private readonly selector: VectorSelector;
  private readonly slices: SliceReader;
  private readonly buffer = new VectorBuffer();

  constructor(selector: VectorSelector) {
    this.selector = selector;
    this.slices = new SliceReader(selector);
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const { buffer, slices } = this;
    const until = shiftTime(this.selector, timeSeconds, evaluation);
    const selected = slices.select(snapSeconds(until - evaluation.lookbackSeconds), until, evaluation);
    buffer.begin();
    for (let place = 0; place < selected.length; place++) {
      const slice = selected[place];
      if (slice === undefined || !slices.accepts(slice, place, evaluation)) continue;
      const index = slice.to - 1;
      if (index < slice.from || slice.stale[index] === 1) continue;
      noteSample(slice.times[index], evaluation);
      buffer.push(slice.labels, slice.values[index] ?? Number.NaN);
    }
    return buffer.finish();
  }
}
