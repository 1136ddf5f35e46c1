import type { Json } from "@replicast/sim-core";

/** What a forecast rests on at present. */
export interface Basis {
  /** CamelCase; the reason of a decision that follows this forecast. */
  readonly reason: string;
  /** What the model is configured to use and does not know yet. */
  readonly missing?: { readonly what: string; readonly has: number; readonly needs: number };
}

/**
 * A way to expect the next values of a series that is sampled at even times: pure functions over plain data. What it remembers is
 * bounded by its options.
 */
export interface ForecastModel<Options, Memory extends Json> {
  /** @param profile - one season of rates from the phase of the first sample on; empty: none known */
  readonly initial: (options: Options, profile: readonly number[]) => Memory;
  readonly observe: (memory: Memory, rate: number, options: Options) => Memory;
  /** A sample later of which nothing is known: the model goes on as it expected to. */
  readonly skip: (memory: Memory, options: Options) => Memory;
  /** What the present is taken to be, then the next `steps` samples: `steps` + 1 values, which may be negative. Null before the first sample. */
  readonly ahead: (memory: Memory, steps: number, options: Options) => readonly number[] | null;
  readonly basis: (memory: Memory, options: Options) => Basis;
}

/** The last values of a series, oldest first, with one more; at most `length`. */
export function pushed(values: readonly number[], value: number, length: number): readonly number[] {
  return values.length < length ? [...values, value] : [...values.slice(values.length - length + 1), value];
}

export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
