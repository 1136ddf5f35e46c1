import type { Binary } from "../ast.ts";
import { indexPartners, joinLabels, matchKey, operate, requireUnmatched } from "../binary.ts";
import type { Evaluation } from "../evaluation.ts";
import type { Labels } from "../series.ts";
import type { Vector } from "../value.ts";
import { sameOr } from "./buffer.ts";
import type { Part } from "./part.ts";

/** Which elements of two vectors belong together, in the order of the side that may have many. */
interface Pairs {
  readonly many: Int32Array;
  readonly one: Int32Array;
  readonly labels: Labels[];
}

/** Arithmetic of two vectors, or their comparison with `bool`: who belongs to whom is found anew only when elements have come or gone. */
export class JoiningPart implements Part {
  private readonly binary: Binary;
  private readonly values: number[] = [];
  private left: readonly Labels[] | undefined;
  private right: readonly Labels[] | undefined;
  private pairs: Pairs | undefined;

  constructor(binary: Binary) {
    this.binary = binary;
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const { binary, values } = this;
    const left = evaluation.vector(binary.left, timeSeconds);
    const right = evaluation.vector(binary.right, timeSeconds);
    const swapped = binary.matching?.many === "right";
    const [many, one] = swapped ? [right, left] : [left, right];
    const pairs = this.pairsOf(left, right, many, one, evaluation);
    for (let i = 0; i < pairs.many.length; i++) {
      const value = many.values[pairs.many[i] as number] as number;
      const other = one.values[pairs.one[i] as number] as number;
      values[i] = (swapped ? operate(binary, other, value) : operate(binary, value, other)) as number;
    }
    values.length = pairs.many.length;
    return { labels: pairs.labels, values };
  }

  private pairsOf(left: Vector, right: Vector, many: Vector, one: Vector, evaluation: Evaluation): Pairs {
    if (this.pairs !== undefined && this.left === left.labels && this.right === right.labels) return this.pairs;
    // what fails is tried again, and fails again
    this.left = undefined;
    this.pairs = this.pair(many.labels, one, evaluation);
    this.left = left.labels;
    this.right = right.labels;
    return this.pairs;
  }

  private pair(many: readonly Labels[], one: Vector, evaluation: Evaluation): Pairs {
    const { binary } = this;
    const found = { many: [] as number[], one: [] as number[], labels: [] as Labels[] };
    if (many.length > 0 && one.labels.length > 0) {
      const partners = indexPartners(binary, one, evaluation);
      const matched = new Set<Labels>();
      many.forEach((labels, element) => {
        const key = matchKey(binary, labels, evaluation);
        const partner = partners.get(key);
        if (partner === undefined) return;
        const joined = joinLabels(binary, labels, one.labels[partner] ?? {}, evaluation);
        requireUnmatched(binary, matched, binary.matching?.many ? joined : key);
        found.many.push(element);
        found.one.push(partner);
        found.labels.push(joined);
      });
    }
    return { many: Int32Array.from(found.many), one: Int32Array.from(found.one), labels: sameOr(this.pairs?.labels, found.labels) };
  }
}
