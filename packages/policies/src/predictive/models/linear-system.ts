/** Pivots below this share of their diagonal element mean that a row is a combination of those before it. */
const PIVOT_SHARE_MIN = 1e-12;

/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's decomposition; undefined when A is not (numerically) definite.
 *
 * @param matrix - rows of A; only the part up to the diagonal is read
 */
export function solveSymmetric(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] | undefined {
  const size = right.length;
  const lower: number[][] = [];
  for (let row = 0; row < size; row++) {
    const current: number[] = [];
    for (let column = 0; column <= row; column++) {
      const other = column === row ? current : (lower[column] as number[]);
      let rest = matrix[row]?.[column] as number;
      for (let k = 0; k < column; k++) rest -= (current[k] as number) * (other[k] as number);
      if (column < row) current.push(rest / (other[column] as number));
      else if (rest > PIVOT_SHARE_MIN * (matrix[row]?.[row] as number)) current.push(Math.sqrt(rest));
      else return undefined;
    }
    lower.push(current);
  }
  return substituted(lower, right);
}

function substituted(lower: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const at = (row: number, column: number): number => lower[row]?.[column] as number;
  const size = right.length;
  const x = [...right];
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) x[row] = (x[row] as number) - at(row, k) * (x[k] as number);
    x[row] = (x[row] as number) / at(row, row);
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) x[row] = (x[row] as number) - at(k, row) * (x[k] as number);
    x[row] = (x[row] as number) / at(row, row);
  }
  return x;
}
