/**
 * Primitive polynomials (degree, inner coefficients as bits) and first direction numbers of the dimensions after the first.
 * @see Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", 2008, new-joe-kuo-6.21201
 */
const DIRECTIONS: readonly (readonly [degree: number, coefficients: number, first: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
];
const BITS = 32;
const TWO_TO_32 = 0x1_0000_0000;

/** Most fields that one Sobol sample can vary. */
export const SOBOL_DIMENSIONS_MAX: number = DIRECTIONS.length + 1;

/**
 * The `index`-th coordinate of a Sobol sequence, as 32 bits, for each dimension.
 * @param dimension 0 … {@link SOBOL_DIMENSIONS_MAX} − 1
 */
export function sobolBits(index: number, directions: Uint32Array): number {
  let bits = 0;
  for (let bit = 0, left = index; left > 0; bit++, left = Math.floor(left / 2)) if (left % 2 === 1) bits ^= directions[bit] as number;
  return bits >>> 0;
}

/** Direction numbers of a dimension, highest bit first. */
export function sobolDirections(dimension: number): Uint32Array {
  const numbers = new Uint32Array(BITS);
  const entry = DIRECTIONS[dimension - 1];
  if (entry === undefined) {
    for (let bit = 0; bit < BITS; bit++) numbers[bit] = 1 << (BITS - 1 - bit);
    return numbers;
  }
  const [degree, coefficients, first] = entry;
  for (let bit = 0; bit < BITS; bit++) {
    if (bit < degree) {
      numbers[bit] = (first[bit] as number) << (BITS - 1 - bit);
      continue;
    }
    const before = numbers[bit - degree] as number;
    let value = before ^ (before >>> degree);
    for (let k = 1; k < degree; k++) if ((coefficients >>> (degree - 1 - k)) & 1) value ^= numbers[bit - k] as number;
    numbers[bit] = value;
  }
  return numbers;
}

/** 32 bits as a share, at the middle of its interval: 0 < share < 1. */
export function shareOf(bits: number): number {
  return (bits + 0.5) / TWO_TO_32;
}
