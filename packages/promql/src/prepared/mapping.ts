import { type Binary, type Call, isComparison, type Unary } from "../ast.ts";
import { arithmetic, compare, isScalar } from "../binary.ts";
import { dropName, type Evaluation, requireDistinct } from "../evaluation.ts";
import { argument, scalarArguments } from "../functions/call.ts";
import { ELEMENT_FUNCTIONS, type ElementFunction } from "../functions/element-functions.ts";
import type { Labels } from "../series.ts";
import type { Vector } from "../value.ts";
import { Derived, sameOr, VectorBuffer } from "./buffer.ts";
import type { Part } from "./part.ts";

/** Labels of results that have lost their metric name; looked at only when elements have come or gone. */
export class UnnamedLabels {
  private readonly derived = new Derived<Labels[]>();
  private last: Labels[] | undefined;

  /** @throws PromqlError of kind `exec` when two elements become one. */
  of(labels: readonly Labels[], where: Binary | Call | Unary, evaluation: Evaluation): Labels[] {
    this.last = this.derived.of(labels, (named) => {
      const unnamed = named.map((set) => dropName(evaluation, set));
      return sameOr(this.last, requireDistinct({ labels: unnamed, values: [] }, where).labels);
    });
    return this.last;
  }
}

/** A function of each element by itself. */
export class ElementsPart implements Part {
  private readonly call: Call;
  private readonly apply: ElementFunction;
  private readonly unnamed = new UnnamedLabels();
  private readonly values: number[] = [];

  constructor(call: Call) {
    const apply = ELEMENT_FUNCTIONS.get(call.name);
    if (apply === undefined) throw new Error(`no element function: ${call.name}`);
    this.call = call;
    this.apply = apply;
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const { call, values } = this;
    const scalars = scalarArguments(call, timeSeconds, evaluation);
    const [min = 0, max = 0] = scalars;
    if (call.name === "clamp" && max < min) return { labels: [], values: [] };
    const vector = evaluation.vector(argument(call, 0), timeSeconds);
    for (let element = 0; element < vector.values.length; element++)
      values[element] = this.apply(vector.values[element] as number, scalars);
    values.length = vector.values.length;
    return { labels: this.unnamed.of(vector.labels, call, evaluation), values };
  }
}

/** A vector with a scalar on one side. */
export class ScaledPart implements Part {
  private readonly binary: Binary;
  private readonly scalarIsLeft: boolean;
  private readonly unnamed = new UnnamedLabels();
  private readonly buffer = new VectorBuffer();
  private readonly values: number[] = [];

  constructor(binary: Binary) {
    this.binary = binary;
    this.scalarIsLeft = isScalar(binary.left);
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const { left, right, operator, returnBool } = this.binary;
    // the vector side last or first, as written: errors come in the same order
    const before = this.scalarIsLeft ? evaluation.scalar(left, timeSeconds) : 0;
    const vector = evaluation.vector(this.scalarIsLeft ? right : left, timeSeconds);
    const scalar = this.scalarIsLeft ? before : evaluation.scalar(right, timeSeconds);
    if (isComparison(operator) && !returnBool) return this.filter(vector, scalar);
    const { values } = this;
    for (let element = 0; element < vector.values.length; element++) {
      const value = vector.values[element] as number;
      const [first, second] = this.scalarIsLeft ? [scalar, value] : [value, scalar];
      values[element] = compare(operator, first, second) ?? arithmetic(operator, first, second);
    }
    values.length = vector.values.length;
    return { labels: this.unnamed.of(vector.labels, this.binary, evaluation), values };
  }

  private filter({ labels, values }: Vector, scalar: number): Vector {
    const { buffer, scalarIsLeft } = this;
    const { operator } = this.binary;
    buffer.begin();
    for (let element = 0; element < values.length; element++) {
      const value = values[element] as number;
      const holds = scalarIsLeft ? compare(operator, scalar, value) : compare(operator, value, scalar);
      if (holds === 1) buffer.push(labels[element] as Labels, value);
    }
    return buffer.finish();
  }
}
