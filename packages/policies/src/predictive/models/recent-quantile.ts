import { quantile } from "../residuals.ts";
import { type ForecastModel, pushed } from "./model.ts";

export type RecentQuantileOptions = {
  readonly kind: "recentQuantile";
  /** Samples looked at. */
  readonly windowSteps: number;
  /** 0…1; 1 is the largest. */
  readonly quantile: number;
};

/** The samples of the window, oldest first. */
export type RecentQuantileMemory = { readonly recent: readonly number[] };

/**
 * No forecast but head-room: a high quantile of the last samples holds for all that is to come.
 * @see Rzadca et al., "Autopilot: workload autoscaling at Google", EuroSys 2020, 3.2: percentiles over a moving window
 */
export const recentQuantile: ForecastModel<RecentQuantileOptions, RecentQuantileMemory> = {
  initial: () => ({ recent: [] }),
  observe: ({ recent }, rate, { windowSteps }) => ({ recent: pushed(recent, rate, windowSteps) }),
  skip: (memory) => memory,
  ahead({ recent }, steps, options) {
    const now = recent.at(-1);
    if (now === undefined) return null;
    return [now, ...new Array<number>(steps).fill(quantile(recent, options.quantile))];
  },
  basis({ recent }, { windowSteps }) {
    if (recent.length >= windowSteps) return { reason: "RecentQuantile" };
    return { reason: "RecentQuantile", missing: { what: "window", has: recent.length, needs: windowSteps } };
  },
};
