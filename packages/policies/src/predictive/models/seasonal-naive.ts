import { type ForecastModel, meanOf, pushed } from "./model.ts";

export type SeasonalNaiveOptions = {
  readonly kind: "seasonalNaive";
  /** Samples of a season. */
  readonly seasonSteps: number;
  /** Adds by how much the mean of the last season lies above that of the one before. */
  readonly drift: boolean;
};

/** The last season, or the last two with drift; oldest first. */
export type SeasonalNaiveMemory = { readonly recent: readonly number[] };

/**
 * The value of one season ago at the same phase; the last value until a season is known.
 * @see Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., 5.2
 */
export const seasonalNaive: ForecastModel<SeasonalNaiveOptions, SeasonalNaiveMemory> = {
  initial: (_options, profile) => ({ recent: profile }),
  observe: ({ recent }, rate, options) => ({ recent: pushed(recent, rate, kept(options)) }),
  skip(memory, options) {
    const expected = seasonalNaive.ahead(memory, 1, options)?.[1];
    return expected === undefined ? memory : seasonalNaive.observe(memory, expected, options);
  },
  ahead({ recent }, steps, options) {
    const now = recent.at(-1);
    if (now === undefined) return null;
    const { seasonSteps } = options;
    if (recent.length < seasonSteps) return new Array<number>(steps + 1).fill(now);
    const season = recent.slice(-seasonSteps);
    const drift = driftOf(recent, options);
    const values = [now];
    for (let step = 0; step < steps; step++) {
      const seasons = Math.floor(step / seasonSteps) + 1;
      values.push((season[step % seasonSteps] as number) + seasons * drift);
    }
    return values;
  },
  basis({ recent }, { seasonSteps }) {
    if (recent.length >= seasonSteps) return { reason: "LastSeason" };
    return { reason: "LastValue", missing: { what: "season", has: recent.length, needs: seasonSteps } };
  },
};

function kept({ seasonSteps, drift }: SeasonalNaiveOptions): number {
  return drift ? 2 * seasonSteps : seasonSteps;
}

/** Change from one season to the next; 0 until two are known. */
function driftOf(recent: readonly number[], { seasonSteps, drift }: SeasonalNaiveOptions): number {
  if (!drift || recent.length < 2 * seasonSteps) return 0;
  return meanOf(recent.slice(-seasonSteps)) - meanOf(recent.slice(-2 * seasonSteps, -seasonSteps));
}
