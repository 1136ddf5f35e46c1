import { labelValue } from "../labels.ts";
import type { Vector } from "../value.ts";

/** Orders elements by value, NaN last. */
export function sortByValue(vector: Vector, descending: boolean): Vector {
  const sign = descending ? -1 : 1;
  return reorder(vector, (left, right) => {
    const [first, second] = [vector.values[left] ?? Number.NaN, vector.values[right] ?? Number.NaN];
    if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    return first === second ? 0 : sign * (first < second ? -1 : 1);
  });
}

/** Orders elements by the values of labels in natural order (`a2` before `a10`), then by the whole label set. */
export function sortByLabels(vector: Vector, names: readonly string[], descending: boolean): Vector {
  const sign = descending ? -1 : 1;
  return reorder(vector, (left, right) => {
    const [first = {}, second = {}] = [vector.labels[left], vector.labels[right]];
    for (const name of [...names, ...Object.keys({ ...first, ...second }).sort()]) {
      const order = compareNaturally(labelValue(first, name), labelValue(second, name));
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

function reorder({ labels, values }: Vector, compare: (left: number, right: number) => number): Vector {
  const order = [...labels.keys()].sort((left, right) => compare(left, right));
  return { labels: order.map((index) => labels[index] ?? {}), values: order.map((index) => values[index] ?? Number.NaN) };
}

function compareNaturally(left: string, right: string): number {
  const lefts = left.match(/\d+|\D+/g) ?? [];
  const rights = right.match(/\d+|\D+/g) ?? [];
  for (let part = 0; part < Math.min(lefts.length, rights.length); part++) {
    const order = compareParts(lefts[part] ?? "", rights[part] ?? "");
    if (order !== 0) return order;
  }
  return lefts.length - rights.length;
}

function compareParts(left: string, right: string): number {
  if (/^\d/.test(left) && /^\d/.test(right)) {
    const [first, second] = [BigInt(left), BigInt(right)];
    if (first !== second) return first < second ? -1 : 1;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}
