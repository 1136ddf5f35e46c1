/** Compensated summation after Kahan and Neumaier, as Prometheus sums. */
export class KahanSum {
  sum = 0;
  compensation = 0;

  add(value: number): void {
    const total = this.sum + value;
    if (!Number.isFinite(total)) this.compensation = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - total + value;
    else this.compensation += value - total + this.sum;
    this.sum = total;
  }

  /** The sum with what rounding took from it. */
  get total(): number {
    return Number.isFinite(this.sum) ? this.sum + this.compensation : this.sum;
  }
}

/** Mean of `values[from … to)`; where the sum would overflow, by a running mean. */
export function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  const sum = new KahanSum();
  for (let index = from; index < to; index++) {
    const before = sum.sum;
    const compensation = sum.compensation;
    sum.add(values[index] ?? Number.NaN);
    const count = index - from;
    if (count > 0 && Math.abs(sum.sum) === Number.POSITIVE_INFINITY)
      return runningMean(values, { from: index, to, count, mean: before / count, compensation: compensation / count });
  }
  const count = to - from;
  return Number.isFinite(sum.sum) ? sum.sum / count + sum.compensation / count : sum.sum / count;
}

interface MeanSoFar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly mean: number;
  readonly compensation: number;
}

function runningMean(values: ArrayLike<number>, { from, to, count, mean, compensation }: MeanSoFar): number {
  const running = new KahanSum();
  running.sum = mean;
  running.compensation = compensation;
  let seen = count;
  for (let index = from; index < to; index++) {
    const weight = seen / (seen + 1);
    seen += 1;
    running.sum *= weight;
    running.compensation *= weight;
    running.add((values[index] ?? Number.NaN) / seen);
  }
  return running.total;
}
