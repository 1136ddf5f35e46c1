/** Spearman's rank correlation of pairs, equal values sharing their mean rank; null when a side does not vary. */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  const left = ranksOf(pairs.map(([value]) => value));
  const right = ranksOf(pairs.map(([, value]) => value));
  const mean = (pairs.length - 1) / 2;
  let [both, leftSquares, rightSquares] = [0, 0, 0];
  for (let i = 0; i < pairs.length; i++) {
    const [a, b] = [(left[i] as number) - mean, (right[i] as number) - mean];
    both += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  return leftSquares === 0 || rightSquares === 0 ? null : both / Math.sqrt(leftSquares * rightSquares);
}

function ranksOf(values: readonly number[]): Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}
