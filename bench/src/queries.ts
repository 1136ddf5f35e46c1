import { evaluate, type PreparedQuery, parseQuery, prepareQuery } from "@replicast/promql";
import { SeriesStore } from "@replicast/sim-core/testing";

/** One query over a fleet's series. */
export interface QueryCase {
  readonly query: string;
  /** Metric it reads; a name that ends in `_bucket` has a series per bound. */
  readonly metric: string;
  readonly isCounter: boolean;
}

const SCRAPE_SECONDS = 15;
const HISTORY_SECONDS = 3600;
const RETENTION_SECONDS = 4000;
const BOUNDS = [
  ...["0.001", "0.005", "0.01", "0.02", "0.04", "0.06", "0.08", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0"],
  ...["20.0", "40.0", "80.0", "160.0", "640.0", "2560.0", "+Inf"],
];

/** Queries that people scale by; `W` stands for the window. */
export const QUERIES: Readonly<Record<string, QueryCase>> = {
  gauge: { query: "sum(vllm:num_requests_waiting)", metric: "vllm:num_requests_waiting", isCounter: false },
  rate: { query: "sum(rate(vllm:request_success_total[W]))", metric: "vllm:request_success_total", isCounter: true },
  mean: { query: "avg(avg_over_time(vllm:kv_cache_usage_perc[W]))", metric: "vllm:kv_cache_usage_perc", isCounter: false },
  peak: { query: "max_over_time(sum(vllm:num_requests_running)[W:15s])", metric: "vllm:num_requests_running", isCounter: false },
  quantile: {
    query: "histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[W])))",
    metric: "vllm:time_to_first_token_seconds_bucket",
    isCounter: true,
  },
};

/** How many series of its metric a pod has. */
export function seriesPerPod(name: string): number {
  return QUERIES[name]?.metric.endsWith("_bucket") === true ? BOUNDS.length : 1;
}

/** CPU microseconds of one evaluation: each round's mean, in order; the rounds of the two alternate, and the first warms up. */
export interface QueryCost {
  readonly plain: readonly number[];
  readonly prepared: readonly number[];
}

const ROUNDS = 5;
/** Equal queries asked of a small fleet at each instant, each with a memory of its own: one alone is over before the clock moves. */
const COPIES = 10;
const SMALL_FLEET_PODS = 10;

/**
 * Asks a query every 15 s of a fleet whose series go on, plainly and prepared.
 * @param steps instants of a round
 */
export function measureQuery(name: string, pods: number, window: string, steps: number): QueryCost {
  const entry = QUERIES[name];
  if (entry === undefined) throw new Error(`unknown query ${name}`);
  const text = entry.query.replace("W", window);
  const cost = { plain: [] as number[], prepared: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const how of ["plain", "prepared"] as const) {
      const asked = Array.from({ length: pods > SMALL_FLEET_PODS ? 1 : COPIES }, () => prepareQuery(parseQuery(text)));
      cost[how].push(roundOf(new Fleet(entry, pods), asked, how === "prepared", steps));
    }
  }
  return cost;
}

function roundOf(fleet: Fleet, asked: readonly PreparedQuery[], isPrepared: boolean, steps: number): number {
  let microseconds = 0;
  for (let step = 0; step < steps; step++) {
    const options = { reader: fleet.store, timeSeconds: fleet.scrape(), startEpochSeconds: 0 };
    const before = process.cpuUsage();
    for (const query of asked) {
      const result = isPrepared ? query.evaluate(options) : evaluate(query.query, options);
      if (result.type !== "vector" || result.elements.length !== 1) throw new Error(`${query.query.text} gave no value`);
    }
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  return microseconds / steps / asked.length;
}

/** Series of one metric of some pods, an hour of them at the start. */
class Fleet {
  readonly store: SeriesStore = new SeriesStore(RETENTION_SECONDS);
  private readonly series: readonly ReturnType<SeriesStore["series"]>[];
  private readonly isCounter: boolean;
  private scrapes = 0;

  constructor({ metric, isCounter }: QueryCase, pods: number) {
    this.isCounter = isCounter;
    const bounds = metric.endsWith("_bucket") ? BOUNDS : [undefined];
    this.series = Array.from({ length: pods }, (_, pod) =>
      bounds.map((le) => {
        const labels = { __name__: metric, namespace: "default", pod: `chat-${pod}`, model_name: "llama" };
        return this.store.series(le === undefined ? labels : { ...labels, le });
      }),
    ).flat();
    while (this.scrapes * SCRAPE_SECONDS < HISTORY_SECONDS) this.scrape();
  }

  /** Appends a sample to every series; returns its time. */
  scrape(): number {
    const timeSeconds = this.scrapes++ * SCRAPE_SECONDS;
    this.series.forEach((series, i) => {
      const value = this.isCounter ? this.scrapes * ((i % 23) + 1) : ((this.scrapes * 7 + i * 13) % 101) / 8;
      this.store.append(series, timeSeconds, value);
    });
    return timeSeconds;
  }
}
