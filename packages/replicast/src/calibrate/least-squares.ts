/** Where the search ends. */
export interface LeastSquaresOptions {
  /** Deviation from which a residual counts linearly instead of quadratically, so that outliers do not rule. */
  readonly robustFrom: number;
  /** Step of the numeric derivatives; wide enough to see beyond small jumps. */
  readonly derivativeStep: number;
  /** Ends when an iteration improves the loss by no more than this share. */
  readonly tolerance: number;
  readonly maxEvaluations: number;
}

export interface Minimum {
  readonly point: readonly number[];
  readonly loss: number;
  readonly evaluations: number;
}

const FIRST_DAMPING = 0.01;
/** Beyond this damping steps are too short to matter: the minimum is reached as far as the derivatives can tell. */
const MAX_DAMPING = 1e6;

/**
 * Point with the least robust sum of squared residuals, by damped Gauss-Newton steps with numeric derivatives. Deterministic.
 *
 * @param residuals all residuals at a point, always as many
 * @see Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", 1963; loss and weights: Charbonnier et al., 1997
 */
export function leastSquares(
  residuals: (point: readonly number[]) => Float64Array,
  start: readonly number[],
  options: LeastSquaresOptions,
): Minimum {
  let evaluations = 1;
  let point = start;
  let current = residuals(start);
  let loss = robustLoss(current, options.robustFrom);
  let damping = FIRST_DAMPING;
  while (evaluations + 2 * start.length < options.maxEvaluations) {
    const columns = derivatives(residuals, point, options.derivativeStep);
    evaluations += 2 * start.length;
    const normal = normalEquations(columns, current, options.robustFrom);
    const before = loss;
    for (; damping <= MAX_DAMPING && evaluations < options.maxEvaluations; damping *= 4) {
      const step = solve(damped(normal.matrix, damping), normal.vector);
      const next = point.map((value, axis) => value - (step[axis] as number));
      const found = residuals(next);
      evaluations++;
      const foundLoss = robustLoss(found, options.robustFrom);
      if (!(foundLoss < loss)) continue;
      [point, current, loss] = [next, found, foundLoss];
      damping /= 10;
      break;
    }
    if (before - loss <= options.tolerance * before) break;
  }
  return { point, loss, evaluations };
}

/** Σ 2δ²·(√(1 + (r/δ)²) − 1): r² for small residuals, 2δ·|r| for large ones. */
function robustLoss(residuals: Float64Array, delta: number): number {
  let sum = 0;
  for (const residual of residuals) sum += 2 * delta * delta * (Math.sqrt(1 + (residual / delta) * (residual / delta)) - 1);
  return sum;
}

/** Central differences: twice the work of one-sided ones, and true to second order. */
function derivatives(
  residuals: (point: readonly number[]) => Float64Array,
  point: readonly number[],
  step: number,
): readonly Float64Array[] {
  const moved = (axis: number, by: number): Float64Array => residuals(point.map((value, i) => (i === axis ? value + by : value)));
  return point.map((_, axis) => {
    const below = moved(axis, -step);
    return moved(axis, step).map((value, i) => (value - (below[i] as number)) / (2 * step));
  });
}

interface NormalEquations {
  readonly matrix: readonly (readonly number[])[];
  readonly vector: readonly number[];
}

/** JᵀWJ and JᵀWr; W lowers the weight of large residuals. */
function normalEquations(columns: readonly Float64Array[], residuals: Float64Array, delta: number): NormalEquations {
  const weights = residuals.map((residual) => 1 / Math.sqrt(1 + (residual / delta) * (residual / delta)));
  const product = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number) * (weights[i] as number);
    return sum;
  };
  return { matrix: columns.map((a) => columns.map((b) => product(a, b))), vector: columns.map((a) => product(a, residuals)) };
}

function damped(matrix: readonly (readonly number[])[], damping: number): readonly (readonly number[])[] {
  return matrix.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) + Number.MIN_VALUE : value)));
}

/** Solution of a small symmetric positive system, by Gaussian elimination with pivoting; an axis without effect does not move. */
function solve(matrix: readonly (readonly number[])[], vector: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, vector[i] as number]);
  const size = vector.length;
  for (let column = 0; column < size; column++) {
    const pivot = pivotRow(rows, column);
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const head = rows[column] as number[];
    for (let below = column + 1; below < size; below++) eliminate(rows[below] as number[], head, column);
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const line = rows[row] as number[];
    let rest = line[size] as number;
    for (let column = row + 1; column < size; column++) rest -= (line[column] as number) * (solution[column] as number);
    const diagonal = line[row] as number;
    solution[row] = Math.abs(diagonal) > Number.MIN_VALUE ? rest / diagonal : 0;
  }
  return solution;
}

function pivotRow(rows: readonly (readonly number[])[], column: number): number {
  let best = column;
  for (let row = column + 1; row < rows.length; row++) {
    if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = row;
  }
  return best;
}

function eliminate(row: number[], head: readonly number[], column: number): void {
  const diagonal = head[column] as number;
  if (Math.abs(diagonal) <= Number.MIN_VALUE) return;
  const factor = (row[column] as number) / diagonal;
  for (let i = column; i < row.length; i++) row[i] = (row[i] as number) - factor * (head[i] as number);
}
