import type { SetOperator } from "./ast.ts";
import type { Labels } from "./series.ts";
import { emptyVector, push, type Vector } from "./value.ts";

/** Evaluates `and`, `or` or `unless`; `keyOf` gives the interned labels that elements are matched by. */
export function combineSets(operator: SetOperator, left: Vector, right: Vector, keyOf: (labels: Labels) => Labels): Vector {
  switch (operator) {
    case "and":
      return filter(left, keysOf(right, keyOf), keyOf, true);
    case "unless":
      return filter(left, keysOf(right, keyOf), keyOf, false);
    case "or": {
      const additions = filter(right, keysOf(left, keyOf), keyOf, false);
      return { labels: [...left.labels, ...additions.labels], values: [...left.values, ...additions.values] };
    }
  }
}

function keysOf({ labels }: Vector, keyOf: (labels: Labels) => Labels): Set<Labels> {
  return new Set(labels.map(keyOf));
}

function filter({ labels, values }: Vector, keys: ReadonlySet<Labels>, keyOf: (labels: Labels) => Labels, wanted: boolean): Vector {
  const kept = emptyVector();
  for (let element = 0; element < labels.length; element++) {
    const set = labels[element] ?? {};
    if (keys.has(keyOf(set)) === wanted) push(kept, set, values[element] ?? Number.NaN);
  }
  return kept;
}
