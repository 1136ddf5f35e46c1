import { type ForecastModel, pushed } from "./model.ts";

export type LinearOptions = {
  readonly kind: "linear";
  /** Samples the line is drawn through, ≥ 2. */
  readonly windowSteps: number;
};

/** The samples of the window, oldest first. */
export type LinearMemory = { readonly recent: readonly number[] };

/** A straight line through the last samples by ordinary least squares, drawn on. */
export const linear: ForecastModel<LinearOptions, LinearMemory> = {
  initial: () => ({ recent: [] }),
  observe: ({ recent }, rate, { windowSteps }) => ({ recent: pushed(recent, rate, windowSteps) }),
  skip(memory, options) {
    const expected = linear.ahead(memory, 1, options)?.[1];
    return expected === undefined ? memory : linear.observe(memory, expected, options);
  },
  ahead({ recent }, steps) {
    if (recent.length === 0) return null;
    const { last, slope } = fitLine(recent);
    return Array.from({ length: steps + 1 }, (_, step) => last + step * slope);
  },
  basis({ recent }) {
    return recent.length >= 2
      ? { reason: "LineForecast" }
      : { reason: "LastValue", missing: { what: "line", has: recent.length, needs: 2 } };
  },
};

/** The least-squares line through values at even distances: its value at the last of them, and its rise per step. A single value lies on a level line. */
export function fitLine(values: readonly number[]): { readonly last: number; readonly slope: number } {
  const middle = (values.length - 1) / 2;
  let sum = 0;
  let sumProducts = 0;
  let sumSquares = 0;
  values.forEach((value, index) => {
    sum += value;
    sumProducts += (index - middle) * value;
    sumSquares += (index - middle) * (index - middle);
  });
  const slope = sumSquares === 0 ? 0 : sumProducts / sumSquares;
  return { last: sum / values.length + slope * middle, slope };
}
