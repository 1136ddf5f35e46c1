/** Where a search ended. */
export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
  readonly evaluations: number;
}

export interface SearchOptions {
  /** First step along each axis. */
  readonly step: number;
  /** Ends when the values of all corners lie within this share of the best one. */
  readonly tolerance: number;
  readonly maxEvaluations: number;
}

interface Corner {
  readonly point: readonly number[];
  readonly value: number;
}

const REFLECT = 1;
const EXPAND = 2;
const CONTRACT = 0.5;
const SHRINK = 0.5;

/**
 * Minimum of a function of several variables without derivatives: a simplex that reflects, expands, contracts and shrinks. It draws
 * nothing at random, so the same start gives the same end.
 *
 * @see Nelder and Mead, "A simplex method for function minimization", 1965; Lagarias et al., 1998, for the order of the moves
 */
export function nelderMead(value: (point: readonly number[]) => number, start: readonly number[], options: SearchOptions): Minimum {
  let evaluations = 0;
  const cornerAt = (point: readonly number[]): Corner => {
    evaluations++;
    return { point, value: value(point) };
  };
  const corners = [cornerAt(start), ...start.map((_, axis) => cornerAt(start.map((x, i) => (i === axis ? x + options.step : x))))];
  const sort = (): void => void corners.sort((a, b) => a.value - b.value);
  sort();
  while (evaluations < options.maxEvaluations) {
    const best = corners[0] as Corner;
    const worst = corners[corners.length - 1] as Corner;
    if (worst.value - best.value <= options.tolerance * Math.abs(best.value)) break;
    const next = replacement(corners, cornerAt);
    if (next !== undefined) corners[corners.length - 1] = next;
    else for (let i = 1; i < corners.length; i++) corners[i] = cornerAt(towards((corners[i] as Corner).point, best.point, SHRINK));
    sort();
  }
  return { ...(corners[0] as Corner), evaluations };
}

/** What takes the worst corner's place; undefined: the simplex must shrink. */
function replacement(corners: readonly Corner[], cornerAt: (point: readonly number[]) => Corner): Corner | undefined {
  const best = corners[0] as Corner;
  const worst = corners[corners.length - 1] as Corner;
  const second = corners[corners.length - 2] as Corner;
  const middle = centroid(corners.slice(0, -1));
  const reflected = cornerAt(towards(middle, worst.point, -REFLECT));
  if (reflected.value < best.value) {
    const expanded = cornerAt(towards(middle, worst.point, -EXPAND));
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < second.value) return reflected;
  const better = reflected.value < worst.value ? reflected : worst;
  const contracted = cornerAt(towards(middle, better.point, CONTRACT));
  return contracted.value < better.value ? contracted : undefined;
}

function centroid(corners: readonly Corner[]): readonly number[] {
  const [first] = corners;
  return (first as Corner).point.map((_, axis) => corners.reduce((sum, { point }) => sum + (point[axis] as number), 0) / corners.length);
}

/** `from` moved towards `to` by a share of the way; away from it when the share is negative. */
function towards(from: readonly number[], to: readonly number[], share: number): readonly number[] {
  return from.map((x, i) => x + share * ((to[i] as number) - x));
}
