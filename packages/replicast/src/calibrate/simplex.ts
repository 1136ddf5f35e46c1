/** How {@link minimize} searches. */
export interface SimplexOptions {
  /** Length of the first simplex along every axis. */
  readonly step: number;
  /** Ends when the worst corner is no more than this share above the best. */
  readonly tolerance: number;
  readonly maxEvaluations: number;
}

export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
  readonly evaluations: number;
}

interface Corner {
  readonly point: readonly number[];
  readonly value: number;
}

/**
 * Minimum of a function that has no derivatives, by the downhill simplex: deterministic, and robust against the small jumps that
 * a scheduler makes when a coefficient changes.
 *
 * @see Nelder and Mead, "A simplex method for function minimization", 1965; reflection 1, expansion 2, contraction and shrinkage 1/2
 */
export function minimize(cost: (point: readonly number[]) => number, start: readonly number[], options: SimplexOptions): Minimum {
  let evaluations = 0;
  const evaluate = (point: readonly number[]): Corner => {
    evaluations++;
    return { point, value: cost(point) };
  };
  const corners = firstSimplex(start, options.step).map(evaluate);
  corners.sort(byValue);
  while (evaluations < options.maxEvaluations && spread(corners) > options.tolerance) {
    const better = improve(corners, evaluate);
    if (better === undefined) shrink(corners, evaluate);
    else corners[corners.length - 1] = better;
    corners.sort(byValue);
  }
  const best = corners[0] as Corner;
  return { point: best.point, value: best.value, evaluations };
}

function firstSimplex(start: readonly number[], step: number): readonly (readonly number[])[] {
  return [start, ...start.map((_, axis) => start.map((value, i) => (i === axis ? value + step : value)))];
}

/** A corner in place of the worst, or undefined when the simplex must shrink. */
function improve(corners: readonly Corner[], evaluate: (point: readonly number[]) => Corner): Corner | undefined {
  const best = corners[0] as Corner;
  const worst = corners.at(-1) as Corner;
  const centre = centroid(corners.slice(0, -1));
  const towards = (factor: number): readonly number[] => centre.map((value, i) => value + factor * (value - (worst.point[i] as number)));
  const reflected = evaluate(towards(1));
  if (reflected.value < best.value) {
    const expanded = evaluate(towards(2));
    return expanded.value < reflected.value ? expanded : reflected;
  }
  const second = corners.at(-2) as Corner;
  if (reflected.value < second.value) return reflected;
  const isOutside = reflected.value < worst.value;
  const contracted = evaluate(towards(isOutside ? 0.5 : -0.5));
  return contracted.value < (isOutside ? reflected.value : worst.value) ? contracted : undefined;
}

function shrink(corners: Corner[], evaluate: (point: readonly number[]) => Corner): void {
  const best = corners[0] as Corner;
  for (let i = 1; i < corners.length; i++) {
    corners[i] = evaluate((corners[i] as Corner).point.map((value, axis) => ((best.point[axis] as number) + value) / 2));
  }
}

function centroid(corners: readonly Corner[]): readonly number[] {
  return (corners[0] as Corner).point.map((_, axis) => corners.reduce((sum, { point }) => sum + (point[axis] as number), 0) / corners.length);
}

function spread(corners: readonly Corner[]): number {
  const best = (corners[0] as Corner).value;
  return ((corners.at(-1) as Corner).value - best) / Math.max(Math.abs(best), Number.MIN_VALUE);
}

/** Corners of equal value keep their order: the sort is stable. */
function byValue(a: Corner, b: Corner): number {
  return a.value - b.value;
}
