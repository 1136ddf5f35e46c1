/** Reflection, expansion, contraction and shrinking of the simplex. @see Nelder and Mead, "A simplex method for function minimization", 1965 */
const EXPANSION = 2;
const HALF = 0.5;
/** A simplex is done when its best and worst values differ by less than this share. */
const SPREAD_MIN = 1e-12;
const STEPS_PER_DIMENSION = 200;

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

/** Bounds of each coordinate; what falls outside is moved to the bound. */
export type Box = readonly (readonly [least: number, most: number])[];

/**
 * A local minimum within a box by the method of Nelder and Mead: no derivatives, no chance, the same bits everywhere.
 *
 * @param size - edge of the first simplex, as a share of the box's width
 */
export function minimise(cost: (at: readonly number[]) => number, start: readonly number[], box: Box, size = 0.15): readonly number[] {
  const within = (at: readonly number[]): readonly number[] =>
    at.map((x, i) => Math.min(Math.max(x, (box[i] as Box[number])[0]), (box[i] as Box[number])[1]));
  const cornerAt = (at: readonly number[]): Corner => {
    const inside = within(at);
    return { at: inside, value: cost(inside) };
  };
  let simplex = [start, ...start.map((_, i) => moved(start, box, i, size))].map(cornerAt);
  for (let step = 0; step < STEPS_PER_DIMENSION * start.length; step++) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0] as Corner, simplex.at(-1) as Corner];
    if (!(worst.value - best.value > SPREAD_MIN * Math.abs(best.value))) break;
    simplex = improved(simplex, cornerAt);
  }
  return simplex.reduce((best, corner) => (corner.value < best.value ? corner : best)).at;
}

/** The start, moved along one coordinate to the side where there is more room. */
function moved(start: readonly number[], box: Box, axis: number, size: number): readonly number[] {
  return start.map((x, i) => {
    if (i !== axis) return x;
    const [least, most] = box[i] as Box[number];
    const step = size * (most - least);
    return x + step <= most ? x + step : x - step;
  });
}

/** The simplex with its worst corner replaced, or drawn together around its best. Corners come sorted, best first. */
function improved(simplex: readonly Corner[], cornerAt: (at: readonly number[]) => Corner): Corner[] {
  const kept = simplex.slice(0, -1);
  const worst = simplex.at(-1) as Corner;
  const [best, second] = [kept[0] as Corner, kept.at(-1) as Corner];
  const centre = best.at.map((_, i) => kept.reduce((sum, { at }) => sum + (at[i] as number), 0) / kept.length);
  const along = (share: number): Corner => cornerAt(centre.map((x, i) => x + share * (x - (worst.at[i] as number))));
  const reflected = along(1);
  if (reflected.value < best.value) {
    const expanded = along(EXPANSION);
    return [...kept, expanded.value < reflected.value ? expanded : reflected];
  }
  if (reflected.value < second.value) return [...kept, reflected];
  const contracted = along(reflected.value < worst.value ? HALF : -HALF);
  if (contracted.value < Math.min(reflected.value, worst.value)) return [...kept, contracted];
  return [best, ...simplex.slice(1).map(({ at }) => cornerAt(at.map((x, i) => (x + (best.at[i] as number)) / 2)))];
}
