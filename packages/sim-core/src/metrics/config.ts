/** How metrics travel from replicas to policies. */
export interface MetricsConfig {
  /** @see Prometheus scrape_interval; 15 s is common */
  readonly scrapeIntervalSeconds: number;
  /** Names the metrics APIs offer beside the exported ones: an adapter's rules in short. */
  readonly adapter: readonly AdapterRule[];
  /** Usage the resource metrics API reports, as a share of the request; not modelled, stated by the scenario. */
  readonly cpuUtilization: number;
  readonly memoryUtilization: number;
}

/** @see prometheus-adapter: `as` is the API name, the query is asked at each read */
export interface AdapterRule {
  readonly as: string;
  /** PromQL. For pods metrics it must keep the label `pod`. */
  readonly query: string;
}
