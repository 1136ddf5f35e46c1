import type { Aggregate } from "../ast.ts";
import { evaluateVector } from "../evaluate.ts";
import type { Evaluation } from "../evaluation.ts";
import type { Labels } from "../series.ts";
import type { Vector } from "../value.ts";
import { Derived, sameOr } from "./buffer.ts";
import type { Part } from "./part.ts";

/** Which group each element of a vector belongs to. */
interface Groups {
  readonly labels: Labels[];
  readonly groupOf: Int32Array;
  readonly sizes: Int32Array;
}

/** Operators whose result is gathered in one pass over the elements. */
export const ONE_PASS: ReadonlySet<string> = new Set(["sum", "avg", "count", "group", "min", "max"]);

/** An aggregation in one pass over numbers: the labels are looked at only when elements have come or gone. */
export class GroupingPart implements Part {
  private readonly node: Aggregate;
  private readonly groups = new Derived<Groups>();
  private last: Groups | undefined;
  private readonly values: number[] = [];
  private readonly compensations: number[] = [];

  constructor(node: Aggregate) {
    this.node = node;
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const vector = evaluation.vector(this.node.expression, timeSeconds);
    const groups = this.groups.of(vector.labels, (labels) => this.group(labels, evaluation));
    this.last = groups;
    switch (this.node.operator) {
      case "count":
        return { labels: groups.labels, values: this.fill(groups, (group) => groups.sizes[group] ?? 0) };
      case "group":
        return { labels: groups.labels, values: this.fill(groups, () => 1) };
      case "min":
      case "max":
        return { labels: groups.labels, values: this.extremes(groups, vector.values, this.node.operator === "max") };
      default:
        return this.sums(groups, vector.values) ?? evaluateVector(this.node, timeSeconds, evaluation);
    }
  }

  private group(labels: readonly Labels[], { query }: Evaluation): Groups {
    const selection = query.groupings.get(this.node);
    if (!selection) throw new Error("aggregation of another query");
    const positions = new Map<Labels, number>();
    const sizes: number[] = [];
    const groupOf = Int32Array.from(labels, (set) => {
      const key = query.store.project(set, selection);
      let position = positions.get(key);
      if (position === undefined) {
        position = positions.size;
        positions.set(key, position);
      }
      sizes[position] = (sizes[position] ?? 0) + 1;
      return position;
    });
    return { labels: sameOr(this.last?.labels, [...positions.keys()]), groupOf, sizes: Int32Array.from(sizes) };
  }

  private fill({ sizes }: Groups, read: (group: number) => number): number[] {
    for (let group = 0; group < sizes.length; group++) this.values[group] = read(group);
    this.values.length = sizes.length;
    return this.values;
  }

  /** The best value of each group, the first of equals; numbers are better than NaN. */
  private extremes(groups: Groups, values: readonly number[], largest: boolean): number[] {
    const bests = this.fill(groups, () => Number.NaN);
    const { groupOf } = groups;
    for (let element = 0; element < groupOf.length; element++) {
      const group = groupOf[element] as number;
      const value = values[element] as number;
      const best = bests[group] as number;
      if ((largest ? value > best : value < best) || Number.isNaN(best)) bests[group] = value;
    }
    return bests;
  }

  /** Sums after Kahan and Neumaier, or means; undefined where a sum is not finite, which a mean has to go about differently. */
  private sums(groups: Groups, values: readonly number[]): Vector | undefined {
    const sums = this.fill(groups, () => 0);
    const { groupOf, sizes, labels } = groups;
    const { compensations } = this;
    for (let group = 0; group < sizes.length; group++) compensations[group] = 0;
    for (let element = 0; element < groupOf.length; element++) {
      const group = groupOf[element] as number;
      const value = values[element] as number;
      const sum = sums[group] as number;
      const total = sum + value;
      const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
      compensations[group] = (compensations[group] as number) + lost;
      sums[group] = total;
    }
    const isMean = this.node.operator === "avg";
    for (let group = 0; group < sizes.length; group++) {
      const sum = sums[group] as number;
      if (!Number.isFinite(sum)) return undefined;
      const compensation = compensations[group] as number;
      const size = sizes[group] as number;
      sums[group] = isMean ? sum / size + compensation / size : sum + compensation;
    }
    return { labels, values: sums };
  }
}
