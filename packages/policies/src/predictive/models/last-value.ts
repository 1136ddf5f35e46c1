import type { ForecastModel } from "./model.ts";

export type LastValueOptions = { readonly kind: "lastValue" };

/** All that is to come will be as it is now: what every other model must beat. */
export const lastValue: ForecastModel<LastValueOptions, { readonly last: number | null }> = {
  initial: () => ({ last: null }),
  observe: (_memory, last) => ({ last }),
  skip: (memory) => memory,
  ahead: ({ last }, steps) => (last === null ? null : new Array<number>(steps + 1).fill(last)),
  basis: () => ({ reason: "LastValue" }),
};
