import type { Evaluation } from "../evaluation.ts";
import type { Vector } from "../value.ts";

/** One part of a prepared query with what it remembers. The vector is valid until the part is evaluated again. */
export interface Part {
  evaluate(timeSeconds: number, evaluation: Evaluation): Vector;
}
